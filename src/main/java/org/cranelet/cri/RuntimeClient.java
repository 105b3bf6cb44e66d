package org.cranelet.cri;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.cranelet.config.Deadlines;
import org.cranelet.cri.v1.Container;
import org.cranelet.cri.v1.ContainerFilter;
import org.cranelet.cri.v1.ContainerStatus;
import org.cranelet.cri.v1.ContainerStatusRequest;
import org.cranelet.cri.v1.CreateContainerRequest;
import org.cranelet.cri.v1.ListContainersRequest;
import org.cranelet.cri.v1.ListPodSandboxRequest;
import org.cranelet.cri.v1.PodSandbox;
import org.cranelet.cri.v1.PodSandboxFilter;
import org.cranelet.cri.v1.PodSandboxState;
import org.cranelet.cri.v1.PodSandboxStatus;
import org.cranelet.cri.v1.PodSandboxStatusRequest;
import org.cranelet.cri.v1.RemoveContainerRequest;
import org.cranelet.cri.v1.RemovePodSandboxRequest;
import org.cranelet.cri.v1.ReopenContainerLogRequest;
import org.cranelet.cri.v1.RunPodSandboxRequest;
import org.cranelet.cri.v1.RuntimeServiceGrpc;
import org.cranelet.cri.v1.StartContainerRequest;
import org.cranelet.cri.v1.StopContainerRequest;
import org.cranelet.cri.v1.StopPodSandboxRequest;
import org.cranelet.metrics.Meters;
import org.cranelet.pod.ContainerSpec;
import org.cranelet.pod.PodSpec;
import org.cranelet.transport.RpcClient;

/**
 * Sandboxes and containers in CRI's RuntimeService, one method per call. Every method throws {@link
 * CriException}; stopping or removing what is gone already is not an error.
 */
public final class RuntimeClient {
  /** libcni's own place; neither containerd nor CRI-O has a setting for it. */
  private static final Path CNI_RESULTS = Path.of("/var/lib/cni/results");

  private final CniResults cniResults = new CniResults(CNI_RESULTS);
  private final CriCalls calls;
  private final RuntimeFacts facts;
  private final Deadlines deadlines;
  private final String instance;

  /**
   * @param instance the value of {@link Labels#INSTANCE} on all that is ours
   */
  public RuntimeClient(RpcClient client, Deadlines deadlines, String instance, Meters meters) {
    this.calls = new CriCalls(client, meters);
    this.facts = new RuntimeFacts(calls, deadlines);
    this.deadlines = deadlines;
    this.instance = instance;
  }

  /** What the same runtime says of itself. */
  public RuntimeFacts facts() {
    return facts;
  }

  /** Makes and starts a pod sandbox, network included; its id. */
  public String runPodSandbox(PodSpec spec) {
    return calls
        .create(
            RuntimeServiceGrpc.getRunPodSandboxMethod(),
            RunPodSandboxRequest.newBuilder().setConfig(ConfigMapping.sandbox(spec)).build(),
            spec.name(),
            deadlines.runPodSandbox())
        .getPodSandboxId();
  }

  /** The addresses of a pod, none on the host's network. */
  public List<String> podIps(String sandboxId) {
    PodSandboxStatus status =
        calls
            .call(
                RuntimeServiceGrpc.getPodSandboxStatusMethod(),
                PodSandboxStatusRequest.newBuilder().setPodSandboxId(sandboxId).build(),
                sandboxId,
                deadlines.query())
            .getStatus();
    String ip = status.getNetwork().getIp();
    return ip.isEmpty() ? List.of() : List.of(ip);
  }

  /** Ends all that runs in a sandbox and releases its network. */
  public void stopPodSandbox(String sandboxId) {
    try {
      stop(sandboxId);
    } catch (CriException.Refused e) {
      if (!CniResults.isToBlame(e) || !cniResults.dropUnreadable(sandboxId)) {
        throw e;
      }
      stop(sandboxId);
    }
  }

  private void stop(String sandboxId) {
    quietIfGone(
        () ->
            calls.call(
                RuntimeServiceGrpc.getStopPodSandboxMethod(),
                StopPodSandboxRequest.newBuilder().setPodSandboxId(sandboxId).build(),
                sandboxId,
                deadlines.remove().plus(deadlines.stopMargin())));
  }

  /** Removes a sandbox and all containers in it. */
  public void removePodSandbox(String sandboxId) {
    quietIfGone(
        () ->
            calls.call(
                RuntimeServiceGrpc.getRemovePodSandboxMethod(),
                RemovePodSandboxRequest.newBuilder().setPodSandboxId(sandboxId).build(),
                sandboxId,
                deadlines.remove()));
  }

  /** All sandboxes of our instance that also bear these labels. */
  public List<SandboxInfo> listSandboxes(Map<String, String> labels) {
    return calls
        .call(
            RuntimeServiceGrpc.getListPodSandboxMethod(),
            ListPodSandboxRequest.newBuilder()
                .setFilter(
                    PodSandboxFilter.newBuilder()
                        .putAllLabelSelector(labels)
                        .putLabelSelector(Labels.INSTANCE, instance))
                .build(),
            "",
            deadlines.query())
        .getItemsList()
        .stream()
        .map(RuntimeClient::sandbox)
        .toList();
  }

