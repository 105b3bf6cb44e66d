package org.cranelet.image.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HttpExchangeTest {
  private static final int MIB = 1 << 20;
  private static final Duration SHORT = Duration.ofSeconds(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final CountDownLatch end = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;
  private final HttpExchange http;

  HttpExchangeTest() throws IOException {
    this.http = new HttpExchange(Map.of());
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.start();
  }

  @AfterEach
  void close() {
    http.close();
    end.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  @Test
  void aBodyThatStallsIsGivenUpInTime() {
    // Given
    stalls("/", 200, "{", 100);
    // When / Then
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> http.get(uri("/"), Optional.empty(), SHORT))
        .withMessage("no answer in time");
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> http.post(uri("/"), "a=b", SHORT))
        .withMessage("no answer in time");
  }

  @Test
  void theBodyOfARedirectionIsNotWaitedFor() throws Exception {
    // Given
    stalls("/from", 307, "see there", 100);
    answers("/to", "here");
    // When
    HttpExchange.Answer answer = http.get(uri("/from"), Optional.empty(), MINUTE);
    // Then
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("here");
  }

  @Test
  void noMoreOfABodyIsReadThanItMayHave() throws Exception {
    // Given
    stalls("/", 200, "a".repeat(MIB), 2 * MIB);
    // When
    HttpExchange.Answer answer = http.get(uri("/"), Optional.empty(), MINUTE);
    // Then
    assertThat(answer.body()).hasSize(MIB);
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }

  private void answers(String path, String body) {
    server.createContext(
        path,
        exchange -> {
          try (exchange) {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
          }
        });
  }

  /** Says less than it promises, and then nothing until the test ends. */
  private void stalls(String path, int status, String said, int promised) {
    server.createContext(
        path,
        exchange -> {
          exchange.getResponseHeaders().set("Location", "/to");
          exchange.sendResponseHeaders(status, promised);
          exchange.getResponseBody().write(said.getBytes(StandardCharsets.UTF_8));
          exchange.getResponseBody().flush();
          try {
            end.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.close();
        });
  }
}
