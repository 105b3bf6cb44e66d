package org.cranelet.transport;

import io.grpc.Status.Code;

/** A call ended with a gRPC status other than OK; the message is what the other side said. */
public final class RpcException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Code code;

  public RpcException(Code code, String message) {
    super(message);
    this.code = code;
  }

  public Code code() {
    return code;
  }
}
