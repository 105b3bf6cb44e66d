package org.cranelet.config;

import java.util.List;

/**
 * A partition, as far as one node needs to know it.
 *
 * @param nodes the nodes in it; {@code ["ALL"]} for every node
 * @param defaultMemPerCpu bytes, 0 for none
 * @param defaultMemPerNode bytes, 0 for none
 * @param maxMemPerCpu bytes, 0 for no limit
 * @param maxMemPerNode bytes, 0 for no limit
 */
public record Partition(
    String name,
    List<String> nodes,
    long defaultMemPerCpu,
    long defaultMemPerNode,
    long maxMemPerCpu,
    long maxMemPerNode) {
  public boolean holds(String node) {
    return nodes.contains("ALL") || nodes.contains(node);
  }
}
