package org.cranelet.pod;

/**
 * Names a step: {@code JOB.STEP}. Step 0 is the pod, 1 the primary container, 2 and on were
 * appended.
 */
public record StepRef(long jobId, int stepId) {
  @Override
  public String toString() {
    return jobId + "." + stepId;
  }
}
