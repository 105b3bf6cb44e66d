package org.cranelet.job;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cranelet.os.User;
import org.cranelet.pod.PortMapping;
import org.cranelet.pod.Resources;

/**
 * A job as its user wants it.
 *
 * @param owner who submitted it
 * @param gid the group it runs with, one of the owner's
 * @param resources what all its steps together may use
 * @param timeLimitSeconds from the start of its primary container; absent: none
 * @param node the node's name, for paths and variables
 */
@RegisterForReflection // stands in the journal
public record JobSpec(
    long jobId,
    String name,
    String partition,
    User owner,
    int gid,
    Resources resources,
    Optional<Long> timeLimitSeconds,
    String node,
    String submitHost,
    Instant submittedAt,
    PodWish pod) {

  /**
   * What the user said of the pod itself.
   *
   * @param dnsServers IPv4 addresses; empty: as configured
   */
  @RegisterForReflection // stands in the journal
  public record PodWish(
      String name,
      Map<String, String> labels,
      Map<String, String> annotations,
      boolean hostNetwork,
      List<PortMapping> ports,
      List<String> dnsServers) {}
}
