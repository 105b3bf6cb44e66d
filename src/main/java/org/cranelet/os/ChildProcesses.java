package org.cranelet.os;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * {@link Commands} for real. What children say is read by threads of the system: to read a pipe
 * holds a virtual thread's carrier, and children that hang must not take all of them.
 */
public final class ChildProcesses implements Commands {
  private static final int MAX_OUTPUT_BYTES = 64 << 10;
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  @Override
  public Result run(Duration timeout, List<String> argv) throws IOException {
    Process process = start(argv);
    process.getOutputStream().close();
    CompletableFuture<String> output = readAsync(process);
    try {
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        throw tooSlow(argv, timeout);
      }
      return new Result(process.exitValue(), output.get(timeout.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(argv.getFirst() + " was interrupted", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("cannot read what " + argv.getFirst() + " says: " + e.getMessage(), e);
    } finally {
      end(process);
    }
  }

  /** Its children, too: a shell may wait for one that hangs. */
  private static void end(Process process) {
    if (process.isAlive()) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  @Override
  public Held hold(Duration timeout, List<String> argv) throws IOException {
    Process process = start(argv);
    CompletableFuture<String> line = firstLineAsync(process);
    try {
      return new HeldProcess(process, line.get(timeout.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      end(process);
      throw tooSlow(argv, timeout);
    } catch (ExecutionException e) {
      end(process);
      throw new IOException("cannot read what " + argv.getFirst() + " says: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      end(process);
      Thread.currentThread().interrupt();
      throw new IOException(argv.getFirst() + " was interrupted", e);
    }
  }

  private static Process start(List<String> argv) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(argv).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().put("PATH", PATH);
    builder.environment().put("LC_ALL", "C.UTF-8");
    return builder.start();
  }

  private static CompletableFuture<String> readAsync(Process process) {
    CompletableFuture<String> output = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name("reader-" + process.pid())
        .start(
            () -> {
              try (var in = process.getInputStream()) {
                byte[] head = in.readNBytes(MAX_OUTPUT_BYTES);
                output.complete(new String(head, StandardCharsets.UTF_8).strip());
              } catch (IOException e) {
                output.completeExceptionally(e);
              }
            });
    return output;
  }

  private static CompletableFuture<String> firstLineAsync(Process process) {
    CompletableFuture<String> line = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name("reader-" + process.pid())
        .start(
            () -> {
              try {
                BufferedReader reader =
                    new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                String first = reader.readLine();
                line.complete(first == null ? "" : first);
              } catch (IOException e) {
                line.completeExceptionally(e);
              }
            });
    return line;
  }

  private static IOException tooSlow(List<String> argv, Duration timeout) {
    return new IOException(argv.getFirst() + " did not end within " + timeout.toMillis() + " ms");
  }

  private record HeldProcess(Process process, String firstLine) implements Held {
    @Override
    public long pid() {
      return process.pid();
    }

    @Override
    public boolean isAlive() {
      return process.isAlive();
    }

    @Override
    public void close() {
      process.destroyForcibly();
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
