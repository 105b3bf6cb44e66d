package org.cranelet.pod;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A pod sandbox to be.
 *
 * @param jobId whose it is
 * @param name its CRI name, {@code job-<id>-<node>}
 * @param uid unique per try, so that a half-made sandbox never blocks the next one
 * @param attempt counts the tries, from 0
 * @param hostname empty for a pod on the host's network (CRI requires that)
 * @param cgroupParent a path (cgroupfs) or a slice name (systemd)
 * @param logDirectory absolute; the containers' log paths are below it
 * @param dns absent: the runtime's own
 */
public record PodSpec(
    long jobId,
    String name,
    String uid,
    int attempt,
    String hostname,
    boolean hostNetwork,
    List<PortMapping> ports,
    Optional<DnsConfig> dns,
    String cgroupParent,
    String logDirectory,
    Map<String, String> labels,
    Map<String, String> annotations) {

  public PodSpec withCgroupParent(String newParent) {
    return new PodSpec(
        jobId,
        name,
        uid,
        attempt,
        hostname,
        hostNetwork,
        ports,
        dns,
        newParent,
        logDirectory,
        labels,
        annotations);
  }
}
