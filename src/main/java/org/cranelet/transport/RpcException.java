package org.cranelet.transport;

import io.grpc.Status.Code;

/** A call ended with a gRPC status other than OK; the message is what the other side said. */
public final class RpcException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Code code;
  private final boolean answered;

  public RpcException(Code code, String message) {
    this(code, message, false);
  }

  private RpcException(Code code, String message, boolean answered) {
    super(message);
    this.code = code;
    this.answered = answered;
  }

  /** What the other side itself answered. */
  static RpcException answer(Code code, String message) {
    return new RpcException(code, message, true);
  }

  /** The same, thrown where it is looked at. */
  RpcException again() {
    return new RpcException(code, String.valueOf(getMessage()), answered);
  }

  /** Whether the other side itself said so; otherwise it could not be asked. */
  public boolean isAnswer() {
    return answered;
  }

  public Code code() {
    return code;
  }
}
