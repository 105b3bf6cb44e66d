package org.cranelet.it;

import io.grpc.Status.Code;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.GrpcServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.cranelet.it.FaultyRuntime.Forward;
import org.cranelet.it.FaultyRuntime.Reply;

/**
 * Passes gRPC calls from one Unix socket to another, message by message, without knowing what is in
 * them. Each call is a virtual thread. A call goes on when its caller has given it up: a real
 * runtime may have been too far to stop, too.
 */
final class RuntimeProxy implements AutoCloseable {
  private static final long MAX_MESSAGE_BYTES = 64L << 20;

  /** Decides about one call. */
  interface Between {
    Reply call(String method, Forward forward) throws InterruptedException;
  }

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private final SocketAddress real;
  private final Between between;
  private final EventFault events;
  private final GrpcClient client;
  private final GrpcServer grpc;
  private final Set<Answer> streams = ConcurrentHashMap.newKeySet();
  private HttpServer http;

  RuntimeProxy(Path real, Between between, EventFault events) {
    this.real = SocketAddress.domainSocketAddress(real.toString());
    this.between = between;
    this.events = events;
    this.client =
        GrpcClient.client(
            vertx,
            new GrpcClientOptions()
                .setMaxMessageSize(MAX_MESSAGE_BYTES)
                .setTransportOptions(
                    new HttpClientOptions()
                        .setProtocolVersion(HttpVersion.HTTP_2)
                        .setHttp2ClearTextUpgrade(false)));
    this.grpc =
        GrpcServer.server(vertx, new GrpcServerOptions().setMaxMessageSize(MAX_MESSAGE_BYTES))
            .callHandler(this::accept);
  }

  void listen(Path path) {
    http = vertx.createHttpServer(new HttpServerOptions()).requestHandler(grpc);
    await(http.listen(SocketAddress.domainSocketAddress(path.toString())));
  }

  /** Stops listening and closes the connections. */
  void close(Path path) {
    HttpServer listening = http;
    http = null;
    if (listening != null) {
      await(listening.close());
    }
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void breakStreams() {
    streams.forEach(stream -> stream.end(Reply.LOST));
  }

  @Override
  public void close() {
    client.close();
    await(vertx.close());
  }

  private static void await(Future<?> future) {
    try {
      future.toCompletionStage().toCompletableFuture().get();
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private void accept(GrpcServerRequest<Buffer, Buffer> call) {
    Answer answer = new Answer(call, vertx.getOrCreateContext());
    call.exceptionHandler(gone -> answer.abandoned());
    call.response().exceptionHandler(gone -> answer.abandoned());
    call.last().onSuccess(message -> Thread.ofVirtual().start(() -> serve(call, message, answer)));
  }

  private void serve(GrpcServerRequest<Buffer, Buffer> call, Buffer message, Answer answer) {
    boolean streaming = FaultyRuntime.EVENT_METHODS.contains(call.methodName());
    Forward forward = streaming ? () -> answer.follow(message) : () -> unary(call, message);
    try {
      Reply reply = between.call(call.methodName(), forward);
      answer.end(reply);
    } catch (InterruptedException e) {
      answer.end(Reply.LOST);
    }
  }

  private Reply unary(GrpcServerRequest<Buffer, Buffer> call, Buffer message)
      throws InterruptedException {
    AtomicReference<Buffer> body = new AtomicReference<>();
    return exchange(call, message, r -> {}, body::set, body::get);
  }

  /**
   * Makes the real call. Whoever wants to miss nothing of the answer must be there before the
   * request is sent: a composed future is too late for an answer that comes at once.
   */
  private Reply exchange(
      GrpcServerRequest<Buffer, Buffer> call,
      Buffer message,
      Consumer<GrpcClientRequest<Buffer, Buffer>> begun,
      Handler<Buffer> each,
      Supplier<Buffer> body)
      throws InterruptedException {
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    client
        .request(real)
        .onFailure(reply::completeExceptionally)
        .onSuccess(
            r -> {
              r.fullMethodName(call.fullMethodName());
              call.headers().entries().stream()
                  .filter(h -> h.getKey().startsWith("containerd-"))
                  .forEach(h -> r.headers().set(h.getKey(), h.getValue()));
              begun.accept(r);
              r.response()
                  .onFailure(reply::completeExceptionally)
                  .onSuccess(
                      response -> {
                        response.handler(each);
                        response.exceptionHandler(reply::completeExceptionally);
                        response.endHandler(end -> reply.complete(reply(response, body.get())));
                      });
              r.end(message);
            });
    try {
      return reply.get();
    } catch (ExecutionException e) {
      return Reply.failed(Code.UNAVAILABLE, String.valueOf(e.getCause().getMessage()));
    }
  }

  private static Reply reply(GrpcClientResponse<Buffer, Buffer> response, Buffer body) {
    GrpcStatus status = response.status() == null ? GrpcStatus.UNAVAILABLE : response.status();
    return new Reply(Code.valueOf(status.name()), response.statusMessage(), body);
  }

  /** The answer to one call; a stream of events writes into it before it ends. */
  private final class Answer {
    private final GrpcServerRequest<Buffer, Buffer> call;
    private final GrpcServerResponse<Buffer, Buffer> response;
    private final Context context;
    private volatile Runnable onAbandoned = () -> {};
    private boolean ended; // on the context only

    Answer(GrpcServerRequest<Buffer, Buffer> call, Context context) {
      this.call = call;
      this.response = call.response();
      this.context = context;
    }

    /** Passes events on until either side ends the stream. */
    Reply follow(Buffer message) throws InterruptedException {
      streams.add(this);
      try {
        return exchange(
            call,
            message,
            r -> onAbandoned = r::cancel,
            event -> events.on(event, this::write),
            () -> null);
      } finally {
        streams.remove(this);
      }
    }

    private void write(Buffer event) {
      context.runOnContext(
          v -> {
            if (!ended) {
              response.write(event);
            }
          });
    }

    /** The caller has given up: a word to it now would be a violation of HTTP/2. */
    void abandoned() {
      context.runOnContext(v -> ended = true);
      onAbandoned.run();
    }

    void end(Reply reply) {
      context.runOnContext(v -> endOnContext(reply));
    }

    private void endOnContext(Reply reply) {
      if (ended) {
        return;
      }
      ended = true;
      if (reply.code() == Code.OK && reply.body() != null) {
        response.end(reply.body());
        return;
      }
      response.status(GrpcStatus.valueOf(reply.code().name()));
      if (reply.message() != null) {
        response.statusMessage(reply.message());
      }
      response.end();
    }
  }
}
