package org.cranelet.api;

import io.grpc.Status.Code;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.cranelet.transport.RpcException;
import org.cranelet.transport.RpcServer;

/** How many streams one user has open; root may have any number. */
final class StreamLimit {
  private final int most;
  private final Map<Integer, Integer> open = new ConcurrentHashMap<>();

  /**
   * @param most for one user, 0 for no limit
   */
  StreamLimit(int most) {
    this.most = most;
  }

  /** Held as long as the stream is open. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /** A call that counts as one of its caller's streams. */
  <Q, R> RpcServer.Streaming<Q, R> limited(Access access, RpcServer.Streaming<Q, R> handler) {
    return (peer, request, sink) -> {
      try (var _ = open(access.caller(peer))) {
        handler.handle(peer, request, sink);
      }
    };
  }

  /**
   * @throws RpcException RESOURCE_EXHAUSTED if the caller has as many as he may
   */
  Held open(Caller caller) {
    int uid = caller.user().uid();
    int now = open.merge(uid, 1, Integer::sum);
    Held held = () -> open.computeIfPresent(uid, (u, n) -> n == 1 ? null : n - 1);
    if (most > 0 && now > most && !caller.isRoot()) {
      held.close();
      throw new RpcException(
          Code.RESOURCE_EXHAUSTED,
          most + " streams of yours are open, which is the limit for one user");
    }
    return held;
  }
}
