package org.cranelet.cli;

import io.grpc.Status.Code;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.cranelet.config.Nearest;
import org.cranelet.transport.RpcException;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** How both programs treat their command lines: one line for each failure, conventional codes. */
final class CommandLines {
  private CommandLines() {}

  static int run(Object command, String version, String... args) {
    CommandLine line = new CommandLine(command);
    line.getCommandSpec().version(version);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExpandAtFiles(false); // @FILE is the container's word, or whoever's it is
    line.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
    line.setParameterExceptionHandler((e, a) -> usage(e));
    line.setExecutionExceptionHandler((e, l, parsed) -> failed(e, l));
    line.getSubcommands().values().forEach(CommandLines::endOptionsAtFirstWord);
    int code = line.execute(args);
    System.out.flush();
    return System.out.checkError() ? unwritten(line) : code;
  }

  /** What was done is done, but nobody has read it. */
  private static int unwritten(CommandLine line) {
    if (isPipe(Path.of("/proc/self/fd/1"))) {
      return LogPrinter.PIPE_CLOSED; // its reader went, as after | head
    }
    print(line, "cannot write to standard output");
    return CliException.FAILED;
  }

  private static boolean isPipe(Path file) {
    try {
      String what = Files.readSymbolicLink(file).toString();
      return what.startsWith("pipe:") || what.startsWith("socket:");
    } catch (IOException e) {
      return false; // closed
    }
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
    print(e.getCommandLine(), problem(e) + " (see " + name + " --help)");
    return CliException.USAGE;
  }

  private static String problem(ParameterException e) {
    String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    if (!(e instanceof UnmatchedArgumentException unmatched)) {
      return message;
    }
    String word = unmatched.getUnmatched().getFirst();
    CommandSpec command = e.getCommandLine().getCommandSpec();
    String what =
        unmatched.isUnknownOption()
            ? message
            : command.subcommands().isEmpty()
                ? "'" + word + "' is one argument too many"
                : "no command '" + word + "'";
    return what + nearest(word, command).map(n -> ", did you mean " + n + "?").orElse("");
  }

  /** What is probably meant by an option or command that is not known. */
  private static Optional<String> nearest(String word, CommandSpec command) {
    Set<String> names =
        word.startsWith("-") ? command.optionsMap().keySet() : command.subcommands().keySet();
    return Nearest.to(word, names.stream().filter(name -> name.length() > 2).toList(), 2);
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
