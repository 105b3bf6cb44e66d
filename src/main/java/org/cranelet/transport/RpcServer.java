package org.cranelet.transport;

import io.grpc.MethodDescriptor;
import io.grpc.Status.Code;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.GrpcServerResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.cranelet.os.Deadline;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC server on the daemon's Unix socket. Each call runs on a virtual thread of its own and is
 * told who calls by the kernel, not by the request.
 */
public final class RpcServer implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(RpcServer.class);

  /** Twice a submission of the most that is accepted, so that a larger one is told so. */
  public static final int MAX_MESSAGE_BYTES = 512 << 10;

  /** A user's requests that have begun to arrive: each is in memory until it is whole. */
  private static final int MAX_ARRIVING = 128;

  private static final long LISTEN_SECONDS = 10;

  /** How long all clients together may take to be told that we stop. */
  private static final Duration TELL = Duration.ofSeconds(1);

  private static final String STOPPING = "cranelet is stopping; what runs goes on";

  /** Answers one request. */
  public interface Unary<Q, R> {
    /**
     * @throws RpcException to answer with that status
     */
    R handle(Peer peer, Q request);
  }

  /** Answers one request with a stream, which ends when the method returns. */
  public interface Streaming<Q, R> {
    /**
     * @throws RpcException to end the stream with that status
     * @throws InterruptedException when the client went away; nothing needs to be sent any more
     */
    void handle(Peer peer, Q request, RpcSink<R> sink) throws InterruptedException;
  }

  private final Vertx vertx;
  private final GrpcServer grpc;
  private final Set<Thread> streams = ConcurrentHashMap.newKeySet();

  /** Streams, by the connection they belong to: it has room for one handler of its end. */
  private final Map<HttpConnection, Set<Thread>> byConnection = new ConcurrentHashMap<>();

  private final Map<Integer, AtomicInteger> arriving = new ConcurrentHashMap<>(); // by uid
  private volatile boolean stopping;
  private @Nullable HttpServer http;

  public RpcServer(Vertx vertx) {
    this.vertx = vertx;
    this.grpc =
        GrpcServer.server(vertx, new GrpcServerOptions().setMaxMessageSize(MAX_MESSAGE_BYTES));
  }

  public <Q, R> RpcServer unary(MethodDescriptor<Q, R> method, Unary<Q, R> handler) {
    grpc.callHandler(
        method,
        call -> {
          Context context = vertx.getOrCreateContext();
          GrpcServerResponse<Q, R> response = call.response();
          AtomicBoolean gone = new AtomicBoolean();
          call.errorHandler(reset -> gone.set(true));
          whole(call)
              .onSuccess(
                  request ->
                      start(
                          method,
                          () -> {
                            requireNotStopping();
                            R answer = handler.handle(peer(call.connection()), request);
                            context.runOnContext(v -> unless(gone, () -> response.end(answer)));
                          },
                          e -> context.runOnContext(v -> unless(gone, () -> refuse(response, e)))));
        });
    return this;
  }

  /**
   * A call that its client cancelled gets no answer: an end to a stream that is not there any more
   * is a protocol error, and ends the connection with all its other calls.
   */
  static void unless(AtomicBoolean gone, Runnable answer) {
    if (!gone.get()) {
      answer.run();
    }
  }

  public <Q, R> RpcServer streaming(MethodDescriptor<Q, R> method, Streaming<Q, R> handler) {
    grpc.callHandler(
        method,
        call -> {
          Context context = vertx.getOrCreateContext();
          RpcSink<R> sink = new RpcSink<>(context, call.response());
          call.errorHandler(reset -> sink.gone());
          whole(call).onSuccess(request -> stream(method, handler, call, request, sink));
        });
    return this;
  }

  /** The request, once it has arrived. Who sends too many and ends none loses his connection. */
  private <Q> Future<Q> whole(GrpcServerRequest<Q, ?> call) {
    Future<Q> request = call.last();
    int uid = peer(call.connection()).uid();
    AtomicInteger his = arriving.computeIfAbsent(uid, u -> new AtomicInteger());
    request.onComplete(done -> his.decrementAndGet());
    if (his.incrementAndGet() > MAX_ARRIVING) {
      LOG.warnf("uid=%d sends more than %d requests at once: connection closed", uid, MAX_ARRIVING);
      call.connection().close();
    }
    return request;
  }

  private <Q, R> void stream(
      MethodDescriptor<Q, R> method,
      Streaming<Q, R> handler,
      GrpcServerRequest<Q, R> call,
      Q request,
      RpcSink<R> sink) {
    Thread thread =
        start(
            method,
            () -> {
              streams.add(Thread.currentThread());
              try {
                requireNotStopping();
                handler.handle(peer(call.connection()), request, sink);
                sink.end();
              } finally {
                streams.remove(Thread.currentThread());
                noLongerOf(call.connection());
              }
            },
            sink::fail);
    call.errorHandler(
        reset -> {
          sink.gone();
          thread.interrupt();
        });
    call.exceptionHandler(gone -> thread.interrupt());
    endWith(call.connection(), thread);
  }

  /** On the connection's own event loop, as its close is: it has not been closed yet. */
  private void endWith(HttpConnection connection, Thread thread) {
    byConnection
        .computeIfAbsent(
            connection,
            c -> {
              c.closeHandler(gone -> closed(c));
              return ConcurrentHashMap.newKeySet();
            })
        .add(thread);
  }

  private void noLongerOf(HttpConnection connection) {
    Set<Thread> threads = byConnection.get(connection);
    if (threads != null) {
      threads.remove(Thread.currentThread());
    }
  }

  private void closed(HttpConnection connection) {
    Set<Thread> threads = byConnection.remove(connection);
    if (threads != null) {
      threads.forEach(Thread::interrupt);
    }
  }

  private interface Body {
    void run() throws InterruptedException;
  }

  private interface OnFailure {
    void accept(RpcException e);
  }

  private Thread start(MethodDescriptor<?, ?> method, Body body, OnFailure onFailure) {
    return Thread.ofVirtual()
        .name("rpc-" + method.getBareMethodName())
        .start(
            () -> {
              try {
                body.run();
              } catch (RpcException e) {
                onFailure.accept(e);
              } catch (InterruptedException e) {
                onFailure.accept(
                    stopping
                        ? new RpcException(Code.UNAVAILABLE, STOPPING)
                        : new RpcException(Code.CANCELLED, "the client went away"));
              } catch (RuntimeException e) {
                LOG.errorf(e, "%s failed", method.getFullMethodName());
                onFailure.accept(
                    new RpcException(
                        Code.INTERNAL, "internal error in cranelet, see its log: " + e));
              }
            });
  }

  static void refuse(GrpcServerResponse<?, ?> response, RpcException e) {
    response.status(GrpcStatus.valueOf(e.code().name()));
    response.statusMessage(String.valueOf(e.getMessage()));
    response.end();
  }

  /**
   * Listens at {@code path}, for every local user (0666: the kernel tells us who it is). A stale
   * socket file is replaced.
   *
   * @throws IOException if another process listens there or the socket cannot be made
   */
  public void listen(Path path) throws IOException {
    UnixSockets.claim(path);
    HttpServer server = vertx.createHttpServer(new HttpServerOptions()).requestHandler(grpc);
    try {
      server
          .listen(UnixSockets.address(path))
          .toCompletionStage()
          .toCompletableFuture()
          .get(LISTEN_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("cannot listen on " + path + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted before listening on " + path, e);
    }
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
    http = server;
  }

  private void requireNotStopping() {
    if (stopping) {
      throw new RpcException(Code.UNAVAILABLE, STOPPING);
    }
  }

  /** Refuses new calls, tells the clients of streams why theirs end, then stops to listen. */
  @Override
  public void close() {
    HttpServer server = http;
    if (server == null) {
      return;
    }
    stopping = true;
    try {
      List<Thread> told = List.copyOf(streams);
      told.forEach(Thread::interrupt);
      Deadline until = Deadline.in(TELL);
      for (Thread stream : told) {
        stream.join(Duration.ofNanos(Math.max(0, until.left())));
      }
      server
          .close()
          .toCompletionStage()
          .toCompletableFuture()
          .get(LISTEN_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.debugf("closing the socket: %s", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Peer peer(HttpConnection connection) {
    if (connection instanceof ConnectionBase base
        && base.channel() instanceof EpollDomainSocketChannel channel) {
      return peer(channel);
    }
    throw new RpcException(Code.UNAUTHENTICATED, "no peer credentials on this connection");
  }

  private static Peer peer(EpollDomainSocketChannel channel) {
    try {
      PeerCredentials credentials = channel.peerCredentials();
      return new Peer(credentials.uid(), credentials.gids()[0], credentials.pid());
    } catch (IOException e) {
      throw new RpcException(Code.UNAUTHENTICATED, "no peer credentials: " + e.getMessage());
    }
  }
}
