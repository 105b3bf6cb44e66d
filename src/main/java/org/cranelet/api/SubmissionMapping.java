package org.cranelet.api;

import com.google.protobuf.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.cranelet.config.Hostlist;
import org.cranelet.job.NewStep;
import org.cranelet.os.User;
import org.cranelet.pod.Identity;
import org.cranelet.proto.crane.GresMap;
import org.cranelet.proto.crane.JobToCtld;
import org.cranelet.proto.crane.JobType;
import org.cranelet.proto.crane.PodJobAdditionalMeta;
import org.cranelet.proto.crane.StepToCtld;
import org.cranelet.standalone.Refusal;
import org.cranelet.standalone.ResourceRequest;
import org.cranelet.standalone.Submission;

/**
 * Checks submissions and turns them into the engine's specifications: here what concerns the job as
 * a whole and its place; {@link IdentityMapping}, {@link PodMapping} and {@link StepMapping}, with
 * {@link MountMapping}, do the parts.
 */
final class SubmissionMapping {
  /** CraneSched's clients say "no limit" with 10,000 years. */
  private static final long NO_LIMIT_SECONDS = 315_576_000_000L;

  /** All that waits and has ended is kept in memory; a shell's environment has some ten KiB. */
  private static final int MAX_BYTES = 256 << 10;

  private final String node;

  SubmissionMapping(String node) {
    this.node = node;
  }

  /**
   * @param owner whom it is for; already allowed to the caller
   */
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
    String name = job.getName().isEmpty() ? job.getContainerMeta().getName() : job.getName();
    Optional<Identity> identity = IdentityMapping.identity(pod, caller, owner, gid);
    NewStep primary =
        StepMapping.step(job.getContainerMeta(), identity, job.getCwd(), job.getCmdLine(), name);
    return new Submission(
        name,
        owner,
        gid,
        resources(job),
        timeLimit(job.getTimeLimit()),
        job.getSubmitHostname(),
        Instant.now(),
        PodMapping.wish(pod, name, caller),
        primary);
  }

  NewStep step(StepToCtld step, Optional<Identity> identityOfJob) throws Refusal {
    requireContainer(step.getType(), step.hasContainerMeta());
    refuseIfLarge(step.getSerializedSize());
    checkPlacement(step.getNodeNum(), step.getNodelist(), step.getExcludes());
    refuseGres(step.getGresPerNode());
    return StepMapping.step(
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
}
