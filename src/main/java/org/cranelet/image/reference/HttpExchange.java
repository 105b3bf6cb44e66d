package org.cranelet.image.reference;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.cranelet.os.Deadline;
import org.jspecify.annotations.Nullable;

/**
 * Requests that may carry a password. Redirections are followed to the same host, port and scheme
 * only, so that it reaches nobody else.
 */
final class HttpExchange implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final int MAX_REDIRECTIONS = 5;
  private static final int MAX_BODY_BYTES = 1 << 20;
  private static final Set<Integer> REDIRECTIONS = Set.of(301, 302, 303, 307, 308);

  private final HttpClient client;

  HttpExchange(Map<String, String> env) throws IOException {
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .sslContext(SystemTrust.context(env))
            .build();
  }

  /**
   * An answer.
   *
   * @param body at most 1 MiB; may be secret
   */
  record Answer(int status, List<String> challenges, String body) {}

  /** Nobody listens, or what answered made no sense: plain HTTP may be worth a try. */
  static final class NoTls extends IOException {
    private static final long serialVersionUID = 1L;

    NoTls(String message) {
      super(message);
    }
  }

  /**
   * @param authorization the header's value; secret
   * @throws IOException if there is no answer; the message says why and not from whom
   */
  Answer get(URI uri, Optional<String> authorization, Duration timeout) throws IOException {
    HttpRequest.Builder request = HttpRequest.newBuilder();
    authorization.ifPresent(value -> request.header("Authorization", value));
    return send(uri, request, timeout);
  }

  /**
   * @param form the body, URL-encoded; secret
   */
  Answer post(URI uri, String form, Duration timeout) throws IOException {
    return send(
        uri,
        HttpRequest.newBuilder()
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form)),
        timeout);
  }

  private Answer send(URI first, HttpRequest.Builder request, Duration timeout) throws IOException {
    URI uri = first;
    for (int n = 0; n <= MAX_REDIRECTIONS; n++) {
      Deadline until = Deadline.in(timeout);
      HttpResponse<InputStream> response = send(request.uri(uri).timeout(timeout).build());
      try (InputStream body = response.body()) {
        if (!REDIRECTIONS.contains(response.statusCode())) {
          return new Answer(
              response.statusCode(),
              response.headers().allValues("WWW-Authenticate"),
              new String(read(body, until), StandardCharsets.UTF_8));
        }
      }
      uri = redirected(uri, response.headers().firstValue("Location").orElse(""));
    }
    throw new IOException("it redirects without end");
  }

  /** The request's own timeout ends with the headers; the caller's close ends the reading. */
  private static byte[] read(InputStream body, Deadline until) throws IOException {
    FutureTask<byte[]> reading = new FutureTask<>(() -> body.readNBytes(MAX_BODY_BYTES));
    Thread.ofVirtual().name("http-body").start(reading);
    try {
      return reading.get(until.left(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new IOException("no answer in time", e);
    } catch (ExecutionException e) {
      throw new IOException("the answer broke off", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static URI redirected(URI from, String location) throws IOException {
    URI to;
    try {
      to = from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw new IOException("it redirects to what is no address", e);
    }
    if (!origin(to).equals(origin(from))) {
      throw new IOException(
          "it redirects to " + origin(to) + ", and a password is not sent on to another place");
    }
    return to;
  }

  private static String origin(URI uri) {
    return LoginFile.plain(uri.getScheme() + "://" + uri.getRawAuthority());
  }

  private HttpResponse<InputStream> send(HttpRequest request) throws IOException {
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (HttpConnectTimeoutException e) {
      throw new NoTls("no connection in time");
    } catch (HttpTimeoutException e) {
      throw new NoTls("no answer in time");
    } catch (ConnectException e) {
      if (has(e, UnresolvedAddressException.class)) {
        throw new IOException("unknown host name", e);
      }
      throw new NoTls("connection refused or no route");
    } catch (SSLException e) {
      throw tls(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (IOException e) {
      throw new NoTls("no HTTP answer (" + LoginFile.plain(words(e)) + ")");
    }
  }

  private static IOException tls(SSLException e) {
    if (has(e, CertificateException.class)) {
      return new IOException(
          "its certificate is not trusted: "
              + LoginFile.plain(words(e))
              + " ("
              + SystemTrust.VARIABLE
              + " may name a file with your site's authorities)",
          e);
    }
    return new NoTls("TLS failed: " + LoginFile.plain(words(e)));
  }

  private static String words(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private static boolean has(Throwable e, Class<? extends Throwable> type) {
    for (@Nullable Throwable t = e; t != null; t = t.getCause()) {
      if (type.isInstance(t)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
