package org.cranelet.config;

/**
 * This node as the cluster's file declares it.
 *
 * @param name as in the file's {@code Nodes}
 * @param cpus whole cores
 * @param memoryBytes what jobs may use
 * @param declared whether it stands in the file; otherwise this is what the machine has
 */
public record Node(String name, int cpus, long memoryBytes, boolean declared) {}
