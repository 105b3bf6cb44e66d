package org.cranelet.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The section {@code Container}. With {@code enabled} false nothing else of it is looked at and the
 * rest holds defaults.
 *
 * @param mode {@code standalone}; {@code node} is refused until it is there
 * @param tempDir absolute; the journal, logs and mounts of jobs
 * @param runtimeEndpoint the CRI runtime service's socket; null only if not enabled
 * @param runtimeDir the daemon's own place for what must not outlive the machine's uptime: a tmpfs
 * @param imageEndpoint the CRI image service's socket; null only if not enabled
 * @param cgroupParent the cgroup all jobs' cgroups are made in (cgroupfs driver)
 * @param pidsLimit processes and threads per job, 0 for no limit
 * @param relistInterval how often the runtime is asked for containers whose end no event told
 * @param leftOverGrace how long something of ours that belongs to no live job is left alone
 * @param refuseWhileRuntimeAway whether submissions are refused then; otherwise they wait
 * @param stopGrace how long appended steps may take to end after their job's primary step did
 * @param finishedMaxCount how many finished jobs {@code ps -a} remembers
 * @param finishedMaxAge for how long
 */
public record ContainerSettings(
    boolean enabled,
    String mode,
    Path tempDir,
    Path runtimeDir,
    Optional<Path> runtimeEndpoint,
    Optional<Path> imageEndpoint,
    String cgroupParent,
    long pidsLimit,
    PullPolicy defaultPullPolicy,
    boolean userNsEnabledByDefault,
    Optional<Dns> dns,
    SubIds subIds,
    BindFs bindFs,
    Deadlines deadlines,
    Duration relistInterval,
    Duration leftOverGrace,
    boolean refuseWhileRuntimeAway,
    PerUser perUser,
    StepLogLimits logs,
    ImageSettings images,
    PrePullSettings prePull,
    Duration stopGrace,
    int finishedMaxCount,
    Duration finishedMaxAge) {

  /** The runtime's socket of an enabled section. */
  public Path runtime() {
    return runtimeEndpoint.orElseThrow();
  }

  /** The image service's socket of an enabled section. */
  public Path imageService() {
    return imageEndpoint.orElseThrow();
  }
}
