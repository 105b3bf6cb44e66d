package org.cranelet.api;

import com.google.common.net.InetAddresses;
import java.util.ArrayList;
import java.util.List;
import org.cranelet.config.Dns;
import org.cranelet.job.JobSpec;
import org.cranelet.pod.PortMapping;
import org.cranelet.proto.crane.PodJobAdditionalMeta;
import org.cranelet.proto.crane.PodJobAdditionalMeta.NamespaceMode;
import org.cranelet.standalone.Refusal;

/** Checks what is asked of a job's pod: its namespaces, ports and DNS servers. */
final class PodMapping {
  /** Below it only root may listen (ip(7), {@code ip_unprivileged_port_start}). */
  private static final int FIRST_USER_PORT = 1024;

  private PodMapping() {}

  /**
   * What the user wishes of the pod.
   *
   * @param name the job's, for a pod that has none of its own
   */
  static JobSpec.PodWish wish(PodJobAdditionalMeta pod, String name, Caller caller) throws Refusal {
    PodJobAdditionalMeta.NamespaceOption namespaces = pod.getNamespace();
    Refusal.invalidIf(
        pod.getUserns(), "user namespaces are not available on this node yet: leave out --userns");
    Refusal.invalidIf(
        pod.getName().length() > StepMapping.MAX_NAME,
        "a name may have " + StepMapping.MAX_NAME + " characters at most");
    boolean hostNetwork = namespaces.getNetwork() == NamespaceMode.NODE;
    for (NamespaceMode mode :
        List.of(namespaces.getNetwork(), namespaces.getPid(), namespaces.getIpc())) {
      Refusal.invalidIf(
          mode == NamespaceMode.TARGET, "namespaces of other containers cannot be joined");
    }
    Refusal.invalidIf(
        namespaces.getPid() == NamespaceMode.NODE || namespaces.getIpc() == NamespaceMode.NODE,
        "the host's process and IPC namespaces cannot be joined");
    Refusal.invalidIf(
        hostNetwork && pod.getPortsCount() > 0,
        "ports cannot be mapped on the host's network: they are open there as they are");
    return new JobSpec.PodWish(
        pod.getName().isEmpty() ? name : pod.getName(),
        Annotations.users(pod.getLabelsMap()),
        Annotations.users(pod.getAnnotationsMap()),
        hostNetwork,
        ports(pod, caller),
        dns(pod.getDnsServersList()));
  }

  private static List<PortMapping> ports(PodJobAdditionalMeta pod, Caller caller) throws Refusal {
    List<PortMapping> ports = new ArrayList<>();
    for (PodJobAdditionalMeta.PortMapping p : pod.getPortsList()) {
      Refusal.invalidIf(
          !isPort(p.getHostPort()) || !isPort(p.getContainerPort()),
          "a port is a number from 1 to 65535, not "
              + p.getHostPort()
              + ":"
              + p.getContainerPort());
      // Forwarding goes before listening: a user could take over the machine's own services.
      Refusal.invalidIf(
          p.getHostPort() < FIRST_USER_PORT && !caller.isRoot(),
          "host port " + p.getHostPort() + " is root's: take one from " + FIRST_USER_PORT + " on");
      Refusal.invalidIf(
          p.getProtocol() == PodJobAdditionalMeta.PortMapping.Protocol.UNRECOGNIZED,
          "a port's protocol is tcp, udp or sctp");
      Refusal.invalidIf(
          !p.getHostIp().isEmpty() && !InetAddresses.isInetAddress(p.getHostIp()),
          "'" + p.getHostIp() + "' is not an IP address");
      PortMapping port =
          new PortMapping(
              PortMapping.Protocol.valueOf(p.getProtocol().name()),
              p.getHostIp(),
              p.getHostPort(),
              p.getContainerPort());
      Refusal.invalidIf(
          ports.stream().anyMatch(port::clashesWith),
          "host port " + port.host() + " is given twice");
      ports.add(port);
    }
    return ports;
  }

  private static boolean isPort(int port) {
    return port >= 1 && port <= 65535;
  }

  private static List<String> dns(List<String> servers) throws Refusal {
    for (String server : servers) {
      Refusal.invalidIf(!Dns.isIpv4(server), "'" + server + "' is not an IPv4 address");
    }
    return List.copyOf(servers);
  }
}
