package org.cranelet.pod;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.Locale;

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

  /** Whether only one of both can be open: the one that was made first would have all of it. */
  public boolean clashesWith(PortMapping other) {
    return hostPort == other.hostPort
        && protocol == other.protocol
        && (isEverywhere() || other.isEverywhere() || hostIp.equals(other.hostIp));
  }

  private boolean isEverywhere() {
    return hostIp.isEmpty() || hostIp.equals("0.0.0.0");
  }

  /** As a user writes it: {@code 8080/tcp}. */
  public String host() {
    return hostPort + "/" + protocol.name().toLowerCase(Locale.ROOT);
  }
}
