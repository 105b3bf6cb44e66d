package org.cranelet.cri;

import java.util.Map;

/**
 * The labels by which pods and containers are found again: CraneSched's, and one of ours. Only what
 * bears our instance is adopted or removed; an upstream craned may share the runtime.
 */
public final class Labels {
  public static final String CRANESCHED = "cranesched";
  public static final String JOB_ID = "job_id";
  public static final String STEP_ID = "step_id";
  public static final String UID = "uid";
  public static final String JOB_NAME = "job_name";
  public static final String STEP_NAME = "step_name";
  public static final String INSTANCE = "cranelet.org/instance";

  private Labels() {}

  static long jobId(Map<String, String> labels) {
    return number(labels, JOB_ID);
  }

  static int stepId(Map<String, String> labels) {
    return (int) number(labels, STEP_ID);
  }

  private static long number(Map<String, String> labels, String key) {
    String text = labels.getOrDefault(key, "");
    return text.matches("\\d{1,18}") ? Long.parseLong(text) : -1;
  }
}
