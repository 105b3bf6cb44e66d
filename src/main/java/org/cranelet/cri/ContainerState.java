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
    Optional<Instant> finishedAt) {}
