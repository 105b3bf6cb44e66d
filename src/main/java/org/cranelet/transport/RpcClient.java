package org.cranelet.transport;

import io.grpc.MethodDescriptor;
import io.grpc.Status.Code;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcStatus;
import java.io.FileNotFoundException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A gRPC client for one Unix socket. Calls block the (virtual) thread that makes them; the one
 * HTTP/2 connection is made at the first call and again after it was lost.
 */
public final class RpcClient implements AutoCloseable {
  /** A relist of a full node is the largest answer there is; a thousand pods are about 2 MiB. */
  private static final long MAX_MESSAGE_BYTES = 64L << 20;

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

  private final GrpcClient client;
  private final @Nullable Vertx owned;
  private final SocketAddress address;
  private final Path path;

  public RpcClient(Vertx vertx, Path path) {
    this(vertx, path, null);
  }

  /** A client with an event loop of its own, for a command: closing it closes that, too. */
  public static RpcClient forCommand(Path path) {
    Vertx vertx = UnixSockets.commandVertx();
    return new RpcClient(vertx, path, vertx);
  }

  private RpcClient(Vertx vertx, Path path, @Nullable Vertx owned) {
    this.owned = owned;
    this.path = path;
    this.address = UnixSockets.address(path);
    this.client =
        GrpcClient.client(
            vertx,
            new GrpcClientOptions()
                .setMaxMessageSize(MAX_MESSAGE_BYTES)
                .setTransportOptions(
                    new HttpClientOptions()
                        .setProtocolVersion(HttpVersion.HTTP_2)
                        .setHttp2ClearTextUpgrade(false)
                        .setConnectTimeout((int) CONNECT_TIMEOUT.toMillis())));
  }

  public Path path() {
    return path;
  }

  /**
   * One request, one answer.
   *
   * @param deadline how long the whole call may take, connecting included
   * @throws RpcException with the server's status; {@code UNAVAILABLE} if nobody listens or the
   *     connection broke, {@code DEADLINE_EXCEEDED} after {@code deadline}, {@code CANCELLED} if
   *     the calling thread was interrupted
   */
  public <Q, R> R call(MethodDescriptor<Q, R> method, Q request, Duration deadline) {
    return call(method, request, Map.of(), deadline);
  }

  /**
   * As {@link #call(MethodDescriptor, Object, Duration)}, with request headers.
   *
   * @param metadata for services that want some (containerd's namespace)
   */
  public <Q, R> R call(
      MethodDescriptor<Q, R> method, Q request, Map<String, String> metadata, Duration deadline) {
    CompletableFuture<R> answer = new CompletableFuture<>();
    AtomicReference<@Nullable GrpcClientRequest<Q, R>> sent = new AtomicReference<>();
    client
        .request(address, method)
        .onFailure(e -> answer.completeExceptionally(unavailable(e)))
        .onSuccess(
            r -> {
              sent.set(r);
              if (answer.isDone()) { // given up before it was sent
                cancel(r);
                return;
              }
              metadata.forEach(r.headers()::set);
              r.response()
                  .onFailure(e -> answer.completeExceptionally(unavailable(e)))
                  .onSuccess(response -> complete(answer, response));
              r.end(request);
            });
    try {
      return answer.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      answer.cancel(false);
      cancel(sent.get());
      throw new RpcException(
          Code.DEADLINE_EXCEEDED, "no answer within " + deadline.toMillis() + " ms");
    } catch (InterruptedException e) {
      answer.cancel(false);
      cancel(sent.get());
      Thread.currentThread().interrupt();
      throw new RpcException(Code.CANCELLED, "interrupted");
    } catch (ExecutionException e) {
      throw again(e.getCause());
    }
  }

  /**
   * One request, a stream of answers.
   *
   * @param metadata as for calls
   */
  public <Q, R> RpcStream<R> stream(
      MethodDescriptor<Q, R> method, Q request, Map<String, String> metadata) {
    RpcStream<R> stream = new RpcStream<>();
    client
        .request(address, method)
        .onFailure(e -> stream.fail(unavailable(e)))
        .onSuccess(
            r -> {
              metadata.forEach(r.headers()::set);
              stream.attach(() -> cancel(r));
              r.response().onFailure(e -> stream.fail(unavailable(e))).onSuccess(stream::read);
              r.end(request);
            });
    return stream;
  }

  @Override
  public void close() {
    client.close();
    Vertx ours = owned;
    if (ours != null) {
      ours.close();
    }
  }

  private static <R> void complete(CompletableFuture<R> answer, GrpcClientResponse<?, R> response) {
    AtomicReference<@Nullable R> message = new AtomicReference<>();
    response.handler(message::set);
    response.exceptionHandler(e -> answer.completeExceptionally(unavailable(e)));
    response.endHandler(
        end -> {
          R body = message.get();
          if (response.status() == GrpcStatus.OK && body != null) {
            answer.complete(body);
          } else {
            answer.completeExceptionally(failure(response));
          }
        });
  }

  static RpcException failure(GrpcClientResponse<?, ?> response) {
    GrpcStatus status = response.status();
    String said = message(response);
    Code code =
        status == null || status == GrpcStatus.OK ? Code.INTERNAL : Code.valueOf(status.name());
    return RpcException.answer(code, said == null || said.isEmpty() ? code.name() : said);
  }

  /**
   * Vert.x takes the percent-encoding of gRPC off a message in headers, not off one in trailers.
   */
  private static @Nullable String message(GrpcClientResponse<?, ?> response) {
    String encoded = response.trailers().get("grpc-message");
    return encoded == null
        ? response.statusMessage()
        : QueryStringDecoder.decodeComponent(encoded.replace("+", "%2B"));
  }

  static RpcException unavailable(Throwable e) {
    if (e instanceof RpcException r) {
      return r;
    }
    if (e instanceof FileNotFoundException) { // what Netty says, with no message
      return new RpcException(Code.UNAVAILABLE, "there is no such socket");
    }
    String said = e.getMessage();
    return new RpcException(Code.UNAVAILABLE, said == null ? e.getClass().getSimpleName() : said);
  }

  private static void cancel(@Nullable GrpcClientRequest<?, ?> request) {
    if (request != null) {
      request.cancel();
    }
  }

  private static RpcException again(@Nullable Throwable cause) {
    return cause instanceof RpcException r
        ? r.again()
        : new RpcException(Code.INTERNAL, String.valueOf(cause));
  }
}
