package org.cranelet.cli;

import io.grpc.Status.Code;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.cranelet.transport.RpcException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** How both programs treat their command lines: one line for each failure, conventional codes. */
final class CommandLines {
  private CommandLines() {}

  static int run(Object command, String version, String... args) {
    CommandLine line = new CommandLine(command);
    line.getCommandSpec().version(version);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
    line.setParameterExceptionHandler((e, a) -> usage(e));
    line.setExecutionExceptionHandler((e, l, parsed) -> failed(e, l));
    line.getSubcommands().values().forEach(CommandLines::endOptionsAtFirstWord);
    return line.execute(args);
  }

  /** {@code run IMAGE CMD…}: what follows the image is the container's, dashes or not. */
  private static void endOptionsAtFirstWord(CommandLine line) {
    if (line.getCommand() instanceof OptionsEndAtFirstWord) {
      line.setStopAtPositional(true);
    }
  }

  /** Marks commands whose first word that is no option ends the options. */
  interface OptionsEndAtFirstWord {}

  private static int usage(ParameterException e) {
    String name = e.getCommandLine().getCommandSpec().qualifiedName();
    String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    print(e.getCommandLine(), message + " (see " + name + " --help)");
    return CliException.USAGE;
  }

  private static int failed(Exception e, CommandLine line) throws Exception {
    boolean runs = line.getCommand() instanceof RunCommand;
    switch (e) {
      case CliException c -> {
        print(line, c.getMessage());
        return c.exitCode() == CliException.FAILED && runs ? CliException.NOT_RUN : c.exitCode();
      }
      case RpcException r -> {
        print(
            line, r.code() == Code.NOT_FOUND ? r.getMessage() : "cranelet says: " + r.getMessage());
        return runs ? CliException.NOT_RUN : CliException.FAILED;
      }
      default -> throw e;
    }
  }

  private static void print(CommandLine line, @org.jspecify.annotations.Nullable String message) {
    String program = line.getCommandSpec().root().name();
    line.getErr().println(program + ": " + message);
    line.getErr().flush();
  }
}
