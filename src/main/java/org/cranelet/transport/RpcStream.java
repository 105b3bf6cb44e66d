package org.cranelet.transport;

import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcStatus;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * The answers of a server-streaming call, taken one by one. At most {@value #WINDOW} answers wait
 * here; a slow reader holds the sender back.
 */
public final class RpcStream<R> implements AutoCloseable {
  private static final int WINDOW = 64;

  private sealed interface Item<R> {}

  private record Message<R>(R value) implements Item<R> {}

  private record End<R>(@Nullable RpcException failure) implements Item<R> {}

  private final BlockingQueue<Item<R>> items = new LinkedBlockingQueue<>();
  private volatile Runnable cancel = () -> {};
  private volatile @Nullable GrpcClientResponse<?, R> response;
  private volatile boolean closed;

  RpcStream() {}

  void attach(Runnable onClose) {
    cancel = onClose;
    if (closed) {
      onClose.run();
    }
  }

  void read(GrpcClientResponse<?, R> from) {
    response = from;
    from.pause();
    from.handler(m -> items.add(new Message<>(m)));
    from.exceptionHandler(e -> fail(RpcClient.unavailable(e)));
    from.endHandler(
        end -> {
          if (from.status() == GrpcStatus.OK) {
            items.add(new End<>(null));
          } else {
            fail(RpcClient.failure(from));
          }
        });
    from.fetch(WINDOW);
  }

  void fail(RpcException e) {
    items.add(new End<>(e));
  }

  /**
   * Waits for the next answer.
   *
   * @return the answer, or empty at the regular end of the stream
   * @throws RpcException with the status the stream ended with
   * @throws InterruptedException if the thread was interrupted while it waited
   */
  public Optional<R> next() throws InterruptedException {
    Item<R> item = items.take();
    if (item instanceof Message<R> message) {
      GrpcClientResponse<?, R> from = response;
      if (from != null) {
        from.fetch(1);
      }
      return Optional.of(message.value());
    }
    items.add(item); // the end stays the end, however often it is asked for
    RpcException failure = ((End<R>) item).failure();
    if (failure != null) {
      throw failure.again();
    }
    return Optional.empty();
  }

  /** Gives the call up; the server sees it as cancelled. A reader in {@link #next} wakes up. */
  @Override
  public void close() {
    closed = true;
    cancel.run();
    items.add(new End<>(null));
  }
}
