package org.cranelet.cli.term;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cranelet.os.ChildProcesses;
import org.cranelet.os.Commands;

/** Whether somebody looks, and how much he sees. */
public final class Terminal {
  /** What a terminal has that does not tell (the VT100's). */
  static final int DEFAULT_COLUMNS = 80;

  private static final int MAX_COLUMNS = 10_000;
  private static final Duration STTY = Duration.ofSeconds(1);

  private Terminal() {}

  /** Whether standard input is a terminal. */
  public static boolean onInput() {
    return device(0).isPresent();
  }

  /** Whether standard output is a terminal. */
  public static boolean onOutput() {
    return device(1).isPresent();
  }

  /** Whether standard error is a terminal that can draw a line anew. */
  public static boolean onError() {
    return device(2).isPresent() && !"dumb".equals(System.getenv("TERM"));
  }

  /** The width of the terminal at standard error: {@code COLUMNS}, else what stty(1) says. */
  static int columns() {
    return columns(System.getenv(), new ChildProcesses(), device(2));
  }

  static int columns(Map<String, String> environment, Commands commands, Optional<String> device) {
    return number(environment.getOrDefault("COLUMNS", ""))
        .or(() -> device.flatMap(d -> stty(commands, d)))
        // One that belongs to somebody else (su) cannot be opened by its own name.
        .or(() -> stty(commands, "/dev/tty"))
        .orElse(DEFAULT_COLUMNS);
  }

  /** {@code stty size} writes rows and columns; 0 0 if nobody ever told the kernel. */
  private static Optional<Integer> stty(Commands commands, String device) {
    try {
      Commands.Result size = commands.run(STTY, List.of("stty", "-F", device, "size"));
      String[] fields = size.out().split(" ", -1);
      return size.ok() && fields.length == 2 ? number(fields[1]) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<Integer> number(String text) {
    return text.matches("\\d{1,5}")
        ? Optional.of(Integer.parseInt(text)).filter(n -> n > 0 && n <= MAX_COLUMNS)
        : Optional.empty();
  }

  private static Optional<String> device(int descriptor) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      boolean terminal =
          target.startsWith("/dev/pts/")
              || target.startsWith("/dev/tty")
              || target.equals("/dev/console");
      return terminal ? Optional.of(target) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
