package org.cranelet.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * One of the testbed's registries, by its HTTP API (the OCI distribution specification).
 *
 * @param host host and port; plain HTTP
 * @param authorization the header that opens it; empty for the open one
 */
record RealRegistry(String host, String authorization) {
  static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  static RealRegistry open() {
    return new RealRegistry(Testbed.current().registry("TESTBED_REGISTRY"), "");
  }

  /** The one with a password. */
  static RealRegistry closed() {
    Testbed testbed = Testbed.current();
    return new RealRegistry(
        testbed.registry("TESTBED_AUTH_REGISTRY"),
        basic(testbed.get("TESTBED_AUTH_USER"), testbed.get("TESTBED_AUTH_PASSWORD")));
  }

  static String basic(String user, String password) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
  }

  /** Puts the image there; its name moves if there is another one by it. */
  void push(TestImage image) {
    image.blobs().forEach((digest, bytes) -> blob(image.repository(), digest, bytes));
    send(
        request(manifest(image, image.tag()))
            .header("Content-Type", TestImage.MANIFEST_TYPE)
            .PUT(BodyPublishers.ofByteArray(image.manifest())),
        201);
  }

  private void blob(String repository, String digest, byte[] bytes) {
    String base = "http://" + host + "/v2/" + repository + "/blobs/";
    HttpResponse<Void> there = exchange(request(base + digest).HEAD().build());
    if (there.statusCode() == 200) {
      return;
    }
    String location =
        send(request(base + "uploads/").POST(BodyPublishers.noBody()), 202)
            .headers()
            .firstValue("Location")
            .orElseThrow();
    send(
        request(location + (location.contains("?") ? "&" : "?") + "digest=" + digest)
            .header("Content-Type", "application/octet-stream")
            .PUT(BodyPublishers.ofByteArray(bytes)),
        201);
  }

  /** The layers stay: the registry has no call for that. */
  void delete(TestImage image) {
    exchange(request(manifest(image, image.digest())).DELETE().build());
  }

  private String manifest(TestImage image, String reference) {
    return "http://" + host + "/v2/" + image.repository() + "/manifests/" + reference;
  }

  private HttpRequest.Builder request(String uri) {
    HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(uri));
    if (!authorization.isEmpty()) {
      builder.header("Authorization", authorization);
    }
    return builder;
  }

  private static HttpResponse<Void> send(HttpRequest.Builder builder, int expected) {
    HttpRequest request = builder.build();
    HttpResponse<Void> response = exchange(request);
    if (response.statusCode() != expected) {
      throw new AssertionError(request + ": " + response.statusCode());
    }
    return response;
  }

  private static HttpResponse<Void> exchange(HttpRequest request) {
    try {
      return HTTP.send(request, BodyHandlers.discarding());
    } catch (IOException e) {
      throw new UncheckedIOException(request.toString(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
