package org.cranelet.job;

/**
 * Something of ours that belongs to no live job.
 *
 * @param kind {@code sandbox}, {@code mount}, {@code cgroup} or {@code logs}
 * @param name its id at the runtime, or its path
 */
public record LeftOver(String kind, String name, long jobId) {}
