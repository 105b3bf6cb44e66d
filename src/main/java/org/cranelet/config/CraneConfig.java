package org.cranelet.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The cluster's file as this node needs it: read once, never changed.
 *
 * @param file the file it was read from
 * @param baseDir {@code CraneBaseDir}; relative paths are below it
 * @param node this node
 * @param socket where users' programs find the daemon
 * @param healthHost address of health and metrics
 * @param healthPort port of health and metrics
 * @param pendingQueueMaxSize how many jobs may wait
 * @param settings every effective setting, for {@code cranelet config check}
 * @param warnings what the administrator should know, one line each
 */
public record CraneConfig(
    Path file,
    String clusterName,
    String controlMachine,
    Path baseDir,
    Node node,
    List<Partition> partitions,
    Optional<String> defaultPartition,
    TlsSettings tls,
    LogSettings log,
    Path socket,
    String healthHost,
    int healthPort,
    int pendingQueueMaxSize,
    ContainerSettings container,
    List<Setting> settings,
    List<String> warnings) {

  /** An effective setting: {@code key}, {@code value}, and the {@code origin} it came from. */
  public record Setting(String key, String value, String origin) {}

  public Optional<Partition> partition(String name) {
    return partitions.stream().filter(p -> p.name().equals(name)).findFirst();
  }
}
