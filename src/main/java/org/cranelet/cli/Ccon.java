package org.cranelet.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** {@code ccon}: containers for users. */
@Command(
    name = "ccon",
    description = "Runs containers as jobs of the cluster.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      RunCommand.class,
      PsCommand.class,
      PodsCommand.class,
      StopCommand.class,
      WaitCommand.class,
      LogsCommand.class,
      InspectCommand.class,
      InspectPodCommand.class,
      LoginCommand.class,
      LogoutCommand.class,
      NotYet.Attach.class,
      NotYet.Exec.class,
      NotYet.Create.class,
      NotYet.Start.class,
      NotYet.Restart.class,
      NotYet.Rm.class,
    })
public final class Ccon extends CraneOptions implements Runnable {
  @Option(
      names = {"-C", "--config"},
      paramLabel = "PATH",
      description = "The cluster's file (default: CRANELET_CONFIG, /etc/crane/config.yaml).")
  @Nullable Path config;

  @Option(
      names = "--debug-level",
      paramLabel = "LEVEL",
      defaultValue = "info",
      description = "trace or debug: tell of each call to the daemon; info: do not.")
  DebugLevel debugLevel = DebugLevel.info;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Answer in JSON (docs/ccon.md has the shapes).")
  boolean json;

  @Option(
      names = {"-p", "--partition"},
      paramLabel = "NAME",
      description = "Partition.")
  @Nullable String partition;

  @Option(
      names = {"-t", "--time"},
      paramLabel = "[D-]H:M:S",
      converter = Converters.TimeLimit.class,
      description = "Time limit.")
  @Nullable Long time;

  @Option(
      names = {"-w", "--nodelist"},
      paramLabel = "NODES",
      converter = Converters.Nodes.class,
      description = "Nodes to use.")
  @Nullable String nodelist;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  boolean help;

  @Option(
      names = {"-v", "--version"},
      versionHelp = true,
      description = "Show the version.")
  boolean version;

  @CommandLine.Spec CommandLine.Model.@Nullable CommandSpec spec;

  /** How much ccon says of what it does. */
  enum DebugLevel {
    trace,
    debug,
    info
  }

  /** Runs one command line; the exit code. */
  public static int run(String version, String... args) {
    return CommandLines.run(new Ccon(), "ccon " + version, args);
  }

  Client connect() {
    Client client = Client.connect(Optional.ofNullable(config));
    return debugLevel == DebugLevel.info
        ? client
        : client.tracedTo(line -> System.err.println("ccon: debug: " + line));
  }

  @Override
  public void run() {
    throw CliException.usage("no command given; ccon --help lists them");
  }
}
