package org.cranelet.workspace;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.cranelet.os.DurableFiles;
import org.jspecify.annotations.Nullable;

/** The directory tree below {@code TempDir}, held by one daemon at a time. */
public final class Workspace implements AutoCloseable {
  private final Path root;
  private final String instance;
  private final FileChannel lockFile;

  private Workspace(Path root, String instance, FileChannel lockFile) {
    this.root = root;
    this.instance = instance;
    this.lockFile = lockFile;
  }

  /**
   * Makes what is missing and takes the lock.
   *
   * @throws IOException if another daemon has it, or the tree cannot be made
   */
  public static Workspace open(Path root) throws IOException {
    DurableFiles.directory(root, "rwx--x--x");
    DurableFiles.directory(root.resolve("journal"), "rwx------");
    DurableFiles.directory(root.resolve("logs"), "rwx--x--x");
    DurableFiles.directory(root.resolve("mounts"), "rwx------");
    DurableFiles.directory(root.resolve("images"), "rwx------");
    FileChannel channel =
        FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (lock(channel) == null) {
      channel.close();
      throw new IOException("another cranelet uses " + root);
    }
    // The kernel lists mounts by their real paths.
    return new Workspace(root.toRealPath(), instance(root.resolve("instance")), channel);
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static String instance(Path file) throws IOException {
    if (!Files.exists(file)) {
      DurableFiles.replace(file, UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8));
    }
    return Files.readString(file).strip();
  }

  /** Marks what is ours at the runtime; stays the same as long as the directory does. */
  public String instance() {
    return instance;
  }

  public Path journal() {
    return root.resolve("journal");
  }

  /** Exists while the node is drained, and holds the reason. */
  public Path drained() {
    return root.resolve("drained");
  }

  public Path logs() {
    return root.resolve("logs");
  }

  /** What is known of images. */
  public Path images() {
    return root.resolve("images");
  }

  public Path mounts() {
    return root.resolve("mounts");
  }

  @Override
  public void close() {
    try {
      lockFile.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
