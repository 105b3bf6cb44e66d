package org.cranelet.transport;

import io.grpc.Status.Code;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.grpc.server.GrpcServerResponse;
import java.util.concurrent.ExecutionException;

/** The server's end of a streaming call. {@link #send} returns when the answer is on its way. */
public final class RpcSink<R> {
  private final Context context;
  private final GrpcServerResponse<?, R> response;

  RpcSink(Context context, GrpcServerResponse<?, R> response) {
    this.context = context;
    this.response = response;
  }

  /**
   * Sends one answer and waits until the connection has taken it, so a slow client slows the
   * sender.
   *
   * @throws InterruptedException if the client went away meanwhile
   */
  public void send(R answer) throws InterruptedException {
    Promise<Void> written = Promise.promise();
    context.runOnContext(v -> response.write(answer).onComplete(written));
    await(written.future());
  }

  void end() {
    context.runOnContext(v -> response.end());
  }

  void fail(RpcException e) {
    context.runOnContext(v -> RpcServer.refuse(response, e));
  }

  private static void await(Future<Void> written) throws InterruptedException {
    try {
      written.toCompletionStage().toCompletableFuture().get();
    } catch (ExecutionException e) {
      throw new RpcException(Code.CANCELLED, "the client went away");
    }
  }
}
