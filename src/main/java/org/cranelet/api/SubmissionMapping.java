package org.cranelet.api;

import com.google.protobuf.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cranelet.config.Hostlist;
import org.cranelet.config.PullPolicy;
import org.cranelet.image.reference.Login;
import org.cranelet.image.reference.Reference;
import org.cranelet.job.NewStep;
import org.cranelet.job.StepSpec;
import org.cranelet.os.User;
import org.cranelet.pod.Identity;
import org.cranelet.proto.crane.ContainerJobAdditionalMeta;
import org.cranelet.proto.crane.GresMap;
import org.cranelet.proto.crane.JobToCtld;
import org.cranelet.proto.crane.JobType;
import org.cranelet.proto.crane.PodJobAdditionalMeta;
import org.cranelet.proto.crane.StepToCtld;
import org.cranelet.standalone.Refusal;
import org.cranelet.standalone.ResourceRequest;
import org.cranelet.standalone.Submission;

/** Checks submissions and turns them into the engine's specifications. */
final class SubmissionMapping {
  /** CraneSched's clients say "no limit" with 10,000 years. */
  private static final long NO_LIMIT_SECONDS = 315_576_000_000L;

  /** Tokens have a few thousand characters; logins of waiting jobs fill a tmpfs. */
  private static final int MAX_LOGIN = 16_384;

  /** All that waits and has ended is kept in memory; a shell's environment has some ten KiB. */
  private static final int MAX_BYTES = 256 << 10;

  private final String node;

  SubmissionMapping(String node) {
    this.node = node;
  }

  Submission job(JobToCtld job, Caller caller, User owner) throws Refusal {
    requireContainer(job.getType(), job.hasContainerMeta());
    refuseIfLarge(job.getSerializedSize());
    int gid = IdentityMapping.gid(job.getGid(), caller, owner);
    PodJobAdditionalMeta pod = job.getPodMeta();
    checkPlacement(job.getNodeNum(), job.getNodelist(), job.getExcludes());
    Refusal.invalidIf(job.getExclusive(), "--exclusive is not supported in standalone mode");
    Refusal.invalidIf(job.getHold(), "--hold is not supported in standalone mode");
    Refusal.invalidIf(job.hasArraySpec(), "job arrays are not supported in standalone mode");
    Refusal.invalidIf(
        job.getLicensesCountCount() > 0, "licenses are not supported in standalone mode");
    Refusal.invalidIf(
        job.getDependencies().getDepsCount() > 0,
        "dependencies on other jobs are not supported in standalone mode");
    Refusal.invalidIf(job.hasBeginTime(), "a begin time is not supported in standalone mode");
    Refusal.invalidIf(job.hasDeadlineTime(), "a deadline is not supported in standalone mode");
    refuseGres(job.getGresPerNode());
    Optional<Identity> identity = IdentityMapping.identity(pod, caller, owner, gid);
    NewStep primary =
        step(job.getContainerMeta(), identity, job.getCwd(), job.getCmdLine(), defaultName(job));
    return new Submission(
        defaultName(job),
        owner,
        gid,
        resources(job),
        timeLimit(job.getTimeLimit()),
        job.getSubmitHostname(),
        Instant.now(),
        PodMapping.wish(pod, defaultName(job), caller),
        primary);
  }

  NewStep step(StepToCtld step, Optional<Identity> identityOfJob) throws Refusal {
    requireContainer(step.getType(), step.hasContainerMeta());
    refuseIfLarge(step.getSerializedSize());
    checkPlacement(step.getNodeNum(), step.getNodelist(), step.getExcludes());
    refuseGres(step.getGresPerNode());
    return step(
        step.getContainerMeta(), identityOfJob, step.getCwd(), step.getCmdLine(), step.getName());
  }

  private static void requireContainer(JobType type, boolean hasMeta) throws Refusal {
    Refusal.invalidIf(
        type != JobType.Container || !hasMeta,
        "cranelet runs container jobs only, not jobs of type " + type);
  }

  private static void refuseIfLarge(int bytes) throws Refusal {
    Refusal.invalidIf(
        bytes > MAX_BYTES,
        "the submission has "
            + bytes
            + " bytes, "
            + MAX_BYTES
            + " at most: put large arguments and environments into a file, and mount that");
  }

  private static void refuseGres(GresMap gres) throws Refusal {
    if (gres.getNameGresMapCount() > 0) {
      throw new Refusal(
          Refusal.Kind.GRES, "gres cannot be given to containers yet: leave out --gres");
    }
  }

  private void checkPlacement(int nodes, String nodelist, String excludes) throws Refusal {
    if (nodes > 1) {
      throw new Refusal(
          Refusal.Kind.MULTIPLE_NODES, "a container job runs on one node, not on " + nodes);
    }
    if (!nodelist.isEmpty() && !hosts(nodelist).contains(node)) {
      throw new Refusal(
          Refusal.Kind.NODE_LIST, "this node is " + node + ", which is not in " + nodelist);
    }
    if (!excludes.isEmpty() && hosts(excludes).contains(node)) {
      throw new Refusal(
          Refusal.Kind.NODE_LIST, "this node, " + node + ", is the only one and is excluded");
    }
  }

  private static List<String> hosts(String hostlist) throws Refusal {
    try {
      return Hostlist.expand(hostlist);
    } catch (IllegalArgumentException e) {
      throw new Refusal(Refusal.Kind.NODE_LIST, String.valueOf(e.getMessage()));
    }
  }

