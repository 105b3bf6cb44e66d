package org.cranelet.api;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.util.Optional;
import org.cranelet.job.JobRecord;
import org.cranelet.job.JobSpec;
import org.cranelet.job.Outcome;
import org.cranelet.job.State;
import org.cranelet.job.StepRecord;
import org.cranelet.job.StepSpec;
import org.cranelet.pod.Mount;
import org.cranelet.pod.PortMapping;
import org.cranelet.pod.Resources;
import org.cranelet.proto.crane.ContainerJobAdditionalMeta;
import org.cranelet.proto.crane.JobInfo;
import org.cranelet.proto.crane.JobStatus;
import org.cranelet.proto.crane.JobType;
import org.cranelet.proto.crane.PodJobAdditionalMeta;
import org.cranelet.proto.crane.ResourceView;
import org.cranelet.proto.crane.StepInfo;
import org.cranelet.proto.crane.StepType;
import org.cranelet.proto.node.JobDetail;
import org.cranelet.proto.node.MountDetail;
import org.cranelet.proto.node.StepDetail;
import org.cranelet.proto.node.StepId;

/** What is known of jobs and steps, as messages. */
final class InfoMapping {
  private InfoMapping() {}

  static JobInfo job(JobRecord job, Optional<String> pendingReason) {
    JobSpec spec = job.spec();
    JobInfo.Builder info =
        JobInfo.newBuilder()
            .setType(JobType.Container)
            .setJobId((int) spec.jobId())
            .setName(spec.name())
            .setPartition(spec.partition())
            .setUid(spec.owner().uid())
            .setGid(spec.gid())
            .setUsername(spec.owner().name())
            .setSubmitTime(timestamp(spec.submittedAt()))
            .setSubmitHostname(spec.submitHost())
            .setNodeNum(1)
            .setNtasks(1)
            .setCmdLine(job.steps().getFirst().spec().commandLine())
            .setCwd(job.steps().getFirst().spec().cwd())
            .setReqTotalResView(resources(spec.resources()))
            .setPodMeta(pod(spec))
            .setStatus(status(job.state()));
    spec.timeLimitSeconds().ifPresent(s -> info.setTimeLimit(Duration.newBuilder().setSeconds(s)));
    job.admittedAt().ifPresent(at -> info.setStartTime(timestamp(at)));
    job.outcome()
        .ifPresent(end -> info.setEndTime(timestamp(end.at())).setExitCode(end.exitCode()));
    if (pendingReason.isPresent()) {
      info.setPendingReason(pendingReason.get());
    } else {
      info.setCranedList(spec.node()).addExecutionNode(spec.node());
      info.setAllocatedResView(resources(spec.resources()));
    }
    job.steps().forEach(step -> info.addStepInfoList(step(job, step)));
    return info.build();
  }

  private static StepInfo step(JobRecord job, StepRecord step) {
    StepSpec spec = step.spec();
    StepInfo.Builder info =
        StepInfo.newBuilder()
            .setType(JobType.Container)
            .setStepType(spec.stepId() == StepSpec.PRIMARY ? StepType.PRIMARY : StepType.COMMON)
            .setJobId((int) job.jobId())
            .setStepId(spec.stepId())
            .setName(spec.name())
            .setUid(job.spec().owner().uid())
            .addGid(job.spec().gid())
            .setSubmitTime(timestamp(spec.submittedAt()))
            .setNodeNum(1)
            .setNtasks(1)
            .setCmdLine(spec.commandLine())
            .setCwd(spec.cwd())
            .setContainerMeta(container(spec))
            .setStatus(status(step.state()))
            .setCranedList(job.spec().node())
            .addExecutionNode(job.spec().node());
    step.startedAt().ifPresent(at -> info.setStartTime(timestamp(at)));
    step.outcome()
        .ifPresent(end -> info.setEndTime(timestamp(end.at())).setExitCode(end.exitCode()));
    return info.build();
  }

  private static PodJobAdditionalMeta pod(JobSpec spec) {
    JobSpec.PodWish pod = spec.pod();
    PodJobAdditionalMeta.Builder meta =
        PodJobAdditionalMeta.newBuilder()
            .setName(pod.name())
            .putAllLabels(pod.labels())
            .putAllAnnotations(pod.annotations())
            .addAllDnsServers(pod.dnsServers())
            .setNamespace(
                PodJobAdditionalMeta.NamespaceOption.newBuilder()
                    .setNetwork(
                        pod.hostNetwork()
                            ? PodJobAdditionalMeta.NamespaceMode.NODE
                            : PodJobAdditionalMeta.NamespaceMode.POD));
    pod.ports().forEach(p -> meta.addPorts(port(p)));
    return meta.build();
  }

  private static PodJobAdditionalMeta.PortMapping port(PortMapping p) {
    return PodJobAdditionalMeta.PortMapping.newBuilder()
        .setProtocol(PodJobAdditionalMeta.PortMapping.Protocol.valueOf(p.protocol().name()))
        .setHostIp(p.hostIp())
        .setHostPort(p.hostPort())
        .setContainerPort(p.containerPort())
        .build();
  }

