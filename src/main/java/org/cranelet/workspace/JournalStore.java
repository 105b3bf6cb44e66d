package org.cranelet.workspace;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.cranelet.os.DurableFiles;
import org.jboss.logging.Logger;

/** The journal's files, one per job. What stands in them is the {@code job} package's. */
public final class JournalStore {
  private static final Logger LOG = Logger.getLogger(JournalStore.class);
  private static final String SUFFIX = ".json";
  private static final int PROBE_BYTES = 8192;

  private final Path directory;

  public JournalStore(Path directory) {
    this.directory = directory;
  }

  /** Writes a record; it survives a power cut once this returns. */
  public void write(long jobId, byte[] content) throws IOException {
    DurableFiles.replace(file(jobId), content);
  }

  /** Writes something of a record's size that means nothing. */
  public void probe() throws IOException {
    DurableFiles.replace(directory.resolve("probe"), new byte[PROBE_BYTES]);
  }

  /** All records by job id, uninterpreted. One that cannot be read is set aside. */
  public SortedMap<Long, byte[]> readAll() throws IOException {
    SortedMap<Long, byte[]> all = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "[0-9]*" + SUFFIX)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        String id = name.substring(0, name.length() - SUFFIX.length());
        if (id.matches("\\d{1,18}")) {
          read(Long.parseLong(id), file).ifPresent(content -> all.put(Long.parseLong(id), content));
        }
      }
    }
    return all;
  }

  private Optional<byte[]> read(long jobId, Path file) throws IOException {
    try {
      return Optional.of(Files.readAllBytes(file));
    } catch (IOException e) {
      setAside(jobId, "it cannot be read: " + e.getMessage());
      return Optional.empty();
    }
  }

  /** Puts a record that cannot be used where it stops nobody and nothing deletes it. */
  public void setAside(long jobId, String why) throws IOException {
    Path aside = directory.resolve("set-aside");
    Files.createDirectories(aside);
    Path to = aside.resolve(jobId + SUFFIX);
    for (int n = 1; Files.exists(to); n++) {
      to = aside.resolve(jobId + "-" + n + SUFFIX);
    }
    noteHighest(jobId); // its pod may still be there: no other job may get this id
    Files.move(file(jobId), to);
    LOG.errorf("journal record of job=%d set aside to %s: %s", jobId, to, why);
  }

  /** How long a record is; 0 if there is none. */
  public long bytes(long jobId) {
    return file(jobId).toFile().length();
  }

  public void delete(long jobId) throws IOException {
    Files.deleteIfExists(file(jobId));
  }

  /** The highest job id ever noted by {@link #noteHighest}, 0 if none was. */
  public long highest() throws IOException {
    Path file = directory.resolve("highest-id");
    if (!Files.exists(file)) {
      return 0;
    }
    String text = Files.readString(file).strip();
    if (!text.matches("\\d{1,18}")) {
      throw new IOException(file + " holds no job id: write the highest one that was ever used");
    }
    return Long.parseLong(text);
  }

  /** Remembers an id whose record is about to be deleted, so that it never comes again. */
  public void noteHighest(long jobId) throws IOException {
    if (jobId > highest()) {
      DurableFiles.replace(
          directory.resolve("highest-id"), Long.toString(jobId).getBytes(StandardCharsets.UTF_8));
    }
  }

  private Path file(long jobId) {
    return directory.resolve(jobId + SUFFIX);
  }
}
