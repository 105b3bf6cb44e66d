package org.cranelet.cri;

import java.time.Instant;
import java.util.Optional;

/**
 * A container's status.
 *
 * @param exitCode as the runtime gives it; meaningful once exited
 * @param reason the runtime's word: {@code Completed}, {@code Error}, {@code OOMKilled}, {@code
 *     StartError}, ...
 * @param message more about the reason, may be empty
 */
public record ContainerState(
    String id,
    ContainerPhase phase,
    int exitCode,
    String reason,
    String message,
    Optional<Instant> startedAt,
    Optional<Instant> finishedAt) {
  public static final String OOM_KILLED = "OOMKilled";

  /** The same end, of which the kernel said that memory was the reason. */
  public ContainerState outOfMemory() {
    return new ContainerState(id, phase, exitCode, OOM_KILLED, message, startedAt, finishedAt);
  }
}
