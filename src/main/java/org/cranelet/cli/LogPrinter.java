package org.cranelet.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.cranelet.proto.node.LogChunk;
import org.cranelet.proto.node.LogChunks;
import org.cranelet.transport.RpcStream;

/**
 * Writes a container's output byte by byte as it was. Told the same log again from its beginning
 * (after the daemon was restarted), it goes on where it was.
 */
final class LogPrinter {
  static final int PIPE_CLOSED = 141; // 128 + SIGPIPE

  private static final int BUFFER = 64 << 10;

  private final OutputStream out;
  private final OutputStream err;
  private final boolean timestamps;
  private final Runnable beforeFirst;
  private final String afterwards;
  private long printed;
  private boolean lineStart = true;

  LogPrinter(boolean timestamps) {
    this(timestamps, () -> {}, "");
  }

  /**
   * @param beforeFirst is run before the first byte is written
   * @param afterwards is told if the output cannot be written, and ends this process
   */
  LogPrinter(boolean timestamps, Runnable beforeFirst, String afterwards) {
    this(
        new FileOutputStream(FileDescriptor.out),
        new FileOutputStream(FileDescriptor.err),
        timestamps,
        beforeFirst,
        afterwards);
  }

  LogPrinter(
      OutputStream out,
      OutputStream err,
      boolean timestamps,
      Runnable beforeFirst,
      String afterwards) {
    this.out = new BufferedOutputStream(out, BUFFER);
    this.err = new BufferedOutputStream(err, BUFFER);
    this.timestamps = timestamps;
    this.beforeFirst = beforeFirst;
    this.afterwards = afterwards;
  }

  void print(RpcStream<LogChunks> parts) throws InterruptedException {
    try (parts) {
      long position = 0;
      for (Optional<LogChunks> p = parts.next(); p.isPresent(); p = parts.next()) {
        for (LogChunk chunk : p.get().getChunksList()) {
          position++;
          if (position > printed) {
            write(chunk);
          }
        }
        out.flush();
        err.flush();
      }
    } catch (IOException e) {
      lost(String.valueOf(e.getMessage()));
    }
  }

  private void write(LogChunk chunk) throws IOException {
    if (printed == 0) {
      beforeFirst.run();
    }
    boolean stderr = chunk.getStream() == LogChunk.Stream.STDERR;
    OutputStream to = stderr ? err : out;
    (stderr ? out : err).flush(); // both may be the same terminal
    if (timestamps && lineStart) {
      to.write((chunk.getTimestamp() + " ").getBytes(StandardCharsets.UTF_8));
    }
    chunk.getData().writeTo(to);
    int size = chunk.getData().size();
    lineStart = size > 0 && chunk.getData().byteAt(size - 1) == '\n';
    printed++;
  }

  /** If nobody reads any more (| head), it is done without a word, as every filter is then. */
  private void lost(String why) {
    boolean closed = why.contains("Broken pipe");
    if (!closed) {
      System.err.println("ccon: cannot write the output: " + why);
    }
    if (!afterwards.isEmpty()) {
      System.err.println(afterwards);
    }
    Runtime.getRuntime().halt(closed ? PIPE_CLOSED : CliException.FAILED);
  }
}
