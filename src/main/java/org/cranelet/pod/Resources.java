package org.cranelet.pod;

import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * What a job may use.
 *
 * @param cpus cores, fractions allowed, above 0
 * @param memoryBytes above 0
 * @param pids processes and threads, 0 for no limit
 */
@RegisterForReflection // stands in the journal
public record Resources(double cpus, long memoryBytes, long pids) {}
