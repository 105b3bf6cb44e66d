package org.cranelet.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Runs programs as a user's shell would. */
final class Programs {
  private static final Duration DEADLINE = Duration.ofSeconds(180);

  private Programs() {}

  /**
   * How a program ended.
   *
   * @param out standard output, byte by byte as ISO-8859-1 where it is compared as bytes
   */
  record Result(List<String> argv, int exit, byte[] stdout, String err) {
    String out() {
      return new String(stdout, StandardCharsets.UTF_8);
    }

    Result mustSucceed() {
      if (exit != 0) {
        throw new AssertionError(argv + " ended with " + exit + ": " + err + out());
      }
      return this;
    }
  }

  /** Starts it with its output in files, so that nothing waits for a reader. */
  static Running start(Map<String, String> env, Path cwd, String... argv) {
    try {
      Path out = Files.createTempFile("it-out", "");
      Path err = Files.createTempFile("it-err", "");
      ProcessBuilder builder =
          new ProcessBuilder(argv)
              .directory(cwd.toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().keySet().removeIf(k -> k.startsWith("CRANE"));
      builder.environment().putAll(env);
      return new Running(List.of(argv), builder.start(), out, err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Result run(Map<String, String> env, Path cwd, String... argv) {
    return start(env, cwd, argv).await();
  }

  /** A program that runs. */
  record Running(List<String> argv, Process process, Path out, Path err) {
    Result await() {
      return await(DEADLINE);
    }

    Result await(Duration deadline) {
      try {
        if (!process.waitFor(deadline)) {
          process.destroyForcibly();
          throw new AssertionError(argv + " did not end; so far: " + Files.readString(err));
        }
        Result result =
            new Result(argv, process.exitValue(), Files.readAllBytes(out), Files.readString(err));
        Files.delete(out);
        Files.delete(err);
        return result;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
    }

    String outSoFar() {
      try {
        return Files.readString(out);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    String errSoFar() {
      try {
        return Files.readString(err);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    void signal(String name) {
      run(Map.of(), Path.of("/"), "kill", "-" + name, Long.toString(process.pid())).mustSucceed();
    }
  }
}
