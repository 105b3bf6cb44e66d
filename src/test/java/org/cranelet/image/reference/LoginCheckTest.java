package org.cranelet.image.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.cranelet.image.reference.LoginCheck.Verdict;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against real HTTP servers on this machine, with and without TLS. */
class LoginCheckTest {
  private static final String BASIC =
      "Basic " + Base64.getEncoder().encodeToString("me:pä:ss".getBytes(StandardCharsets.UTF_8));

  private final Path dir;

  LoginCheckTest(@TempDir Path dir) {
    this.dir = dir;
  }

  private final List<Site> sites = new ArrayList<>();

  @AfterEach
  void close() {
    sites.forEach(s -> s.server.stop(0));
  }

  // ---- the servers ----

  /** What a server was asked, and what it answers. */
  private record Request(String line, String authorization, String body) {}

  private record Response(int status, Map<String, String> headers, String body) {
    static Response of(int status) {
      return new Response(status, Map.of(), "");
    }

    static Response challenge(String challenge) {
      return new Response(401, Map.of("WWW-Authenticate", challenge), "no");
    }

    static Response redirect(String to) {
      return new Response(307, Map.of("Location", to), "");
    }
  }

  private interface Behaviour {
    Response answer(Request request);
  }

  private static final class Site {
    final HttpServer server;
    final List<Request> requests = Collections.synchronizedList(new ArrayList<>());

    Site(HttpServer server, Behaviour behaviour) {
      this.server = server;
      server.createContext(
          "/",
          exchange -> {
            try (exchange;
                InputStream in = exchange.getRequestBody()) {
              String authorization = exchange.getRequestHeaders().getFirst("Authorization");
              Request request =
                  new Request(
                      exchange.getRequestMethod() + " " + exchange.getRequestURI(),
                      authorization == null ? "" : authorization,
                      new String(in.readAllBytes(), StandardCharsets.UTF_8));
              requests.add(request);
              Response response = behaviour.answer(request);
              response.headers().forEach(exchange.getResponseHeaders()::set);
              byte[] body = response.body().getBytes(StandardCharsets.UTF_8);
              exchange.sendResponseHeaders(response.status(), body.length == 0 ? -1 : body.length);
              exchange.getResponseBody().write(body);
            }
          });
      server.start();
    }

    String host() {
      return "127.0.0.1:" + server.getAddress().getPort();
    }

    String url() {
      return "http://" + host();
    }

    List<String> lines() {
      return requests.stream().map(Request::line).toList();
    }
  }

  private static InetSocketAddress free() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private Site plain(Behaviour behaviour) throws IOException {
    Site site = new Site(HttpServer.create(free(), 0), behaviour);
    sites.add(site);
    return site;
  }

