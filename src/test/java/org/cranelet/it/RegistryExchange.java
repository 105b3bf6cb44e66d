package org.cranelet.it;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.cranelet.it.FaultyRegistry.Kind;
import org.cranelet.it.FaultyRegistry.Request;

/** One request to a {@link FaultyRegistry}, and what can be answered. */
final class RegistryExchange {
  private static final List<String> PASSED_ON = List.of("Accept", "Range");
  private static final List<String> PASSED_BACK =
      List.of("Content-Type", "Content-Range", "Docker-Content-Digest", "ETag", "WWW-Authenticate");

  private final FaultyRegistry registry;
  private final RealRegistry real;
  private final HttpExchange exchange;
  private final Request request;
  private long length; // of the real registry's answer

  RegistryExchange(FaultyRegistry registry, RealRegistry real, HttpExchange exchange) {
    this.registry = registry;
    this.real = real;
    this.exchange = exchange;
    String path = exchange.getRequestURI().getPath();
    Kind kind =
        path.contains("/manifests/")
            ? Kind.MANIFEST
            : path.contains("/blobs/") ? Kind.BLOB : Kind.PING;
    this.request = new Request(kind, exchange.getRequestMethod(), path, header("Authorization"));
  }

  private String header(String name) {
    String value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  Request request() {
    return request;
  }

  void answer() {
    registry.came(request);
    try (exchange) {
      if (registry.opens(request)) {
        registry.fault(request.kind()).answer(this);
      } else {
        refuse(401, "WWW-Authenticate", "Basic realm=\"a test's\"");
      }
    } catch (IOException e) {
      // Nobody waits for the rest any more.
    }
  }

  /** An error as a registry tells it, with these headers, name by value. */
  void refuse(int status, String... headers) throws IOException {
    for (int i = 0; i < headers.length; i += 2) {
      exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
    }
    byte[] body =
        "{\"errors\":[{\"code\":\"TEST\",\"message\":\"a test did it: %d\"}]}"
            .formatted(status)
            .getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    boolean head = request.method().equals("HEAD");
    exchange.sendResponseHeaders(status, head ? -1 : body.length);
    if (!head) {
      exchange.getResponseBody().write(body);
    }
  }

  void redirect(String location) throws IOException {
    exchange.getResponseHeaders().set("Location", location);
    exchange.sendResponseHeaders(307, -1);
  }

  /**
   * Gives the real registry's answer.
   *
   * @param stall where to stop in the middle of it, or null
   */
  void forward(Stall stall) throws IOException {
    try (InputStream body = begin()) {
      if (!request.method().equals("HEAD")) {
        send(body, stall, length);
      }
    }
  }

  /**
   * Gives half of the real registry's answer, and nothing of the rest if it is asked for that; then
   * the connection is closed.
   */
  void forwardHalf() throws IOException {
    try (InputStream body = begin()) {
      send(body, null, header("Range").isEmpty() ? length / 2 : 0);
    }
  }

  private InputStream begin() throws IOException {
    HttpResponse<InputStream> answer = ask();
    for (String name : PASSED_BACK) {
      answer
          .headers()
          .firstValue(name)
          .ifPresent(value -> exchange.getResponseHeaders().set(name, value));
    }
    length = answer.headers().firstValueAsLong("Content-Length").orElse(0);
    if (request.method().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Long.toString(length));
    }
    exchange.sendResponseHeaders(
        answer.statusCode(), request.method().equals("HEAD") || length == 0 ? -1 : length);
    return answer.body();
  }

  private HttpResponse<InputStream> ask() throws IOException {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(URI.create("http://" + real.host() + exchange.getRequestURI()))
            .method(request.method(), BodyPublishers.noBody());
    for (String name : PASSED_ON) {
      exchange.getRequestHeaders().getOrDefault(name, List.of()).stream()
          .forEach(value -> builder.header(name, value));
    }
    if (!request.authorization().isEmpty() && !registry.hasOwnLogin()) {
      builder.header("Authorization", request.authorization());
    }
    try {
      return RealRegistry.HTTP.send(builder.build(), BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private void send(InputStream body, Stall stall, long bytes) throws IOException {
    registry.transferBegins();
    try {
      OutputStream out = exchange.getResponseBody();
      copy(body, out, bytes / 2);
      if (stall != null) {
        stall.hold();
      }
      copy(body, out, bytes - bytes / 2);
    } finally {
      registry.transferEnds();
    }
  }

  private void copy(InputStream body, OutputStream out, long bytes) throws IOException {
    for (long left = bytes; left > 0; ) {
      byte[] chunk = body.readNBytes((int) Math.min(left, registry.chunk()));
      if (chunk.length == 0) {
        return;
      }
      registry.pace(chunk.length);
      out.write(chunk);
      out.flush();
      left -= chunk.length;
    }
  }
}
