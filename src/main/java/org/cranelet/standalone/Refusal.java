package org.cranelet.standalone;

/** A submission is refused. The message says what, and what would be possible. */
public final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why, as far as programs care. */
  public enum Kind {
    /** Something in the request is malformed or not supported. */
    INVALID,
    PARTITION,
    /** More than the node has or the partition allows: it could never run. */
    RESOURCES,
    MULTIPLE_NODES,
    NODE_LIST,
    /** Devices of that name do not exist here. */
    GRES,
    QUEUE_FULL,
    /** The user has as much of the node as one user may. */
    USER_LIMIT,
    /** The node takes no new work. */
    DRAINED,
    /** The runtime is away, and the node is set to refuse meanwhile. */
    RUNTIME_AWAY,
    NOT_FOUND,
    /** The job waits still, or has ended. */
    NOT_RUNNING,
    /** The caller may not. */
    PERMISSION,
    /** The daemon cannot record it. */
    SYSTEM,
    DISABLED
  }

  private final Kind kind;

  public Refusal(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** Refuses what is malformed or not supported. */
  public static void invalidIf(boolean wrong, String message) throws Refusal {
    if (wrong) {
      throw new Refusal(Kind.INVALID, message);
    }
  }

  public Kind kind() {
    return kind;
  }
}
