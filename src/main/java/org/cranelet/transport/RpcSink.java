package org.cranelet.transport;

import io.grpc.Status.Code;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.grpc.server.GrpcServerResponse;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** The server's end of a streaming call. {@link #send} returns when the answer is on its way. */
public final class RpcSink<R> {
  private final Context context;
  private final GrpcServerResponse<?, R> response;
  private final AtomicBoolean gone = new AtomicBoolean();

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
    context.runOnContext(v -> write(answer, written));
    await(written.future());
  }

  private void write(R answer, Promise<Void> written) {
    if (gone.get()) {
      written.fail("the client went away");
    } else {
      response.write(answer).onComplete(written);
    }
  }

  /** The client cancelled the call; to be called on its context. */
  void gone() {
    gone.set(true);
  }

  void end() {
    context.runOnContext(v -> RpcServer.unless(gone, response::end));
  }

  void fail(RpcException e) {
    context.runOnContext(v -> RpcServer.unless(gone, () -> RpcServer.refuse(response, e)));
  }

  private static void await(Future<Void> written) throws InterruptedException {
    try {
      written.toCompletionStage().toCompletableFuture().get();
    } catch (ExecutionException e) {
      throw new RpcException(Code.CANCELLED, "the client went away");
    }
  }
}
