package org.cranelet.workspace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads all that a step has written, over the files it was rotated into, and goes on in the next
 * file when the one it reads is rotated. No record is lost or told twice, unless the oldest file is
 * dropped before it was read.
 */
public final class StepLogReader implements AutoCloseable {
  private final StepLogs logs;
  private final long jobId;
  private final int stepId;
  private @Nullable Open open;

  /** A file that is being read; its name may change, its key does not. */
  private record Open(CriLog log, Object key) {}

  public StepLogReader(StepLogs logs, long jobId, int stepId) {
    this.logs = logs;
    this.jobId = jobId;
    this.stepId = stepId;
  }

  /** Begins at the last {@code lines} lines instead of the first. */
  public void seekTail(long lines) throws IOException {
    List<Path> parts = logs.parts(jobId, stepId);
    long missing = lines;
    for (int i = parts.size() - 1; i >= 0; i--) {
      Optional<Open> part = open(parts.get(i));
      if (part.isEmpty()) {
        continue;
      }
      close();
      open = part.get();
      missing -= part.get().log().seekTail(missing);
      if (missing <= 0) {
        return;
      }
    }
  }

  /** The next complete record, or empty if there is none yet. */
  public Optional<CriLog.Entry> next() throws IOException {
    while (true) {
      Open reading = open;
      if (reading == null) {
        if (!openFirst()) {
          return Optional.empty();
        }
        continue;
      }
      Optional<CriLog.Entry> entry = reading.log().next();
      if (entry.isPresent()) {
        return entry;
      }
      Optional<Path> following = following(reading);
      if (following.isEmpty()) {
        return Optional.empty();
      }
      entry = reading.log().next(); // what came before the runtime left this file
      if (entry.isPresent()) {
        return entry;
      }
      Optional<Open> then = open(following.get());
      if (then.isEmpty()) {
        return Optional.empty(); // rotated again this moment
      }
      close();
      open = then.get();
    }
  }

  private boolean openFirst() throws IOException {
    for (Path part : logs.parts(jobId, stepId)) {
      Optional<Open> first = open(part);
      if (first.isPresent()) {
        open = first.get();
        return true;
      }
    }
    return false;
  }

  /** The file after this one, if nothing more comes into this one. */
  private Optional<Path> following(Open reading) throws IOException {
    while (true) {
      List<Path> before = logs.parts(jobId, stepId);
      Optional<Path> following = following(reading, before);
      // A rotation in between shows this file under a name that was not listed.
      if (logs.parts(jobId, stepId).equals(before)) {
        return following;
      }
    }
  }

  private Optional<Path> following(Open reading, List<Path> parts) throws IOException {
    for (int i = 0; i < parts.size(); i++) {
      if (reading.key().equals(key(parts.get(i)).orElse(""))) {
        boolean last = i == parts.size() - 1;
        return last || logs.isStillWritten(parts.get(i))
            ? Optional.empty()
            : Optional.of(parts.get(i + 1));
      }
    }
    return parts.isEmpty() ? Optional.empty() : Optional.of(parts.getFirst()); // it was dropped
  }

  private static Optional<Object> key(Path file) throws IOException {
    try {
      return Optional.of(
          Objects.requireNonNull(Files.readAttributes(file, BasicFileAttributes.class).fileKey()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Opens a file and learns its key; between the two it may be renamed, then they do not match. */
  private static Optional<Open> open(Path file) throws IOException {
    while (true) {
      Optional<Object> before = key(file);
      if (before.isEmpty()) {
        return Optional.empty();
      }
      CriLog log;
      try {
        log = CriLog.open(file);
      } catch (NoSuchFileException e) {
        return Optional.empty();
      }
      if (key(file).equals(before)) {
        return Optional.of(new Open(log, before.get()));
      }
      log.close();
    }
  }

  @Override
  public void close() throws IOException {
    if (open != null) {
      open.log().close();
      open = null;
    }
  }
}
