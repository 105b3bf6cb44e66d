package org.cranelet.job;

/** Where a job or a step is, in CraneSched's words. */
public enum State {
  /** Waits for resources. */
  PENDING("Pending", false),
  /** Its pod sandbox, image and mounts are being made. */
  CONFIGURING("Configuring", false),
  /** Its container was made and is being started. */
  STARTING("Starting", false),
  RUNNING("Running", false),
  /** A job whose primary step has ended, while it is cleaned up. */
  COMPLETING("Completing", false),
  COMPLETED("Completed", true),
  FAILED("Failed", true),
  OUT_OF_MEMORY("OutOfMemory", true),
  CANCELLED("Cancelled", true),
  EXCEED_TIME_LIMIT("ExceedTimeLimit", true);

  private final String text;
  private final boolean ended;

  State(String text, boolean ended) {
    this.text = text;
    this.ended = ended;
  }

  /** Whether nothing comes after it. */
  public boolean ended() {
    return ended;
  }

  @Override
  public String toString() {
    return text;
  }
}