  /** A server with a certificate of its own making, which stands in {@code ca.pem}. */
  private Site secure(Behaviour behaviour) throws IOException, GeneralSecurityException {
    Path store = dir.resolve("keys.p12");
    String[] common = {"-keystore", store.toString(), "-storepass", "changeit", "-alias", "r"};
    keytool("-genkeypair", common, "-keyalg", "EC", "-dname", "CN=r", "-ext", "SAN=IP:127.0.0.1");
    keytool("-exportcert", common, "-rfc", "-file", dir.resolve("ca.pem").toString());
    KeyStore keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, "changeit".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    HttpsServer server = HttpsServer.create(free(), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    Site site = new Site(server, behaviour);
    sites.add(site);
    return site;
  }

  private static void keytool(String verb, String[] common, String... more) throws IOException {
    List<String> argv = new ArrayList<>();
    argv.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    argv.add(verb);
    argv.addAll(List.of(common));
    argv.addAll(List.of(more));
    Process process = new ProcessBuilder(argv).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      assertThat(process.waitFor()).as(said).isZero();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private static Verdict check(String server, Map<String, String> env) throws RegistryException {
    RegistryAddress address = RegistryAddress.parse(server);
    return new LoginCheck(address, env).check(new Login(address.registry(), "me", "pä:ss"));
  }

  private static Verdict check(Site site) throws RegistryException {
    return check(site.url(), Map.of());
  }

  private static void assertRefused(String server, String message) {
    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(() -> check(server, Map.of()))
        .withMessageContaining(message)
        .withMessageNotContaining("pä:ss")
        .withMessageNotContaining(BASIC.substring(6))
        .withMessageNotContaining("\n");
  }

  private static Behaviour basic(String right) {
    return r ->
        r.authorization().equals(right) ? Response.of(200) : Response.challenge("Basic realm=x");
  }

  /** A registry that sends its callers to a token server. */
  private static Behaviour bearer(String realm, String token) {
    return r ->
        r.authorization().equals("Bearer " + token)
            ? Response.of(200)
            : Response.challenge("Bearer realm=\"" + realm + "\",service=\"the registry\"");
  }

  // ---- basic ----

  @Test
  void thePasswordIsSentOnlyWhenItIsAskedFor() throws Exception {
    // Given
    Site site = plain(basic(BASIC));
    // When
    Verdict verdict = check(site);
    // Then
    assertThat(verdict).isEqualTo(Verdict.ACCEPTED);
    assertThat(site.requests)
        .containsExactly(new Request("GET /v2/", "", ""), new Request("GET /v2/", BASIC, ""));
  }

  @Test
  void aRegistryForEverybodyIsNotSentThePassword() throws Exception {
    // Given
    Site site = plain(r -> Response.of(200));
    // When
    Verdict verdict = check(site);
    // Then
    assertThat(verdict).isEqualTo(Verdict.NOT_ASKED);
    assertThat(site.requests).containsExactly(new Request("GET /v2/", "", ""));
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void aWrongPasswordIsRefused(int status) throws IOException {
    Site site =
        plain(
            r ->
                r.authorization().isEmpty()
                    ? Response.challenge("Basic realm=x")
                    : Response.of(status));
    assertRefused(site.url(), "login refused by " + site.host() + ": wrong user name or password");
  }

  // ---- bearer ----

  @Test
  void aTokenServerIsGivenThePasswordAndTheRegistryTheToken() throws Exception {
    // Given
    Site tokens =
        plain(
            r ->
                r.authorization().equals(BASIC)
                    ? new Response(200, Map.of(), "{\"token\": \"t0k\", \"expires_in\": 60}")
                    : Response.of(401));
    Site site = plain(bearer("http://" + tokens.host() + "/token?x=1", "t0k"));
    // When
    Verdict verdict = check(site);
    // Then
    assertThat(verdict).isEqualTo(Verdict.ACCEPTED);
    assertThat(tokens.lines()).containsExactly("GET /token?x=1&account=me&service=the+registry");
    assertThat(site.requests)
        .containsExactly(
            new Request("GET /v2/", "", ""), new Request("GET /v2/", "Bearer t0k", ""));
  }

  @Test
  void anIdentityTokenIsExchanged() throws Exception {
    // Given
    Site tokens = plain(r -> new Response(200, Map.of(), "{\"access_token\": \"t0k\"}"));
    Site site = plain(bearer("http://" + tokens.host() + "/token", "t0k"));
    RegistryAddress address = RegistryAddress.parse(site.url());
    // When
    Verdict verdict =
        new LoginCheck(address, Map.of())
            .check(new Login(address.registry(), Login.TOKEN, "id&entity"));
    // Then
    assertThat(verdict).isEqualTo(Verdict.ACCEPTED);
    assertThat(tokens.requests)
        .containsExactly(
            new Request(
                "POST /token",
                "",
                "grant_type=refresh_token&client_id=ccon&service=the+registry"
                    + "&refresh_token=id%26entity"));
  }

  @Test
  void aTokenServerMayRefuse() throws IOException {
    Site tokens = plain(r -> Response.of(401));
    Site site = plain(bearer("http://" + tokens.host() + "/token", "t0k"));
    assertRefused(site.url(), "login refused by " + site.host());
    assertThat(site.requests).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "pä:ss", "{\"token\": \"a\\nb\"}"})
  void anAnswerWithoutATokenIsNotQuoted(String body) throws IOException {
    Site tokens = plain(r -> new Response(200, Map.of(), body));
    Site site = plain(bearer("http://" + tokens.host() + "/token", "t0k"));
    assertRefused(site.url(), "127.0.0.1 gave no token that ccon understands");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/token", "ftp://a.test/", "http://me@a.test/", "http:///x", "::"})
  void aRealmThatIsNoAddressIsSentNothing(String realm) throws IOException {
    Site site = plain(bearer(realm, "t0k"));
    assertRefused(site.url(), "so the password was not sent");
    assertThat(site.requests).hasSize(1);
  }

  // ---- redirections ----

  @Test
  void aRedirectionToTheSamePlaceIsFollowed() throws Exception {
    // Given
    Site site =
        plain(r -> r.line().equals("GET /v2/") ? Response.redirect("/v2") : basic(BASIC).answer(r));
    // When
    Verdict verdict = check(site);
    // Then
    assertThat(verdict).isEqualTo(Verdict.ACCEPTED);
    assertThat(site.lines()).containsExactly("GET /v2/", "GET /v2", "GET /v2/", "GET /v2");
  }

  @Test
  void thePasswordIsNotSentToWhereTheRegistryRedirects() throws IOException {
    Site other = plain(r -> Response.of(200));
    Site site =
        plain(
            r ->
                r.authorization().isEmpty()
                    ? Response.challenge("Basic realm=x")
                    : Response.redirect("http://" + other.host() + "/v2/"));
    assertRefused(site.url(), "it redirects to http://" + other.host());
    assertThat(other.requests).isEmpty();
  }

  @Test
  void thePasswordIsNotSentToWhereTheTokenServerRedirects() throws IOException {
    Site other = plain(r -> new Response(200, Map.of(), "{\"token\": \"t0k\"}"));
    Site tokens = plain(r -> Response.redirect("http://" + other.host() + "/"));
    Site site = plain(bearer("http://" + tokens.host() + "/token", "t0k"));
    assertRefused(site.url(), "it redirects to http://" + other.host());
    assertThat(other.requests).isEmpty();
  }

  @Test
  void aCircleOfRedirectionsEnds() throws IOException {
    assertRefused(plain(r -> Response.redirect("/v2/")).url(), "it redirects without end");
  }

  // ---- what is no registry ----

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "404 | is not a registry: http://",
        "302 | it redirects to what is no address",
        "503 | 127.0.0.1 answered with 503: try again later",
        "429 | 127.0.0.1 answered with 429: try again later"
      })
  void whatAnswersOtherwiseIsToldSo(int status, String message) throws IOException {
    Site site = plain(r -> new Response(status, Map.of("Location", "::no"), "<html>"));
    assertRefused(site.url(), message);
  }

  @Test
  void aKindOfLoginThatIsNotKnownIsNamed() throws IOException {
    Site site = plain(r -> Response.challenge("Negotiate"));
    assertRefused(site.url(), "wants a kind of login that ccon does not know: negotiate");
  }

  @Test
  void nobodyIsThere() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    assertRefused("127.0.0.1:" + port, "cannot reach 127.0.0.1:" + port + ": connection refused");
  }

