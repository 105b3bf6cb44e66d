package org.cranelet.pod;

import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * A port of this machine that leads into the pod.
 *
 * @param hostIp the address it is open on, empty for all
 * @param hostPort 1 to 65535
 * @param containerPort 1 to 65535
 */
@RegisterForReflection // stands in the journal
public record PortMapping(Protocol protocol, String hostIp, int hostPort, int containerPort) {
  /** What CRI's portmap plugins can forward. */
  public enum Protocol {
    TCP,
    UDP,
    SCTP
  }
}
