package org.cranelet.image.reference;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import org.cranelet.os.DurableFiles;
import org.jspecify.annotations.Nullable;

/**
 * A secret file of the user who runs this, which several of his commands may change at once. A link
 * is followed, as people keep their settings elsewhere; a file that is somebody else's is not
 * replaced, and nothing is written where everybody may write.
 */
final class OwnFile implements AutoCloseable {
  private final Path file;
  private final @Nullable FileChannel lock;

  private OwnFile(Path file, @Nullable FileChannel lock) {
    this.file = file;
    this.lock = lock;
  }

  /** Waits until no other command changes it; makes its directory (0700). */
  static OwnFile locked(Path path) throws IOException {
    Path file = Files.exists(path) ? path.toRealPath() : path.toAbsolutePath();
    Path directory = Objects.requireNonNull(file.getParent(), "a file, not /");
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    if (Files.getPosixFilePermissions(directory).contains(PosixFilePermission.OTHERS_WRITE)) {
      throw new IOException(
          "cannot keep logins in " + directory + ": everybody may write to that directory");
    }
    if (Files.exists(file) && !owner(file).equals(owner(Path.of("/proc/self")))) {
      throw new IOException(file + " is not yours: it belongs to uid " + owner(file));
    }
    return new OwnFile(file, lock(file));
  }

  /** Nothing where the home's file server knows no locks: then the later of two wins. */
  private static @Nullable FileChannel lock(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            sibling(file, ".lock"),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      channel.lock();
      return channel;
    } catch (IOException e) {
      channel.close();
      return null;
    }
  }

  /** The file as it was or as it shall be, never a part; mode 0600. */
  void replace(byte[] content) throws IOException {
    Files.deleteIfExists(sibling(file, ".new")); // a crash's: its mode might be another
    DurableFiles.replace(file, content);
  }

  private static Path sibling(Path file, String suffix) {
    return file.resolveSibling("." + file.getFileName() + suffix);
  }

  private static Object owner(Path path) throws IOException {
    return Files.getAttribute(path, "unix:uid");
  }

  @Override
  public void close() throws IOException {
    if (lock != null) {
      lock.close();
    }
  }
}