  @Test
  void aHostThatDoesNotExistIsToldSo() {
    assertRefused("r.invalid", "cannot reach r.invalid: unknown host name");
  }

  // ---- TLS ----

  @Test
  void aCertificateThatTheMachineTrustsIsFine() throws Exception {
    // Given
    Site site = secure(basic(BASIC));
    // When
    Verdict verdict =
        check(site.host(), Map.of(SystemTrust.VARIABLE, dir.resolve("ca.pem").toString()));
    // Then
    assertThat(verdict).isEqualTo(Verdict.ACCEPTED);
  }

  @Test
  void aCertificateThatNobodyVouchesForIsNotTrustedAndNothingIsSent() throws Exception {
    Site site = secure(basic(BASIC));
    assertRefused(site.host(), "its certificate is not trusted");
    assertThat(site.requests).isEmpty();
  }

  @Test
  void aLocalRegistryWithoutTlsIsAskedWithout() throws Exception {
    // Given
    Site site = plain(basic(BASIC));
    // When
    Verdict verdict = check(site.host(), Map.of());
    // Then
    assertThat(verdict).isEqualTo(Verdict.ACCEPTED);
    assertThat(site.lines()).containsExactly("GET /v2/", "GET /v2/");
  }

  @Test
  void aRegistryWithTlsCannotHaveThePasswordSentWithout() throws Exception {
    // Given
    Site tokens = plain(r -> new Response(200, Map.of(), "{\"token\": \"t0k\"}"));
    Site site = secure(bearer("http://" + tokens.host() + "/token", "t0k"));
    Map<String, String> env = Map.of(SystemTrust.VARIABLE, dir.resolve("ca.pem").toString());
    // When / Then
    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(() -> check(site.host(), env))
        .withMessageContaining("names no https address");
    assertThat(tokens.requests).isEmpty();
  }

  @Test
  void authoritiesThatCannotBeReadAreNamed() throws IOException {
    Path file = Files.writeString(dir.resolve("ca.pem"), "-----BEGIN CERTIFICATE-----\nno\n");
    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(() -> check("r.invalid", Map.of(SystemTrust.VARIABLE, file.toString())))
        .withMessageStartingWith("cannot use the certificate authorities of " + file);
  }
}
