package org.cranelet.image.reference;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.cranelet.os.FilterProcess;

/**
 * A program that keeps logins for docker and those who do as docker does: {@code
 * docker-credential-NAME get|store|erase}, which reads its standard input and answers on its
 * standard output (github.com/docker/docker-credential-helpers, README). None of its words is
 * passed on that may be a secret.
 */
final class CredentialHelper {
  private static final String PREFIX = "docker-credential-";

  /** What helpers say that work well and have nothing (the same README). */
  private static final String NOTHING = "credentials not found in native keychain";

  /** Time enough to type the passphrase of a key ring. */
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private static final int MAX_WORDS = 200;

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final String program;

  CredentialHelper(String program) {
    this.program = program;
  }

  /**
   * @param name as in the configuration file
   */
  static CredentialHelper named(String name) throws IOException {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new IOException("'" + LoginFile.plain(name) + "' is no name of a credential helper");
    }
    return new CredentialHelper(PREFIX + name);
  }

  String program() {
    return program;
  }

  /**
   * @param server the name under which it is kept there
   * @return empty if the helper has nothing for it
   */
  Optional<Login> get(String server) throws IOException {
    FilterProcess.Result result = run("get", server);
    if (result.out().strip().equals(NOTHING)) {
      return Optional.empty();
    }
    if (!result.ok()) {
      throw failed("get", server, result);
    }
    JsonNode answer = parse(server, result.out());
    String username = LoginFile.string(answer.path("Username"));
    String secret = LoginFile.string(answer.path("Secret"));
    if (username.isEmpty() || secret.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new Login(LoginFile.registryOf(server), username, secret));
  }

  void store(String server, Login login) throws IOException {
    String input =
        JsonNodeFactory.instance
            .objectNode()
            .put("ServerURL", server)
            .put("Username", login.username())
            .put("Secret", login.password())
            .toString();
    FilterProcess.Result result = run("store", input);
    if (!result.ok()) {
      boolean echoes = result.out().contains(login.password());
      throw failed(
          "store", server, echoes ? new FilterProcess.Result(result.exitCode(), "") : result);
    }
  }

  /**
   * @return whether there was something to erase, as far as the helper tells
   */
  boolean erase(String server) throws IOException {
    FilterProcess.Result result = run("erase", server);
    if (result.out().strip().equals(NOTHING)) {
      return false;
    }
    if (!result.ok()) {
      throw failed("erase", server, result);
    }
    return true;
  }

  private FilterProcess.Result run(String verb, String input) throws IOException {
    try {
      return FilterProcess.run(TIMEOUT, List.of(program, verb), input);
    } catch (IOException e) {
      String why = String.valueOf(e.getMessage());
      throw new IOException(
          why.contains("Cannot run program") // ProcessBuilder.start
              ? program + ", which keeps the logins, is not in PATH or cannot be run"
              : why,
          e);
    }
  }

  private JsonNode parse(String server, String text) throws IOException {
    try {
      JsonNode answer = JSON.readTree(text);
      if (answer != null && answer.isObject()) {
        return answer;
      }
    } catch (JacksonException e) {
      // Its message quotes the text, so it is not passed on.
    }
    throw new IOException(program + " get answered for " + server + " with something but JSON");
  }

  /** Its first line, unless it looks as if it were the answer with the secret. */
  private IOException failed(String verb, String server, FilterProcess.Result result) {
    String line = result.out().strip().lines().findFirst().orElse("");
    boolean tellable = !line.isEmpty() && !result.out().contains("{");
    String words = LoginFile.plain(line);
    return new IOException(
        program
            + " "
            + verb
            + " failed for "
            + server
            + " ("
            + result
            + ")"
            + (tellable ? ": " + words.substring(0, Math.min(MAX_WORDS, words.length())) : ""));
  }
}
