package org.cranelet.standalone;

import java.util.Optional;

/**
 * What a submission asks for.
 *
 * @param partition absent: the default one
 * @param cpusPerTask absent: 1
 * @param tasks at least 1
 * @param memoryBytes for the whole job; absent: the partition's default for its cpus
 */
public record ResourceRequest(
    Optional<String> partition,
    Optional<Double> cpusPerTask,
    int tasks,
    Optional<Long> memoryBytes) {}
