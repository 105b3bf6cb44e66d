package org.cranelet.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.cranelet.cli.term.Json;
import org.cranelet.proto.node.JobDetail;
import org.cranelet.proto.node.MountDetail;
import org.cranelet.proto.node.StepDetail;

/** What {@code inspect} and {@code inspectp} print. */
final class Details {
  private Details() {}

  static ObjectNode job(JobDetail job) {
    ObjectNode o = Json.object();
    o.put("id", job.getJobId()).put("name", job.getName());
    o.put("user", job.getUser()).put("uid", Integer.toUnsignedLong(job.getUid()));
    o.put("partition", job.getPartition()).put("node", job.getNode());
    o.put("state", job.getStatus().name());
    exitCode(o, job.hasEndedAt(), job.getExitCode());
    o.put("reason", job.getReason());
    o.put("cpus", job.getCpus()).put("memoryBytes", job.getMemoryBytes());
    o.put("pidsLimit", job.getPids());
    if (job.getTimeLimitSeconds() > 0) {
      o.put("timeLimitSeconds", job.getTimeLimitSeconds());
    } else {
      o.putNull("timeLimitSeconds");
    }
    Json.time(o, "created", job.hasSubmittedAt(), job.getSubmittedAt());
    Json.time(o, "admitted", job.hasAdmittedAt(), job.getAdmittedAt());
    Json.time(o, "ended", job.hasEndedAt(), job.getEndedAt());
    o.put("network", job.getHostNetwork() ? "host" : "default");
    o.set("ports", Json.strings(job.getPortsList().stream().map(PodsCommand::port).toList()));
    o.set("labels", Json.map(job.getLabelsMap()));
    o.set("annotations", Json.map(job.getAnnotationsMap()));
    ArrayNode steps = o.putArray("containers");
    job.getStepsList().forEach(s -> steps.add(step(s)));
    return o;
  }

  static ObjectNode step(StepDetail step) {
    ObjectNode o = Json.object();
    o.put("id", step.getId().getJobId() + "." + step.getId().getStepId());
    o.put("job", step.getId().getJobId()).put("step", step.getId().getStepId());
    o.put("name", step.getName()).put("image", step.getImage());
    o.put("pullPolicy", step.getPullPolicy());
    o.set("entrypoint", Json.strings(step.getCommandList()));
    o.set("args", Json.strings(step.getArgsList()));
    o.put("workdir", step.getWorkingDir()).put("user", step.getUser());
    o.put("readOnlyRoot", step.getReadOnlyRoot());
    o.set("env", Json.map(step.getEnvMap()));
    ArrayNode mounts = o.putArray("mounts");
    for (MountDetail m : step.getMountsList()) {
      mounts
          .addObject()
          .put("host", m.getHostPath())
          .put("container", m.getContainerPath())
          .put("readOnly", m.getReadOnly());
    }
    o.put("state", step.getStatus().name());
    exitCode(o, step.hasEndedAt(), step.getExitCode());
    o.put("reason", step.getReason());
    Json.time(o, "created", step.hasSubmittedAt(), step.getSubmittedAt());
    Json.time(o, "started", step.hasStartedAt(), step.getStartedAt());
    Json.time(o, "ended", step.hasEndedAt(), step.getEndedAt());
    o.put("logPath", step.getLogPath());
    return o;
  }

  private static void exitCode(ObjectNode o, boolean ended, int code) {
    if (ended) {
      o.put("exitCode", code);
    } else {
      o.putNull("exitCode");
    }
  }
}
