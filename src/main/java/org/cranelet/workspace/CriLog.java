package org.cranelet.workspace;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A container's log as CRI lays it down: {@code TIMESTAMP STREAM TAG DATA}, one record a line. The
 * tag {@code F} ends a line of the container's, {@code P} is a part of one.
 */
public final class CriLog implements AutoCloseable {
  private static final int BLOCK = 64 << 10;

  /** Runtimes write records of some KiB; the file is the user's, who may put anything in it. */
  private static final int MAX_RECORD = 2 << 20;

  private final FileChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(BLOCK).limit(0);
  private final ByteArrayOutputStream partial = new ByteArrayOutputStream();

  /**
   * One record.
   *
   * @param timestamp RFC 3339 with nanoseconds
   * @param endsLine whether the container's line ends here; a newline is part of {@code data} then
   */
  public record Entry(String timestamp, boolean stderr, boolean endsLine, byte[] data) {
    /** When the runtime read it. */
    public Instant time() {
      try {
        return OffsetDateTime.parse(timestamp).toInstant();
      } catch (DateTimeParseException e) {
        return Instant.EPOCH; // a full disk cut the record before it short
      }
    }
  }

  private CriLog(FileChannel channel) {
    this.channel = channel;
  }

  public static CriLog open(Path file) throws IOException {
    return new CriLog(
        FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)));
  }

  /** The next complete record, or empty if there is none yet. */
  public Optional<Entry> next() throws IOException {
    while (true) {
      byte[] line = nextLine();
      if (line == null) {
        return Optional.empty();
      }
      Entry entry = parse(line);
      if (entry != null) {
        return Optional.of(entry);
      }
    }
  }

  private byte @Nullable [] nextLine() throws IOException {
    while (true) {
      while (buffer.hasRemaining()) {
        byte b = buffer.get();
        if (b == '\n') {
          byte[] line = partial.toByteArray();
          partial.reset();
          return line;
        }
        if (partial.size() < MAX_RECORD) {
          partial.write(b);
        }
      }
      Thread.yield(); // a file without newlines may be as long as its user likes
      if (Thread.currentThread().isInterrupted()) {
        throw new ClosedByInterruptException();
      }
      if (!fill()) {
        return null;
      }
    }
  }

  /** Null for what is no record; the file is the runtime's, but a full disk may cut one short. */
  private static @Nullable Entry parse(byte[] line) {
    int first = indexOf(line, 0);
    int second = first < 0 ? -1 : indexOf(line, first + 1);
    int third = second < 0 ? -1 : indexOf(line, second + 1);
    if (third < 0) {
      return null;
    }
    String stream = text(line, first + 1, second);
    boolean endsLine = text(line, second + 1, third).startsWith("F");
    byte[] data = Arrays.copyOfRange(line, third + 1, line.length + (endsLine ? 1 : 0));
    if (endsLine) {
      data[data.length - 1] = '\n';
    }
    return new Entry(text(line, 0, first), stream.equals("stderr"), endsLine, data);
  }

  private static int indexOf(byte[] line, int from) {
    for (int i = from; i < line.length; i++) {
      if (line[i] == ' ') {
        return i;
      }
    }
    return -1;
  }

  private static String text(byte[] line, int from, int to) {
    return new String(line, from, to - from, StandardCharsets.US_ASCII);
  }

  /**
   * Moves on to the last {@code lines} lines; reads the file from its end, not from its start.
   *
   * @return how many there are, {@code lines} at most
   */
  public long seekTail(long lines) throws IOException {
    long size = channel.size();
    long window = BLOCK;
    while (true) {
      long start = Math.max(0, size - window);
      long at = start == 0 ? 0 : lineStartAfter(start);
      long have = countLines(at, size);
      // One more than asked for: the first in the window may be cut off.
      if (have > lines || start == 0) {
        skipLines(at, Math.max(0, have - lines));
        return Math.min(have, lines);
      }
      window *= 4;
    }
  }

  private long lineStartAfter(long position) throws IOException {
    position(position);
    while (channel.position() - buffer.remaining() <= channel.size()) {
      if (!buffer.hasRemaining() && !fill()) {
        break;
      }
      if (buffer.get() == '\n') {
        break;
      }
    }
    return channel.position() - buffer.remaining();
  }

  private boolean fill() throws IOException {
    buffer.clear();
    int read = channel.read(buffer);
    buffer.flip();
    return read > 0;
  }

  private long countLines(long from, long to) throws IOException {
    position(from);
    long lines = 0;
    boolean open = false;
    while (channel.position() - buffer.remaining() < to) {
      Optional<Entry> entry = next();
      if (entry.isEmpty()) {
        break;
      }
      open = !entry.get().endsLine();
      lines += open ? 0 : 1;
    }
    return lines + (open ? 1 : 0);
  }

  private void skipLines(long from, long lines) throws IOException {
    position(from);
    for (long left = lines; left > 0; ) {
      Optional<Entry> entry = next();
      if (entry.isEmpty()) {
        return;
      }
      left -= entry.get().endsLine() ? 1 : 0;
    }
  }

  private void position(long position) throws IOException {
    channel.position(position);
    buffer.clear().limit(0);
    partial.reset();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
