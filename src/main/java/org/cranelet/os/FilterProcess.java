package org.cranelet.os;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs a program that reads its standard input and answers on its standard output. Unlike {@link
 * Commands}, it has the environment of this process: such programs look for the user's home, his
 * key ring or his session there. What it says on standard error is dropped.
 */
public final class FilterProcess {
  private static final int MAX_OUTPUT_BYTES = 64 << 10;

  private FilterProcess() {}

  /**
   * How it ended.
   *
   * @param exitCode its exit status, 128 + signal if it was killed
   * @param out what it wrote to standard output, at most 64 KiB; may be secret
   */
  public record Result(int exitCode, String out) {
    public boolean ok() {
      return exitCode == 0;
    }

    /** Without what it wrote. */
    @Override
    public String toString() {
      return "exit code " + exitCode;
    }
  }

  /**
   * Runs a program to its end.
   *
   * @param input may be secret; never in a message
   * @throws IOException if the program is not there, or did not end in time (it is killed then)
   */
  public static Result run(Duration timeout, List<String> argv, String input) throws IOException {
    Process process =
        new ProcessBuilder(argv).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String name = argv.getFirst();
    CompletableFuture<String> output = new CompletableFuture<>();
    // Threads of the system, as in ChildProcesses.
    Thread.ofPlatform().daemon().start(() -> read(process, output));
    Thread.ofPlatform().daemon().start(() -> write(process, input));
    try {
      String out = output.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        throw tooSlow(name, timeout);
      }
      return new Result(process.exitValue(), out);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(name + " was interrupted", e);
    } catch (TimeoutException e) {
      throw tooSlow(name, timeout);
    } catch (ExecutionException e) {
      throw new IOException("cannot read what " + name + " says: " + e.getMessage(), e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static void read(Process process, CompletableFuture<String> output) {
    try (InputStream in = process.getInputStream()) {
      output.complete(new String(in.readNBytes(MAX_OUTPUT_BYTES), StandardCharsets.UTF_8));
    } catch (IOException e) {
      output.completeExceptionally(e);
    }
  }

  private static void write(Process process, String input) {
    try (OutputStream out = process.getOutputStream()) {
      out.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It did not read all of it, and may do so; how it ended says whether that was right.
    }
  }

  private static IOException tooSlow(String name, Duration timeout) {
    return new IOException(name + " did not end within " + timeout.toSeconds() + " s");
  }
}
