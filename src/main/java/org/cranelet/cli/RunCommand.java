package org.cranelet.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.cranelet.cli.term.Json;
import org.cranelet.proto.crane.CraneCtldGrpc;
import org.cranelet.proto.crane.SubmitBatchJobReply;
import org.cranelet.proto.crane.SubmitBatchJobRequest;
import org.cranelet.proto.node.AppendStepReply;
import org.cranelet.proto.node.AppendStepRequest;
import org.cranelet.proto.node.NodeGrpc;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code ccon run}: a container as a job of its own, or as one more step of the job it is in. */
@Command(name = "run", description = "Run a container.", sortOptions = false)
final class RunCommand extends CraneOptions
    implements Callable<Integer>, CommandLines.OptionsEndAtFirstWord {
  @ParentCommand Ccon ccon;

  @Parameters(index = "0", paramLabel = "IMAGE", description = "The image to run.")
  String image;

  @Parameters(index = "1..*", paramLabel = "[--] CMD", description = "Command and arguments.")
  List<String> command = new ArrayList<>();

  @Option(names = "--name", paramLabel = "NAME", description = "Name of the container.")
  @Nullable String name;

  @Option(
      names = {"-e", "--env"},
      paramLabel = "K[=V]",
      description = "A variable; without a value, the one it has here.")
  List<String> env = new ArrayList<>();

  @Option(
      names = {"-v", "--volume"},
      paramLabel = "HOST:CTR[:ro]",
      description =
          "Bind mount a file or directory; relative paths are below the current directory.")
  List<String> volumes = new ArrayList<>();

  @Option(
      names = {"-p", "--ports"},
      paramLabel = "[IP:]HOST:CTR[/PROTO]",
      description = "Map a port (also: PORT). A value that is no port is a partition.")
  List<String> ports = new ArrayList<>();

  @Option(
      names = {"-d", "--detach"},
      description = "Run in the background and print the container's id.")
  boolean detach;

  @Option(
      names = {"-i", "--interactive"},
      description = "Keep standard input open (not there yet).")
  boolean interactive;

  @Option(
      names = {"-t", "--tty"},
      description = "Give it a terminal (not there yet).")
  boolean tty;

  @Option(
      names = "--entrypoint",
      paramLabel = "CMD",
      description = "Replaces the image's entrypoint.")
  @Nullable String entrypoint;

  @Option(
      names = {"-u", "--user"},
      paramLabel = "UID[:GID]",
      description = "Run as this user.")
  @Nullable String user;

  @Option(
      names = "--userns",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "BOOL",
      description = "Use a user namespace.")
  @Nullable Boolean userns;

  @Option(names = "--network", paramLabel = "host|default", description = "The network to use.")
  @Nullable String network;

  @Option(
      names = {"-w", "--workdir"},
      paramLabel = "DIR",
      description = "Working directory in the container.")
  @Nullable String workdir;

  @Option(
      names = "--pull-policy",
      paramLabel = "POLICY",
      converter = Converters.Policy.class,
      description = "Always, IfNotPresent (default) or Never.")
  @Nullable String pullPolicy;

  @Option(
      names = "--dns",
      paramLabel = "IP",
      converter = Converters.DnsServer.class,
      description = "DNS server, may be repeated.")
  List<String> dns = new ArrayList<>();

  @Option(names = "--read-only", description = "Make the container's root file system read-only.")
  boolean readOnly;

  @Option(names = "--partition", paramLabel = "NAME", description = "Partition.")
  @Nullable String partition;

  @Option(
      names = "--time",
      paramLabel = "[D-]H:M:S",
      converter = Converters.TimeLimit.class,
      description = "Time limit.")
  @Nullable Long time;

  @Option(
      names = "--nodelist",
      paramLabel = "NODES",
      converter = Converters.Nodes.class,
      description = "Nodes to use.")
  @Nullable String nodelist;

  @Option(names = "--cpus", hidden = true, converter = Converters.Cpus.class)
  @Nullable Double oldCpus;

  @Option(names = "--memory", hidden = true, converter = Converters.Memory.class)
  @Nullable Long oldMemory;

  @Option(names = "--container-user", hidden = true)
  @Nullable String containerUser;

  @Option(names = "--container-password", hidden = true)
  @Nullable String containerPassword;

  @Option(names = "--gpus", hidden = true)
  @Nullable String gpus;

  @Override
  public Integer call() throws InterruptedException {
    refuseWhatIsNotThere();
    noteWhatHasNoEffect();
    Optional<Integer> job = currentJob();
    RunRequest request = new RunRequest(this, ccon, ImageLogin.of(this));
    try (Client client = ccon.connect()) {
      if (detach) {
        print(start(client, request, job));
        return 0;
      }
      Interrupts interrupts = Interrupts.heard();
      RunSession session = new RunSession(client, start(client, request, job));
      interrupts.about(session);
      return session.follow();
    }
  }

  private static ContainerId start(Client client, RunRequest request, Optional<Integer> job) {
    return job.isPresent() ? append(client, request, job.get()) : submit(client, request);
  }

  private void refuseWhatIsNotThere() {
    if (gpus != null) {
      throw CliException.usage(
          "--gpus is docker's; ask for devices with --gres, such as --gres gpu:1");
    }
    if (interactive || tty) {
      throw CliException.usage("-i and -t are not there yet: run without them");
    }
  }

  private void noteWhatHasNoEffect() {
    List<String> names = new ArrayList<>(ccon.withoutEffect());
    names.addAll(withoutEffect());
    if (!names.isEmpty()) {
      System.err.println("ccon: note: no effect on this node: " + String.join(", ", names));
    }
    if (oldCpus != null) {
      System.err.println("ccon: note: --cpus is an older name of --cpus-per-task");
      cpus = cpus == null ? oldCpus : cpus;
    }
    if (oldMemory != null) {
      System.err.println("ccon: note: --memory is an older name of --mem");
      memory = memory == null ? oldMemory : memory;
    }
  }

  private Optional<Integer> currentJob() {
    Optional<Integer> job = CurrentJob.id();
    if (job.isPresent()) {
      refuseInJob(user != null, "--user");
      refuseInJob(userns != null, "--userns");
      refuseInJob(!ports.isEmpty() && !RunRequest.arePartitions(ports), "--ports");
      refuseInJob(network != null, "--network");
      refuseInJob(!dns.isEmpty(), "--dns");
      noteInJob();
    }
    return job;
  }

  /** The job has its resources already; its steps share them. */
  private void noteInJob() {
    boolean asks =
        CraneOptions.last(ccon.cpus, cpus).isPresent()
            || CraneOptions.last(ccon.memory, memory).isPresent()
            || CraneOptions.last(ccon.time, time).isPresent()
            || CraneOptions.last(ccon.partition, partition).isPresent()
            || !ports.isEmpty();
    if (asks) {
      System.err.println(
          "ccon: note: a step shares its job's cpus, memory, time limit and partition");
    }
  }

  private static void refuseInJob(boolean given, String option) {
    if (given) {
      throw CliException.usage(
          option + " belongs to the pod, which CRANE_JOB_ID's job has already: leave it out");
    }
  }

  private static ContainerId submit(Client client, RunRequest request) {
    SubmitBatchJobReply reply =
        client.call(
            CraneCtldGrpc.getSubmitBatchJobMethod(),
            SubmitBatchJobRequest.newBuilder().setJob(request.job()).build());
    if (!reply.getOk()) {
      throw new CliException(
          CliException.NOT_RUN, Refusals.text(reply.getCode(), reply.getReason()));
    }
    return new ContainerId(reply.getJobId(), 1);
  }

  private static ContainerId append(Client client, RunRequest request, int job) {
    AppendStepReply reply =
        client.call(
            NodeGrpc.getAppendStepMethod(),
            AppendStepRequest.newBuilder().setStep(request.step(job)).build());
    if (!reply.getOk()) {
      throw new CliException(
          CliException.NOT_RUN, Refusals.text(reply.getCode(), reply.getReason()));
    }
    return new ContainerId(job, reply.getStepId());
  }

  private void print(ContainerId id) {
    if (ccon.json) {
      ObjectNode object = Json.object();
      object.put("id", id.toString()).put("job", id.job()).put("step", id.step());
      System.out.println(Json.text(object));
    } else {
      System.out.println(id);
    }
  }
}
