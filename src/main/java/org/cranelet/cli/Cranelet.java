package org.cranelet.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.cranelet.cli.term.Json;
import org.cranelet.cli.term.Table;
import org.cranelet.config.ConfigException;
import org.cranelet.config.ConfigFile;
import org.cranelet.config.ConfigLoader;
import org.cranelet.config.CraneConfig;
import org.cranelet.config.PrePullSettings;
import org.cranelet.image.reference.Reference;
import org.cranelet.os.Machine;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.StatusReply;
import org.cranelet.proto.node.StatusRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.ScopeType;

/** {@code cranelet}: the daemon, and what administrators ask of it. */
@Command(
    name = "cranelet",
    description = "The container agent of a CraneSched compute node.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      Cranelet.ServeCommand.class,
      Cranelet.StatusCommand.class,
      DrainCommand.class,
      DrainCommand.ResumeCommand.class,
      ImagesCommand.class,
      PrePullCommand.class,
      GcCommand.class,
      Cranelet.ConfigCommand.class,
    })
public final class Cranelet implements Runnable {
  @Option(
      names = {"-C", "--config"},
      paramLabel = "PATH",
      scope = ScopeType.INHERIT,
      description = "The cluster's file (default: CRANELET_CONFIG, /etc/crane/config.yaml).")
  @Nullable Path config;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Answer in JSON (docs/administration.md has the shapes).")
  boolean json;

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

  /** Starts the daemon; its exit code. {@code logToFile} counts if the file does not say it. */
  public interface Server {
    int serve(CraneConfig config, boolean logToFile);
  }

  private final Server server;

  private Cranelet(Server server) {
    this.server = server;
  }

  /** Runs one command line; the exit code. */
  public static int run(String version, Server server, String... args) {
    return CommandLines.run(new Cranelet(server), "cranelet " + version, args);
  }

  @Override
  public void run() {
    throw CliException.usage("no command given; cranelet --help lists them");
  }

  private CraneConfig load(@Nullable String node) {
    try {
      ConfigLoader.MachineFacts machine =
          new ConfigLoader.MachineFacts(Machine.hostName(), Machine.cpus(), Machine.memoryBytes());
      return ConfigLoader.load(
          ConfigFile.choose(Optional.ofNullable(config)), machine, Optional.ofNullable(node));
    } catch (ConfigException | IOException e) {
      throw new CliException(CliException.FAILED, String.valueOf(e.getMessage()));
    }
  }

  /** {@code cranelet serve}: the daemon itself. */
  @Command(name = "serve", description = "Run the daemon.")
  static final class ServeCommand implements Callable<Integer> {
    @ParentCommand Cranelet cranelet;

    @Option(names = "--node", paramLabel = "NAME", description = "This node's name in Nodes.")
    @Nullable String node;

    @Option(
        names = "--log-to-file",
        description = "Log to CranedLogFile, too, unless Container.LogToFile is false.")
    boolean logToFile;

    @Override
    public Integer call() {
      return cranelet.server.serve(cranelet.load(node), logToFile);
    }
  }

  static void print(StatusReply status, boolean json) {
    System.out.print(json ? StatusCommand.json(status) + "\n" : StatusCommand.text(status));
  }

  /** {@code cranelet status}: one look at the daemon. */
  @Command(name = "status", description = "Show whether the daemon can run jobs.")
  static final class StatusCommand implements Callable<Integer> {
    @ParentCommand Cranelet cranelet;

    @Override
    public Integer call() {
      StatusReply s;
      try (Client client = Client.connect(Optional.ofNullable(cranelet.config))) {
        s = client.call(NodeGrpc.getStatusMethod(), StatusRequest.getDefaultInstance());
      }
      print(s, cranelet.json);
      return s.getProblem().isEmpty() ? 0 : CliException.FAILED;
    }

    private static String text(StatusReply s) {
      String runtime = s.getRuntime().isEmpty() ? "-" : s.getRuntime();
      String ready =
          !s.getEnabled()
              ? "container feature not enabled"
              : s.getProblem().isEmpty() ? "ready" : "not ready: " + s.getProblem();
      String drained =
          s.getDrained()
              ? ", drained" + (s.getDrainReason().isEmpty() ? "" : ": " + s.getDrainReason())
              : "";
      return "cranelet  "
          + s.getVersion()
          + "\n"
          + "node      "
          + s.getNode()
          + "\n"
          + "cluster   "
          + s.getCluster()
          + "\n"
          + "runtime   "
          + runtime
          + "\n"
          + "state     "
          + ready
          + drained
          + "\n"
          + "jobs      "
          + s.getRunning()
          + " running, "
          + s.getPending()
          + " pending, "
          + s.getFinished()
          + " finished\n";
    }

    private static String json(StatusReply s) {
      return Json.text(
          Json.object()
              .put("version", s.getVersion())
              .put("node", s.getNode())
              .put("cluster", s.getCluster())
              .put("enabled", s.getEnabled())
              .put("runtime", s.getRuntime())
              .put("ready", s.getProblem().isEmpty())
              .put("problem", s.getProblem())
              .put("drained", s.getDrained())
              .put("drainReason", s.getDrainReason())
              .put("running", s.getRunning())
              .put("pending", s.getPending())
              .put("finished", s.getFinished()));
    }
  }

  /** {@code cranelet config}: about the cluster's file. */
  @Command(
      name = "config",
      description = "Look at the configuration.",
      subcommands = ConfigCommand.CheckCommand.class)
  static final class ConfigCommand implements Runnable {
    @ParentCommand Cranelet cranelet;

    @Override
    public void run() {
      throw CliException.usage("no command given; try cranelet config check");
    }

    /** {@code cranelet config check}: validates without starting anything. */
    @Command(
        name = "check",
        description = "Check the file, and print what is in effect and where it comes from.")
    static final class CheckCommand implements Callable<Integer> {
      @ParentCommand ConfigCommand parent;

      @Option(names = "--node", paramLabel = "NAME", description = "This node's name in Nodes.")
      @Nullable String node;

      @Override
      public Integer call() {
        CraneConfig config = parent.cranelet.load(node);
        config.warnings().forEach(w -> System.err.println("cranelet: warning: " + w));
        config.container().prePull().images().forEach(CheckCommand::warnOfBadReference);
        if (parent.cranelet.json) {
          System.out.println(json(config));
          return 0;
        }
        Table table = new Table("SETTING", "VALUE", "FROM");
        config.settings().forEach(s -> table.row(s.key(), s.value(), s.origin()));
        System.out.print(table);
        return 0;
      }

      private static void warnOfBadReference(PrePullSettings.Image line) {
        try {
          Reference.parse(line.reference());
        } catch (IllegalArgumentException e) {
          System.err.println(
              "cranelet: warning: Container.PrePull.Images: " + e.getMessage() + " (left out)");
        }
      }

      private static String json(CraneConfig config) {
        var o = Json.object();
        o.put("file", config.file().toString());
        o.set("warnings", Json.strings(config.warnings()));
        var settings = o.putArray("settings");
        config
            .settings()
            .forEach(
                s ->
                    settings
                        .addObject()
                        .put("key", s.key())
                        .put("value", s.value())
                        .put("from", s.origin()));
        return Json.text(o);
      }
    }
  }
}
