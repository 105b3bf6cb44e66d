package org.cranelet.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.google.protobuf.Duration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cranelet.cli.term.Json;
import org.cranelet.cli.term.Words;
import org.cranelet.image.reference.Login;
import org.cranelet.os.Machine;
import org.cranelet.pod.WireAnnotations;
import org.cranelet.proto.crane.ContainerJobAdditionalMeta;
import org.cranelet.proto.crane.GresCount;
import org.cranelet.proto.crane.GresMap;
import org.cranelet.proto.crane.JobToCtld;
import org.cranelet.proto.crane.JobType;
import org.cranelet.proto.crane.PodJobAdditionalMeta;
import org.cranelet.proto.crane.StepToCtld;

/** A {@code run} command line as CraneSched's messages. */
final class RunRequest {
  private static final Pattern PORT =
      Pattern.compile(
          "(?:(?:\\[([0-9a-fA-F:]+)\\]|(\\d+\\.\\d+\\.\\d+\\.\\d+)):)?(\\d{1,5})(?::(\\d{1,5}))?(?:/(tcp|udp|sctp))?",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern GRES = Pattern.compile("([^:,]+)(?::([^:,]+))?:(\\d{1,6})");

  private final RunCommand run;
  private final Ccon ccon;
  private final Optional<Login> login;
  private final String cwd;

  /**
   * @param login for the registry of the image
   */
  RunRequest(RunCommand run, Ccon ccon, Optional<Login> login) {
    this.run = run;
    this.ccon = ccon;
    this.login = login;
    this.cwd = Path.of("").toAbsolutePath().toString();
  }

  /** What begins with a digit or a bracket is a port mapping, anything else a partition. */
  static boolean isPartition(String value) {
    return value.isEmpty() || !(Character.isDigit(value.charAt(0)) || value.charAt(0) == '[');
  }

  static boolean arePartitions(List<String> values) {
    return values.stream().allMatch(RunRequest::isPartition);
  }

  JobToCtld job() {
    Ids ids = Ids.own();
    JobToCtld.Builder job =
        JobToCtld.newBuilder()
            .setType(JobType.Container)
            .setUid(ids.uid())
            .setGid(ids.gid())
            .setName(name())
            .setNodeNum(CraneOptions.last(ccon.nodes, run.nodes).orElse(1))
            .setNtasksPerNode(CraneOptions.last(ccon.tasks, run.tasks).orElse(1))
            .setCwd(cwd)
            .setSubmitDir(cwd)
            .setCmdLine(commandLine())
            .setSubmitHostname(Machine.hostName())
            .setExclusive(ccon.exclusive || run.exclusive)
            .setHold(ccon.hold || run.hold)
            .setPodMeta(pod())
            .setContainerMeta(container());
    partition().ifPresent(job::setPartitionName);
    CraneOptions.last(ccon.cpus, run.cpus).ifPresent(job::setCpusPerTask);
    CraneOptions.last(ccon.memory, run.memory).ifPresent(job::setMemPerNode);
    CraneOptions.last(ccon.gres, run.gres).ifPresent(g -> job.setGresPerNode(gres(g)));
    CraneOptions.last(ccon.time, run.time)
        .ifPresent(t -> job.setTimeLimit(Duration.newBuilder().setSeconds(t)));
    CraneOptions.last(ccon.nodelist, run.nodelist).ifPresent(job::setNodelist);
    CraneOptions.last(ccon.exclude, run.exclude).ifPresent(job::setExcludes);
    CraneOptions.last(ccon.extraAttr, run.extraAttr).ifPresent(job::setExtraAttr);
    return job.build();
  }

  StepToCtld step(int jobId) {
    Ids ids = Ids.own();
    StepToCtld.Builder step =
        StepToCtld.newBuilder()
            .setType(JobType.Container)
            .setJobId(jobId)
            .setUid(ids.uid())
            .addGid(ids.gid())
            .setName(name())
            .setNodeNum(CraneOptions.last(ccon.nodes, run.nodes).orElse(1))
            .setCwd(cwd)
            .setCmdLine(commandLine())
            .setContainerMeta(container());
    CraneOptions.last(ccon.gres, run.gres).ifPresent(g -> step.setGresPerNode(gres(g)));
    CraneOptions.last(ccon.nodelist, run.nodelist).ifPresent(step::setNodelist);
    CraneOptions.last(ccon.exclude, run.exclude).ifPresent(step::setExcludes);
    return step.build();
  }

  private String name() {
    if (run.name != null) {
      return run.name;
    }
    String last = run.image.substring(run.image.lastIndexOf('/') + 1);
    return last.split("[:@]", 2)[0];
  }

  private String commandLine() {
    List<String> words = new ArrayList<>();
    words.add(run.image);
    words.addAll(args());
    return Words.command(words);
  }

  private List<String> args() {
    boolean dashes = !run.command.isEmpty() && run.command.getFirst().equals("--");
    return dashes ? run.command.subList(1, run.command.size()) : run.command;
  }

  private Optional<String> partition() {
    Optional<String> byPorts = run.ports.stream().filter(RunRequest::isPartition).findFirst();
    return byPorts.or(() -> CraneOptions.last(ccon.partition, run.partition));
  }

  private PodJobAdditionalMeta pod() {
    PodJobAdditionalMeta.Builder pod =
        PodJobAdditionalMeta.newBuilder()
            .setName(name())
            .setUserns(Boolean.TRUE.equals(run.userns))
            .addAllDnsServers(run.dns)
            .setNamespace(
                PodJobAdditionalMeta.NamespaceOption.newBuilder()
                    .setNetwork(
                        isHostNetwork()
                            ? PodJobAdditionalMeta.NamespaceMode.NODE
                            : PodJobAdditionalMeta.NamespaceMode.POD));
    if (run.user != null) {
      if (!run.user.matches("\\d{1,10}(:\\d{1,10})?")) {
        throw CliException.usage("--user: '" + run.user + "' is not UID or UID:GID (numbers)");
      }
      pod.putAnnotations(WireAnnotations.RUN_AS, run.user);
    }
    run.ports.stream().filter(p -> !isPartition(p)).forEach(p -> pod.addPorts(port(p)));
    return pod.build();
  }

  private boolean isHostNetwork() {
    if (run.network == null || run.network.equals("default")) {
      return false;
    }
    if (run.network.equals("host")) {
      return true;
    }
    throw CliException.usage("--network: '" + run.network + "' is neither host nor default");
  }

  static PodJobAdditionalMeta.PortMapping port(String text) {
    Matcher m = PORT.matcher(text);
    if (!m.matches()) {
      throw CliException.usage(
          "--ports: '" + text + "' is not [IP:]HOST:CONTAINER[/tcp|udp|sctp] or a port");
    }
    String host = m.group(3);
    String container = m.group(4) == null ? host : m.group(4);
    String ip = m.group(1) != null ? m.group(1) : m.group(2) != null ? m.group(2) : "";
    String protocol = m.group(5) == null ? "TCP" : m.group(5).toUpperCase(java.util.Locale.ROOT);
    return PodJobAdditionalMeta.PortMapping.newBuilder()
        .setProtocol(PodJobAdditionalMeta.PortMapping.Protocol.valueOf(protocol))
        .setHostIp(ip)
        .setHostPort(portNumber(host))
        .setContainerPort(portNumber(container))
        .build();
  }

  private static int portNumber(String text) {
    int port = Integer.parseInt(text);
    if (port < 1 || port > 65535) {
      throw CliException.usage("--ports: " + text + " is not a port (1 to 65535)");
    }
    return port;
  }

  private ContainerJobAdditionalMeta container() {
    ContainerJobAdditionalMeta.Builder c =
        ContainerJobAdditionalMeta.newBuilder()
            .setName(name())
            .setImage(image())
            .addAllArgs(args())
            .putAllEnv(environment())
            .setDetached(run.detach);
    if (run.entrypoint != null) {
      c.setCommand(run.entrypoint);
    }
    if (run.workdir != null) {
      c.setWorkdir(run.workdir);
    }
    if (run.readOnly) {
      c.putAnnotations(WireAnnotations.READ_ONLY_ROOT, "true");
    }
    if (!run.volumes.isEmpty()) {
      mounts(c);
    }
    return c.build();
  }

  private ContainerJobAdditionalMeta.ImageInfo image() {
    ContainerJobAdditionalMeta.ImageInfo.Builder image =
        ContainerJobAdditionalMeta.ImageInfo.newBuilder()
            .setImage(run.image)
            .setPullPolicy(run.pullPolicy == null ? "" : run.pullPolicy);
    login.ifPresent(
        l ->
            image
                .setUsername(l.username())
                .setPassword(l.password())
                .setServerAddress(l.registry()));
    return image.build();
  }

  private Map<String, String> environment() {
    Map<String, String> env = new LinkedHashMap<>();
    for (String given : run.env) {
      int eq = given.indexOf('=');
      if (eq == 0 || given.isEmpty()) {
        throw CliException.usage("--env: '" + given + "' is not NAME=VALUE or NAME");
      }
      if (eq > 0) {
        env.put(given.substring(0, eq), given.substring(eq + 1));
      } else if (System.getenv(given) != null) {
        env.put(given, System.getenv(given));
      }
    }
    return env;
  }

  /**
   * CraneSched's map holds each host path once and no options; the annotation holds all there is.
   */
  private void mounts(ContainerJobAdditionalMeta.Builder c) {
    ArrayNode all = Json.array();
    for (String volume : run.volumes) {
      String[] parts = volume.split(":", -1);
      boolean mode = parts.length == 3 && (parts[2].equals("ro") || parts[2].equals("rw"));
      if ((parts.length != 2 && !mode) || parts[0].isEmpty() || !parts[1].startsWith("/")) {
        throw CliException.usage(
            "--volume: '" + volume + "' is not HOST:CONTAINER[:ro], CONTAINER an absolute path");
      }
      boolean readOnly = mode && parts[2].equals("ro");
      all.addObject().put("host", parts[0]).put("container", parts[1]).put("ro", readOnly);
      c.putMounts(parts[0], parts[1]);
    }
    c.putAnnotations(WireAnnotations.MOUNTS, all.toString());
  }

  private static GresMap gres(String text) {
    GresMap.Builder map = GresMap.newBuilder();
    for (String part : text.split(",", -1)) {
      Matcher m = GRES.matcher(part);
      if (!m.matches()) {
        throw CliException.usage("--gres: '" + part + "' is not NAME[:TYPE]:COUNT");
      }
      long count = Long.parseLong(m.group(3));
      GresCount.Builder gres =
          map.getNameGresMapOrDefault(m.group(1), GresCount.getDefaultInstance()).toBuilder();
      if (m.group(2) == null) {
        gres.setTotal(gres.getTotal() + count);
      } else {
        gres.putSpecified(m.group(2), count);
      }
      map.putNameGresMap(m.group(1), gres.build());
    }
    return map.build();
  }
}
