package org.cranelet.image.reference;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Asks a registry whether it knows a login: {@code GET /v2/} says how it wants to be asked (OCI
 * distribution specification, "Determining support"), with the password itself (RFC 7617) or with a
 * token from a server that it names (distribution.github.io/distribution/spec/auth/token).
 */
public final class LoginCheck {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** For TLS where there may be none: some servers without wait for more, and say nothing. */
  private static final Duration PROBE = Duration.ofSeconds(3);

  private final RegistryAddress address;
  private final Map<String, String> env;

  /**
   * @param env this process's environment; may name the trusted certificate authorities
   */
  public LoginCheck(RegistryAddress address, Map<String, String> env) {
    this.address = address;
    this.env = Map.copyOf(env);
  }

  /** What a registry said of a login that it did not refuse. */
  public enum Verdict {
    ACCEPTED,

    /** It lets everybody in; the password was not sent. */
    NOT_ASKED
  }

  /**
   * @throws RegistryException if it is refused, or nobody could be asked
   */
  public Verdict check(Login login) throws RegistryException {
    try (HttpExchange http = new HttpExchange(env)) {
      return check(http, login);
    } catch (IOException e) { // the authorities cannot be read
      throw new RegistryException(String.valueOf(e.getMessage()));
    }
  }

  private Verdict check(HttpExchange http, Login login) throws RegistryException {
    List<URI> bases = address.bases();
    for (URI base : bases) {
      HttpExchange.Answer answer;
      try {
        answer = http.get(base, Optional.empty(), base == bases.getLast() ? TIMEOUT : PROBE);
      } catch (HttpExchange.NoTls e) {
        if (base != bases.getLast()) {
          continue;
        }
        throw unreachable(e);
      } catch (IOException e) {
        throw unreachable(e);
      }
      return check(http, base, answer, login);
    }
    throw new IllegalStateException("no address of " + address);
  }

  private Verdict check(HttpExchange http, URI base, HttpExchange.Answer answer, Login login)
      throws RegistryException {
    if (answer.status() == 200) {
      return Verdict.NOT_ASKED;
    }
    if (answer.status() != 401) {
      throw noRegistry(base, answer.status());
    }
    List<Challenge> challenges = Challenge.parse(answer.challenges());
    Optional<Challenge> bearer = Challenge.of("bearer", challenges);
    String proof;
    if (bearer.isPresent()) {
      proof = "Bearer " + token(http, base, bearer.get(), login);
    } else if (Challenge.of("basic", challenges).isPresent()) {
      proof = basic(login);
    } else {
      throw new RegistryException(
          address.display()
              + " wants a kind of login that ccon does not know"
              + (challenges.isEmpty() ? "" : ": " + challenges.getFirst().scheme()));
    }
    int status = ask(http, base, proof).status();
    if (status == 200) {
      return Verdict.ACCEPTED;
    }
    throw status == 401 || status == 403 ? refused() : noRegistry(base, status);
  }

  private HttpExchange.Answer ask(HttpExchange http, URI base, String proof)
      throws RegistryException {
    try {
      return http.get(base, Optional.of(proof), TIMEOUT);
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  private String token(HttpExchange http, URI base, Challenge challenge, Login login)
      throws RegistryException {
    URI realm = realm(base, challenge);
    String service = challenge.parameter("service").orElse("");
    HttpExchange.Answer answer;
    try {
      answer =
          login.isToken()
              ? http.post(realm, refresh(service, login), TIMEOUT)
              : http.get(
                  with(realm, "account=" + encoded(login.username()), service),
                  Optional.of(basic(login)),
                  TIMEOUT);
    } catch (IOException e) {
      throw new RegistryException(
          "cannot reach "
              + realm.getHost()
              + ", where "
              + address.display()
              + " has logins checked: "
              + e.getMessage());
    }
    return switch (answer.status()) {
      case 200 -> tokenOf(answer.body(), realm);
      case 401, 403 -> throw refused();
      case 400 -> throw login.isToken() ? refused() : unexpected(realm, 400);
      default -> throw unexpected(realm, answer.status());
    };
  }

  /** The password goes there: never less protected than the registry itself. */
  private URI realm(URI base, Challenge challenge) throws RegistryException {
    try {
      URI realm = new URI(challenge.parameter("realm").orElse(""));
      boolean secure = "https".equalsIgnoreCase(realm.getScheme());
      boolean plain = "http".equalsIgnoreCase(realm.getScheme()) && base.getScheme().equals("http");
      if ((secure || plain) && realm.getHost() != null && realm.getRawUserInfo() == null) {
        return realm;
      }
    } catch (URISyntaxException e) {
      // told below
    }
    throw new RegistryException(
        address.display()
            + " names no "
            + (base.getScheme().equals("https") ? "https address" : "address")
            + " where it has logins checked, so the password was not sent");
  }

  private static String refresh(String service, Login login) {
    return "grant_type=refresh_token&client_id=ccon&service="
        + encoded(service)
        + "&refresh_token="
        + encoded(login.password());
  }

  private static URI with(URI realm, String query, String service) {
    String more = service.isEmpty() ? query : query + "&service=" + encoded(service);
    String separator = realm.getRawQuery() == null ? "?" : "&";
    return URI.create(realm.toString().replaceFirst("#.*", "") + separator + more);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private String tokenOf(String body, URI realm) throws RegistryException {
    try {
      JsonNode answer = JSON.readTree(body);
      for (String key : List.of("token", "access_token")) {
        String token = LoginFile.string(answer.path(key));
        if (token.matches("[!-~]+")) {
          return token;
        }
      }
    } catch (JacksonException e) {
      // told below, without the text
    }
    throw new RegistryException(realm.getHost() + " gave no token that ccon understands");
  }

  private static String basic(Login login) {
    String pair = login.username() + ":" + login.password();
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private RegistryException refused() {
    return new RegistryException(
        "login refused by " + address.display() + ": wrong user name or password");
  }

  private RegistryException noRegistry(URI base, int status) {
    return status == 429 || status >= 500
        ? unexpected(base, status)
        : new RegistryException(
            address.display() + " is not a registry: " + base + " answered with " + status);
  }

  private static RegistryException unexpected(URI uri, int status) {
    return new RegistryException(
        uri.getHost()
            + " answered with "
            + status
            + (status == 429 || status >= 500 ? ": try again later" : ""));
  }

  private RegistryException unreachable(IOException e) {
    return new RegistryException("cannot reach " + address.display() + ": " + e.getMessage());
  }
}
