package org.cranelet.it;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/**
 * A virtual machine (testbed/vm.sh) with the installed programs: each boot runs one of the scripts
 * of src/test/vm in it. The machine keeps its disk until it is closed.
 */
final class Machine implements AutoCloseable {
  private static final Path SCRIPTS = Path.of("src/test/vm").toAbsolutePath();
  private static final Path VM = Path.of("testbed/vm.sh").toAbsolutePath();

  /**
   * A boot takes a minute or two; of the JVM build, on a busy machine, more than fifteen. (Besides:
   * vm.sh waits five minutes for the first word of one that hangs, and begins it again.)
   */
  private static final Duration DEADLINE = Duration.ofMinutes(20);

  /** What vm.sh ends with when it has cut the power. */
  static final int POWER_CUT = 75;

  private final Path image = image();
  private final Path home;

  Machine() {
    try {
      home = Files.createTempDirectory(Path.of("/var/tmp"), "cranelet-vm-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @throws IllegalStateException if the tests were started without one: a test that cannot run
   *     fails
   */
  private static Path image() {
    String directory = System.getProperty("cranelet.it.vm", "");
    if (directory.isEmpty() || !Files.exists(Path.of(directory, "complete"))) {
      throw new IllegalStateException(
          "no virtual machine at '"
              + directory
              + "': make one with testbed/vm.sh build DIR and name it by -Dcranelet.it.vm=DIR"
              + " (./verify does)");
    }
    return Path.of(directory).toAbsolutePath();
  }

  /**
   * What a boot told.
   *
   * @param exit the script's exit status, or {@link #POWER_CUT}
   * @param console what the script printed
   * @param out what it left in out/
   */
  record Boot(int exit, String console, Path out) {
    Boot mustEndWith(int expected) {
      if (exit != expected) {
        throw new AssertionError("the machine ended with " + exit + ": " + console);
      }
      return this;
    }

    String text(String file) {
      try {
        return Files.readString(out.resolve(file)).strip();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    JsonNode json(String file) {
      return NodeUnderTest.json(text(file));
    }

    /** What {@code ccon inspect} said of a job's primary step. */
    JsonNode job(int job) {
      return json("jobs/" + job + ".1");
    }

    /** The jobs that {@code ccon ps -a} listed, the oldest first. */
    List<Integer> jobs() {
      return StreamSupport.stream(json("ps.json").spliterator(), false)
          .map(container -> container.path("job").asInt())
          .distinct()
          .sorted()
          .toList();
    }

    /** How often a job's container has noted that it ran. */
    long runs(int job) {
      return text("seen/ran").lines().filter(Integer.toString(job)::equals).count();
    }
  }

  /** Boots, runs the script to its end, and shuts down. */
  Boot boot(String script, String... args) {
    return run(script, List.of(args)).mustEndWith(0);
  }

  /** Boots, and cuts the power as soon as the script prints a line with this text. */
  Boot bootAndCut(String script, String text) {
    return run(script, List.of(), "--cut", text).mustEndWith(POWER_CUT);
  }

  private Boot run(String script, List<String> args, String... options) {
    try {
      Path payload = payload(script, args);
      List<String> argv =
          new ArrayList<>(List.of(VM.toString(), "run", image.toString(), payload.toString()));
      argv.addAll(List.of("--disk", home.getFileName().toString()));
      argv.addAll(List.of("--timeout", Long.toString(DEADLINE.toSeconds())));
      argv.addAll(List.of(options));
      Programs.Result result =
          Programs.start(Map.of(), home, argv.toArray(String[]::new))
              .await(DEADLINE.plusMinutes(6));
      return new Boot(result.exit(), result.out() + result.err(), payload.resolve("out"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path payload(String script, List<String> args) throws IOException {
    Path payload = home.resolve(script);
    Path programs = Testbed.programs();
    copy(SCRIPTS, payload);
    copy(programs, payload.resolve("programs"));
    if (Files.isDirectory(programs.resolve("lib"))) { // the JVM build
      // A distribution's JDK is full of links to what the machine lacks.
      copy("-rL", Path.of(System.getProperty("java.home")), payload.resolve("jdk"));
    }
    copy(Path.of("deploy/systemd/cranelet.service").toAbsolutePath(), payload);
    copy(image.resolve("images/archive.tar"), payload.resolve("images.tar"));
    Path run = payload.resolve("run");
    Files.writeString(run, "#!/bin/sh\nexec ./" + script + ".sh " + String.join(" ", args) + "\n");
    run.toFile().setExecutable(true);
    return payload;
  }

  private static void copy(Path from, Path to) {
    copy("-a", from, to);
  }

  private static void copy(String how, Path from, Path to) {
    Programs.run(Map.of(), Path.of("/"), "cp", how, from.toString(), to.toString()).mustSucceed();
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(image.resolve(home.getFileName() + ".disk"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Programs.run(Map.of(), Path.of("/"), "rm", "-rf", "--one-file-system", home.toString());
  }
}
