package org.cranelet.cri;

import io.grpc.Status.Code;
import org.cranelet.transport.RpcException;

/**
 * A call to the runtime failed. The message names the call, what it was for, and what the runtime
 * said.
 */
public abstract sealed class CriException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private CriException(String message) {
    super(message);
  }

  /**
   * Nobody answers, the connection broke, or the runtime is still busy with an earlier try. The
   * call may have worked.
   */
  public static final class Unavailable extends CriException {
    private static final long serialVersionUID = 1L;

    Unavailable(String message) {
      super(message);
    }
  }

  /** No answer in time. The call may have worked, or may still. */
  public static final class DeadlineExceeded extends CriException {
    private static final long serialVersionUID = 1L;

    DeadlineExceeded(String message) {
      super(message);
    }
  }

  /** What the call was about is not there. */
  public static final class NotFound extends CriException {
    private static final long serialVersionUID = 1L;

    NotFound(String message) {
      super(message);
    }
  }

  /** This runtime has no such call. */
  public static final class Unimplemented extends CriException {
    private static final long serialVersionUID = 1L;

    Unimplemented(String message) {
      super(message);
    }
  }

  /** The runtime said no; asking again in the same way would give the same answer. */
  public static final class Refused extends CriException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  static CriException of(String call, String operand, RpcException e) {
    String message = call + (operand.isEmpty() ? "" : " " + operand) + ": " + e.getMessage();
    if (call.equals("PullImage") && e.isAnswer() && isOfAnother(e.code())) {
      return new Refused(message); // the runtime passes on that its registry is, not that it is
    }
    return switch (e.code()) {
      case UNAVAILABLE, CANCELLED, ABORTED -> new Unavailable(message);
      case DEADLINE_EXCEEDED -> new DeadlineExceeded(message);
      case NOT_FOUND -> new NotFound(message);
      case UNIMPLEMENTED -> new Unimplemented(message);
      default ->
          isPassing(message) || isQuery(call) ? new Unavailable(message) : new Refused(message);
    };
  }

  /** What a registry that is away, or the runtime's own patience with it, makes of a pull. */
  private static boolean isOfAnother(Code code) {
    return switch (code) {
      case UNAVAILABLE, CANCELLED, ABORTED, DEADLINE_EXCEEDED -> true;
      default -> false;
    };
  }

  /** Nothing is wrong with asking: a runtime that fails to answer this is in trouble itself. */
  private static boolean isQuery(String call) {
    return switch (call) {
      case "ListContainers", "ContainerStatus", "ListPodSandbox", "PodSandboxStatus" -> true;
      default -> false;
    };
  }

  /**
   * What runtimes say for a while only: an earlier try of ours, given up by us, goes on there
   * (containerd, CRI-O), or containerd 1.x listens already but still reads what it ran before it
   * was restarted.
   */
  private static boolean isPassing(String message) {
    return message.contains("is reserved")
        || message.contains("already in starting state")
        || message.contains("server is not initialized yet");
  }
}