  private static ContainerJobAdditionalMeta container(StepSpec spec) {
    ContainerJobAdditionalMeta.Builder meta =
        ContainerJobAdditionalMeta.newBuilder()
            .setName(spec.name())
            .setImage(
                ContainerJobAdditionalMeta.ImageInfo.newBuilder()
                    .setImage(spec.image())
                    .setPullPolicy(spec.pullPolicy().map(Object::toString).orElse("")))
            .addAllArgs(spec.args())
            .setWorkdir(spec.workingDir())
            .putAllLabels(spec.labels())
            .putAllAnnotations(spec.annotations());
    spec.command().stream().findFirst().ifPresent(meta::setCommand);
    return meta.build();
  }

  private static ResourceView resources(Resources r) {
    return ResourceView.newBuilder()
        .setCpuCount(r.cpus())
        .setMemoryBytes(r.memoryBytes())
        .setMemorySwBytes(r.memoryBytes())
        .build();
  }

  static JobDetail detail(JobRecord job, Optional<String> pendingReason) {
    JobSpec spec = job.spec();
    JobDetail.Builder detail =
        JobDetail.newBuilder()
            .setJobId((int) spec.jobId())
            .setName(spec.name())
            .setUser(spec.owner().name())
            .setUid(spec.owner().uid())
            .setPartition(spec.partition())
            .setNode(spec.node())
            .setStatus(status(job.state()))
            .setReason(pendingReason.orElse(job.outcome().map(Outcome::reason).orElse("")))
            .setCpus(spec.resources().cpus())
            .setMemoryBytes(spec.resources().memoryBytes())
            .setPids(spec.resources().pids())
            .setTimeLimitSeconds(spec.timeLimitSeconds().orElse(0L))
            .setSubmittedAt(timestamp(spec.submittedAt()))
            .setHostNetwork(spec.pod().hostNetwork())
            .putAllLabels(spec.pod().labels())
            .putAllAnnotations(spec.pod().annotations());
    job.admittedAt().ifPresent(at -> detail.setAdmittedAt(timestamp(at)));
    job.outcome()
        .ifPresent(end -> detail.setEndedAt(timestamp(end.at())).setExitCode(end.exitCode()));
    spec.pod().ports().forEach(p -> detail.addPorts(port(p)));
    job.steps().forEach(s -> detail.addSteps(detail(job, s)));
    return detail.build();
  }

  static StepDetail detail(JobRecord job, StepRecord step) {
    StepSpec spec = step.spec();
    StepDetail.Builder detail =
        StepDetail.newBuilder()
            .setId(StepId.newBuilder().setJobId((int) job.jobId()).setStepId(spec.stepId()))
            .setName(spec.name())
            .setImage(spec.image())
            .addAllCommand(spec.command())
            .addAllArgs(spec.args())
            .setWorkingDir(spec.workingDir())
            .putAllEnv(spec.env())
            .setUser(
                spec.identity()
                    .map(i -> Integer.toUnsignedString(i.uid()) + ":" + i.gid())
                    .orElse(""))
            .setStatus(status(step.state()))
            .setReason(step.outcome().map(Outcome::reason).orElse(""))
            .setSubmittedAt(timestamp(spec.submittedAt()))
            .setLogPath(logPath(job, spec))
            .setReadOnlyRoot(spec.readOnlyRoot())
            .setPullPolicy(spec.pullPolicy().map(Object::toString).orElse(""));
    for (Mount m : spec.mounts()) {
      detail.addMounts(
          MountDetail.newBuilder()
              .setHostPath(m.hostPath())
              .setContainerPath(m.containerPath())
              .setReadOnly(m.readOnly()));
    }
    step.startedAt().ifPresent(at -> detail.setStartedAt(timestamp(at)));
    step.outcome()
        .ifPresent(end -> detail.setEndedAt(timestamp(end.at())).setExitCode(end.exitCode()));
    return detail.build();
  }

  private static String logPath(JobRecord job, StepSpec spec) {
    return spec.cwd()
        + "/"
        + job.jobId()
        + ".out/"
        + spec.stepId()
        + "."
        + job.spec().node()
        + ".log";
  }

  static JobStatus status(State state) {
    return switch (state) {
      case PENDING -> JobStatus.Pending;
      case CONFIGURING -> JobStatus.Configuring;
      case STARTING -> JobStatus.Starting;
      case RUNNING -> JobStatus.Running;
      case COMPLETING -> JobStatus.Completing;
      case COMPLETED -> JobStatus.Completed;
      case FAILED -> JobStatus.Failed;
      case OUT_OF_MEMORY -> JobStatus.OutOfMemory;
      case CANCELLED -> JobStatus.Cancelled;
      case EXCEED_TIME_LIMIT -> JobStatus.ExceedTimeLimit;
    };
  }

  static Timestamp timestamp(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }
}