  private static String defaultName(JobToCtld job) {
    return job.getName().isEmpty() ? job.getContainerMeta().getName() : job.getName();
  }

  private static ResourceRequest resources(JobToCtld job) throws Refusal {
    int tasks = Math.max(1, Math.max(job.getNtasksPerNode(), job.getNtasks()));
    Optional<Double> cpus =
        job.hasCpusPerTask() ? Optional.of(job.getCpusPerTask()) : Optional.empty();
    Optional<Long> memory = Optional.empty();
    if (job.hasMemPerNode()) {
      memory = Optional.of(job.getMemPerNode());
    } else if (job.hasMemPerCpu()) {
      memory = Optional.of((long) (job.getMemPerCpu() * cpus.orElse(1.0) * tasks));
    }
    Refusal.invalidIf(memory.isPresent() && memory.get() < 0, "that much memory does not exist");
    return new ResourceRequest(
        Optional.of(job.getPartitionName()).filter(p -> !p.isEmpty()), cpus, tasks, memory);
  }

  private static Optional<Long> timeLimit(Duration limit) {
    long seconds = limit.getSeconds();
    return seconds <= 0 || seconds >= NO_LIMIT_SECONDS ? Optional.empty() : Optional.of(seconds);
  }

  // ---- the container ----

  private static NewStep step(
      ContainerJobAdditionalMeta c,
      Optional<Identity> identity,
      String givenCwd,
      String commandLine,
      String name)
      throws Refusal {
    String cwd = givenCwd.isEmpty() ? "/" : givenCwd;
    String image = c.getImage().getImage();
    Optional<Login> login = login(c.getImage());
    Refusal.invalidIf(
        !cwd.startsWith("/") || hasNul(cwd + c.getWorkdir() + c.getCommand()),
        "the current directory and the working directory must be absolute paths");
    Refusal.invalidIf(
        c.getArgsList().stream().anyMatch(SubmissionMapping::hasNul),
        "an argument cannot hold a NUL character");
    Refusal.invalidIf(c.getTty() || c.getStdin(), "-i and -t are not there yet: run without them");
    Refusal.invalidIf(
        c.getCdiDevicesCount() > 0, "CDI devices cannot be asked for directly: use --gres");
    return new NewStep(spec(c, name, image, login, identity, cwd, commandLine), login);
  }

  private static StepSpec spec(
      ContainerJobAdditionalMeta c,
      String name,
      String image,
      Optional<Login> login,
      Optional<Identity> identity,
      String cwd,
      String commandLine)
      throws Refusal {
    return new StepSpec(
        0,
        c.getName().isEmpty() ? name : c.getName(),
        image,
        pullPolicy(c.getImage().getPullPolicy()),
        login.map(Login::registry),
        c.getCommand().isEmpty() ? List.of() : List.of(c.getCommand()),
        List.copyOf(c.getArgsList()),
        c.getWorkdir(),
        environment(c.getEnvMap()),
        MountMapping.mounts(c, cwd),
        identity,
        c.getAnnotationsOrDefault(Annotations.READ_ONLY_ROOT, "").equals("true"),
        Annotations.users(c.getLabelsMap()),
        Annotations.users(c.getAnnotationsMap()),
        cwd,
        commandLine,
        Instant.now());
  }

  /** A login is for the image's own registry, whatever the client says. */
  private static Optional<Login> login(ContainerJobAdditionalMeta.ImageInfo image) throws Refusal {
    Reference reference;
    try {
      reference = Reference.parse(image.getImage());
    } catch (IllegalArgumentException e) {
      throw new Refusal(Refusal.Kind.INVALID, String.valueOf(e.getMessage()));
    }
    if (image.getUsername().isEmpty() && image.getPassword().isEmpty()) {
      return Optional.empty();
    }
    String server = image.getServerAddress();
    Refusal.invalidIf(
        !server.isEmpty() && !Reference.hostOf(server).equals(reference.registry()),
        "a login for " + server + " cannot open " + reference.registry());
    Refusal.invalidIf(
        hasNul(image.getUsername() + image.getPassword())
            || image.getUsername().isEmpty()
            || image.getPassword().isEmpty(),
        "a login is a user name and a password");
    Refusal.invalidIf(
        image.getUsername().length() + image.getPassword().length() > MAX_LOGIN,
        "a login may have " + MAX_LOGIN + " characters at most");
    return Optional.of(new Login(reference.registry(), image.getUsername(), image.getPassword()));
  }

  private static Optional<PullPolicy> pullPolicy(String text) throws Refusal {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(PullPolicy.parse(text));
    } catch (IllegalArgumentException e) {
      throw new Refusal(Refusal.Kind.INVALID, String.valueOf(e.getMessage()));
    }
  }

  private static Map<String, String> environment(Map<String, String> env) throws Refusal {
    for (Map.Entry<String, String> v : env.entrySet()) {
      Refusal.invalidIf(
          v.getKey().isEmpty() || v.getKey().contains("=") || hasNul(v.getKey() + v.getValue()),
          "'" + v.getKey() + "' cannot be an environment variable");
    }
    return Map.copyOf(env);
  }

  private static boolean hasNul(String text) {
    return text.indexOf('\0') >= 0;
  }
}
