package org.cranelet.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.grpc.Status.Code;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.cranelet.cri.v1.ContainerEventResponse;
import org.cranelet.cri.v1.GetEventsRequest;
import org.cranelet.cri.v1.ImageFsInfoRequest;
import org.cranelet.cri.v1.ImageFsInfoResponse;
import org.cranelet.cri.v1.ImageServiceGrpc;
import org.cranelet.cri.v1.ListImagesRequest;
import org.cranelet.cri.v1.ListImagesResponse;
import org.cranelet.cri.v1.RuntimeServiceGrpc;
import org.cranelet.it.Until;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RpcServerTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Vertx vertx =
      Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setUseDaemonThread(true));
  private final RpcServer server = new RpcServer(vertx);
  private final RpcClient client;
  private final Path socket;
  private final CountDownLatch first = new CountDownLatch(1);
  private final CountDownLatch second = new CountDownLatch(1);
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger interrupted = new AtomicInteger();

  RpcServerTest(@TempDir Path dir) throws IOException {
    server
        .unary(
            ImageServiceGrpc.getListImagesMethod(),
            (peer, q) -> {
              await(first);
              answered.incrementAndGet();
              return ListImagesResponse.getDefaultInstance();
            })
        .unary(
            ImageServiceGrpc.getImageFsInfoMethod(),
            (peer, q) -> {
              await(second);
              return ImageFsInfoResponse.getDefaultInstance();
            })
        .streaming(RuntimeServiceGrpc.getGetContainerEventsMethod(), this::events);
    socket = dir.resolve("s.sock");
    server.listen(socket);
    client = new RpcClient(vertx, socket);
  }

  @AfterEach
  void close() {
    first.countDown();
    second.countDown();
    client.close();
    server.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  /** Each would be in the daemon's memory for as long as its user likes. */
  @Test
  void whoBeginsManyRequestsAndEndsNoneLosesHisConnections() {
    // Given
    AtomicInteger closed = new AtomicInteger();
    List<HttpClient> clients = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      clients.add(halfRequests(80, closed));
    }
    // When
    Until.holds("one is closed", () -> closed.get() > 0);
    // Then
    second.countDown();
    client.call(
        ImageServiceGrpc.getImageFsInfoMethod(), ImageFsInfoRequest.getDefaultInstance(), MINUTE);
    clients.forEach(HttpClient::close);
  }

  /** So many requests on one connection, each with a part of its message. */
  private HttpClient halfRequests(int count, AtomicInteger closed) {
    HttpClient half =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false)
                .setHttp2MaxPoolSize(1));
    RequestOptions where =
        new RequestOptions()
            .setServer(SocketAddress.domainSocketAddress(socket.toString()))
            .setHost("localhost")
            .setPort(80)
            .setMethod(HttpMethod.POST)
            .setURI("/" + ImageServiceGrpc.getListImagesMethod().getFullMethodName());
    for (int i = 0; i < count; i++) {
      half.request(where)
          .onSuccess(
              request -> {
                request.connection().closeHandler(gone -> closed.incrementAndGet());
                request.putHeader("content-type", "application/grpc").setChunked(true);
                request.exceptionHandler(e -> {});
                request.write(Buffer.buffer(new byte[] {0, 0, 0, 1, 0, 1}));
              });
    }
    return half;
  }

  @Test
  void aClientThatGoesEndsAllItsStreams() {
    // Given
    for (int i = 0; i < 5; i++) {
      client.stream(
          RuntimeServiceGrpc.getGetContainerEventsMethod(),
          GetEventsRequest.getDefaultInstance(),
          Map.of());
    }
    Until.holds("all wait", () -> waiting.get() == 5);
    // When
    client.close();
    // Then
    Until.holds("all are told", () -> interrupted.get() == 5);
  }

  @Test
  void anAnswerToACallThatWasCancelledHarmsNoOtherOnTheConnection() throws Exception {
    // Given
    FutureTask<ImageFsInfoResponse> other =
        new FutureTask<>(
            () ->
                client.call(
                    ImageServiceGrpc.getImageFsInfoMethod(),
                    ImageFsInfoRequest.getDefaultInstance(),
                    MINUTE));
    Thread.startVirtualThread(other);
    Until.holds("it waits", () -> waiting.get() == 1);
    assertThatExceptionOfType(RpcException.class)
        .isThrownBy(
            () ->
                client.call(
                    ImageServiceGrpc.getListImagesMethod(),
                    ListImagesRequest.getDefaultInstance(),
                    Duration.ofMillis(200)))
        .matches(e -> e.code() == Code.DEADLINE_EXCEEDED);
    Until.holds("both wait", () -> waiting.get() == 2);
    // When
    first.countDown();
    Until.holds("it is answered too late", () -> answered.get() == 1);
    client.call(
        ImageServiceGrpc.getListImagesMethod(), ListImagesRequest.getDefaultInstance(), MINUTE);
    second.countDown();
    // Then
    assertThat(other.get(1, TimeUnit.MINUTES)).isEqualTo(ImageFsInfoResponse.getDefaultInstance());
  }

  @Test
  void aStreamThatItsClientCancelsEndsThoughTheConnectionStays() {
    // Given
    RpcStream<ContainerEventResponse> stream =
        client.stream(
            RuntimeServiceGrpc.getGetContainerEventsMethod(),
            GetEventsRequest.getDefaultInstance(),
            Map.of());
    Until.holds("it goes on", () -> waiting.get() == 1);
    // When
    stream.close();
    // Then
    Until.holds("it ends", () -> interrupted.get() == 1);
    first.countDown();
    assertThat(
            client.call(
                ImageServiceGrpc.getListImagesMethod(),
                ListImagesRequest.getDefaultInstance(),
                MINUTE))
        .isEqualTo(ListImagesResponse.getDefaultInstance());
  }

  private void events(Peer peer, GetEventsRequest q, RpcSink<ContainerEventResponse> sink)
      throws InterruptedException {
    waiting.incrementAndGet();
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      interrupted.incrementAndGet();
      throw e;
    }
  }

  private void await(CountDownLatch latch) {
    waiting.incrementAndGet();
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new RpcException(Code.CANCELLED, "interrupted");
    }
  }
}