  /** Makes a container in a sandbox; its id. */
  public String createContainer(String sandboxId, PodSpec pod, ContainerSpec spec) {
    return calls
        .create(
            RuntimeServiceGrpc.getCreateContainerMethod(),
            CreateContainerRequest.newBuilder()
                .setPodSandboxId(sandboxId)
                .setConfig(ConfigMapping.container(spec, pod))
                .setSandboxConfig(ConfigMapping.sandbox(pod))
                .build(),
            spec.name(),
            deadlines.create())
        .getContainerId();
  }

  public void startContainer(String containerId) {
    calls.create(
        RuntimeServiceGrpc.getStartContainerMethod(),
        StartContainerRequest.newBuilder().setContainerId(containerId).build(),
        containerId,
        deadlines.start());
  }

  /**
   * SIGTERM, then SIGKILL after the grace period; returns when the container has ended.
   *
   * @param grace 0 for SIGKILL at once
   */
  public void stopContainer(String containerId, Duration grace) {
    quietIfGone(
        () ->
            calls.call(
                RuntimeServiceGrpc.getStopContainerMethod(),
                StopContainerRequest.newBuilder()
                    .setContainerId(containerId)
                    .setTimeout(grace.toSeconds())
                    .build(),
                containerId,
                grace.plus(deadlines.stopMargin())));
  }

  /** Lets the runtime go on in the file that has the log's name now. */
  public void reopenContainerLog(String containerId) {
    calls.call(
        RuntimeServiceGrpc.getReopenContainerLogMethod(),
        ReopenContainerLogRequest.newBuilder().setContainerId(containerId).build(),
        containerId,
        deadlines.query());
  }

  public void removeContainer(String containerId) {
    quietIfGone(
        () ->
            calls.call(
                RuntimeServiceGrpc.getRemoveContainerMethod(),
                RemoveContainerRequest.newBuilder().setContainerId(containerId).build(),
                containerId,
                deadlines.remove()));
  }

  /** All containers of our instance that also bear these labels. */
  public List<ContainerInfo> listContainers(Map<String, String> labels) {
    return calls
        .call(
            RuntimeServiceGrpc.getListContainersMethod(),
            ListContainersRequest.newBuilder()
                .setFilter(
                    ContainerFilter.newBuilder()
                        .putAllLabelSelector(labels)
                        .putLabelSelector(Labels.INSTANCE, instance))
                .build(),
            "",
            deadlines.query())
        .getContainersList()
        .stream()
        .map(RuntimeClient::container)
        .toList();
  }

  /**
   * What all containers on the node are made of, whoever's they are: ids or digests, as the runtime
   * names them.
   */
  public Set<String> imagesInUse() {
    Set<String> images = new HashSet<>();
    calls
        .call(
            RuntimeServiceGrpc.getListContainersMethod(),
            ListContainersRequest.getDefaultInstance(),
            "",
            deadlines.query())
        .getContainersList()
        .forEach(
            c -> images.addAll(List.of(c.getImageRef(), c.getImageId(), c.getImage().getImage())));
    return images;
  }

  /**
   * @throws CriException.NotFound if there is no such container
   */
  public ContainerState containerStatus(String containerId) {
    ContainerStatus s =
        calls
            .call(
                RuntimeServiceGrpc.getContainerStatusMethod(),
                ContainerStatusRequest.newBuilder().setContainerId(containerId).build(),
                containerId,
                deadlines.query())
            .getStatus();
    return new ContainerState(
        s.getId(),
        phase(s.getState()),
        s.getExitCode(),
        s.getReason(),
        s.getMessage(),
        instant(s.getStartedAt()),
        instant(s.getFinishedAt()));
  }

  private static SandboxInfo sandbox(PodSandbox s) {
    return new SandboxInfo(
        s.getId(),
        Labels.jobId(s.getLabelsMap()),
        s.getMetadata().getUid(),
        s.getMetadata().getAttempt(),
        s.getState() == PodSandboxState.SANDBOX_READY);
  }

  private static ContainerInfo container(Container c) {
    return new ContainerInfo(
        c.getId(),
        c.getPodSandboxId(),
        Labels.jobId(c.getLabelsMap()),
        Labels.stepId(c.getLabelsMap()),
        phase(c.getState()));
  }

  private static ContainerPhase phase(org.cranelet.cri.v1.ContainerState state) {
    return switch (state) {
      case CONTAINER_CREATED -> ContainerPhase.CREATED;
      case CONTAINER_RUNNING -> ContainerPhase.RUNNING;
      case CONTAINER_EXITED -> ContainerPhase.EXITED;
      default -> ContainerPhase.UNKNOWN;
    };
  }

  /** CRI's times are nanoseconds since 1970, 0 for never. */
  private static Optional<Instant> instant(long nanos) {
    return nanos <= 0 ? Optional.empty() : Optional.of(Instant.ofEpochSecond(0, nanos));
  }

  private static void quietIfGone(Runnable call) {
    try {
      call.run();
    } catch (CriException.NotFound e) {
      // Somebody was faster, or an earlier try of ours got through.
    }
  }
}
