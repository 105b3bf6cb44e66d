package org.cranelet.job;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The variables a container finds: its user's, and CraneSched's, which win. */
final class JobEnvironment {
  private JobEnvironment() {}

  static Map<String, String> of(JobSpec job, StepSpec step) {
    Map<String, String> env = new LinkedHashMap<>(step.env());
    env.put("CRANE_JOB_ID", Long.toString(job.jobId()));
    env.put("CRANE_STEP_ID", Integer.toString(step.stepId()));
    env.put("CRANE_JOB_NAME", job.name());
    env.put("CRANE_JOB_PARTITION", job.partition());
    env.put("CRANE_JOB_NODELIST", job.node());
    env.put("CRANE_JOB_NUM_NODES", "1");
    env.put("CRANE_SUBMIT_DIR", step.cwd());
    env.put("CRANE_CPUS_PER_TASK", cpus(job.resources().cpus()));
    env.put("CRANE_MEM_PER_NODE", Long.toString(job.resources().memoryBytes() >> 20));
    return env;
  }

  private static String cpus(double cpus) {
    return cpus == Math.rint(cpus)
        ? Long.toString((long) cpus)
        : String.format(Locale.ROOT, "%.2f", cpus);
  }
}
