package org.cranelet.cri;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Map;
import org.cranelet.cri.v1.ContainerConfig;
import org.cranelet.cri.v1.ContainerMetadata;
import org.cranelet.cri.v1.DNSConfig;
import org.cranelet.cri.v1.ImageSpec;
import org.cranelet.cri.v1.Int64Value;
import org.cranelet.cri.v1.KeyValue;
import org.cranelet.cri.v1.LinuxContainerConfig;
import org.cranelet.cri.v1.LinuxContainerResources;
import org.cranelet.cri.v1.LinuxContainerSecurityContext;
import org.cranelet.cri.v1.LinuxPodSandboxConfig;
import org.cranelet.cri.v1.LinuxSandboxSecurityContext;
import org.cranelet.cri.v1.Mount;
import org.cranelet.cri.v1.NamespaceMode;
import org.cranelet.cri.v1.NamespaceOption;
import org.cranelet.cri.v1.PodSandboxConfig;
import org.cranelet.cri.v1.PodSandboxMetadata;
import org.cranelet.cri.v1.PortMapping;
import org.cranelet.cri.v1.Protocol;
import org.cranelet.cri.v1.SecurityProfile;
import org.cranelet.pod.ContainerSpec;
import org.cranelet.pod.Identity;
import org.cranelet.pod.PodSpec;
import org.cranelet.pod.Resources;

/** Our specifications as CRI's messages. */
final class ConfigMapping {
  /** The namespace CraneSched gives its pods. */
  private static final String NAMESPACE = "cranesched";

  /** The period over which a cpu quota counts, the kernel's default (sched-bwc). */
  private static final long CPU_PERIOD_MICROS = 100_000;

  private static final long MIN_QUOTA_MICROS = 1_000;

  /** What runc and every engine hide; containerd hides nothing that it is not told to. */
  private static final List<String> MASKED_PATHS =
      List.of(
          "/proc/acpi",
          "/proc/asound",
          "/proc/interrupts",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/sys/devices/virtual/powercap",
          "/sys/firmware");

  private static final List<String> READ_ONLY_PATHS =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  private static final SecurityProfile RUNTIME_DEFAULT =
      SecurityProfile.newBuilder()
          .setProfileType(SecurityProfile.ProfileType.RuntimeDefault)
          .build();

  private ConfigMapping() {}

  static PodSandboxConfig sandbox(PodSpec spec) {
    PodSandboxConfig.Builder config =
        PodSandboxConfig.newBuilder()
            .setMetadata(
                PodSandboxMetadata.newBuilder()
                    .setName(spec.name())
                    .setUid(spec.uid())
                    .setNamespace(NAMESPACE)
                    .setAttempt(spec.attempt()))
            .setHostname(spec.hostname())
            .setLogDirectory(spec.logDirectory())
            .putAllLabels(spec.labels())
            .putAllAnnotations(spec.annotations())
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setCgroupParent(spec.cgroupParent())
                    .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder()
                            .setNamespaceOptions(namespaces(spec.hostNetwork()))
                            .setSeccomp(RUNTIME_DEFAULT)));
    spec.dns()
        .ifPresent(
            dns ->
                config.setDnsConfig(
                    DNSConfig.newBuilder()
                        .addAllServers(dns.servers())
                        .addAllSearches(dns.searches())
                        .addAllOptions(dns.options())));
    for (org.cranelet.pod.PortMapping port : spec.ports()) {
      config.addPortMappings(
          PortMapping.newBuilder()
              .setProtocol(Protocol.valueOf(port.protocol().name()))
              .setHostIp(port.hostIp())
              .setHostPort(port.hostPort())
              .setContainerPort(port.containerPort()));
    }
    return config.build();
  }

  static ContainerConfig container(ContainerSpec spec, PodSpec pod) {
    ContainerConfig.Builder config =
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName(spec.name()))
            .setImage(ImageSpec.newBuilder().setImage(spec.image()))
            .addAllCommand(spec.command())
            .addAllArgs(spec.args())
            .setWorkingDir(spec.workingDir())
            .setLogPath(spec.logPath())
            .putAllLabels(spec.labels())
            .putAllAnnotations(spec.annotations())
            .setLinux(
                LinuxContainerConfig.newBuilder()
                    .setResources(resources(spec.resources()))
                    .setSecurityContext(security(spec, pod)));
    for (Map.Entry<String, String> variable : spec.env().entrySet()) {
      config.addEnvs(
          KeyValue.newBuilder()
              .setKey(variable.getKey())
              .setValue(ByteString.copyFromUtf8(variable.getValue())));
    }
    for (org.cranelet.pod.Mount mount : spec.mounts()) {
      config.addMounts(
          Mount.newBuilder()
              .setHostPath(mount.hostPath())
              .setContainerPath(mount.containerPath())
              .setReadonly(mount.readOnly()));
    }
    return config.build();
  }

  private static LinuxContainerSecurityContext security(ContainerSpec spec, PodSpec pod) {
    LinuxContainerSecurityContext.Builder security =
        LinuxContainerSecurityContext.newBuilder()
            .setNamespaceOptions(namespaces(pod.hostNetwork()))
            .setReadonlyRootfs(spec.readOnlyRoot())
            .setNoNewPrivs(true)
            .addAllMaskedPaths(MASKED_PATHS)
            .addAllReadonlyPaths(READ_ONLY_PATHS)
            .setSeccomp(RUNTIME_DEFAULT);
    spec.identity().ifPresent(identity -> runAs(security, identity));
    return security.build();
  }

  private static void runAs(LinuxContainerSecurityContext.Builder security, Identity identity) {
    security.setRunAsUser(id(identity.uid())).setRunAsGroup(id(identity.gid()));
    identity.groups().forEach(g -> security.addSupplementalGroups(Integer.toUnsignedLong(g)));
  }

  private static Int64Value id(int id) {
    return Int64Value.newBuilder().setValue(Integer.toUnsignedLong(id)).build();
  }

  /** A process tree per container: when its first process ends, the kernel ends the others. */
  private static NamespaceOption namespaces(boolean hostNetwork) {
    return NamespaceOption.newBuilder()
        .setNetwork(hostNetwork ? NamespaceMode.NODE : NamespaceMode.POD)
        .setPid(NamespaceMode.CONTAINER)
        .setIpc(NamespaceMode.POD)
        .build();
  }

  private static LinuxContainerResources resources(Resources resources) {
    long quota = Math.round(resources.cpus() * CPU_PERIOD_MICROS);
    return LinuxContainerResources.newBuilder()
        .setCpuPeriod(CPU_PERIOD_MICROS)
        .setCpuQuota(Math.max(MIN_QUOTA_MICROS, quota))
        .setCpuShares(Math.max(2, Math.round(resources.cpus() * 1024)))
        .setMemoryLimitInBytes(resources.memoryBytes())
        .setMemorySwapLimitInBytes(resources.memoryBytes())
        .build();
  }
}
