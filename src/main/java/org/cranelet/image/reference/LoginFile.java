package org.cranelet.image.reference;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Logins in docker's configuration format (docs.docker.com/reference/cli/docker/login): {@code
 * auths} holds them, {@code credHelpers} and {@code credsStore} name programs that do, for one
 * registry or all. What else is in the file stays as it is.
 *
 * <p>The JSON is read as a tree and not by jib's {@code DockerConfigCredentialRetriever}: that one
 * loses identity tokens that docker stored, fails on an empty {@code auth}, waits for a helper
 * without end, and may quote its answer, secret included.
 */
public final class LoginFile {
  /** The name by which docker keeps the login of Docker Hub. */
  private static final String DOCKER_HUB_KEY = "https://index.docker.io/v1/";

  private static final String AUTHS = "auths";
  private static final String AUTH = "auth";
  private static final long MAX_BYTES = 1 << 20;

  private static final Set<PosixFilePermission> OTHERS_READ =
      Set.of(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private final Path file;

  public LoginFile(Path file) {
    this.file = file;
  }

  public Path path() {
    return file;
  }

  /**
   * The login for a registry, asked of a helper if the file names one.
   *
   * @param registry as {@link Reference#registry()}
   * @return empty if there is none, or no such file
   * @throws IOException if the file cannot be read or is no such file, or the helper failed; the
   *     message says which, and holds no secret
   */
  public Optional<Login> find(String registry) throws IOException {
    ObjectNode root = read();
    Optional<CredentialHelper> helper = helper(root, registry);
    if (helper.isPresent()) {
      Optional<Login> kept = helper.get().get(key(registry));
      if (kept.isPresent()) {
        return kept;
      }
    }
    JsonNode auths = root.path(AUTHS);
    for (String key : keysOf(auths, registry)) {
      Optional<Login> login = login(registry, auths.path(key));
      if (login.isPresent()) {
        return login;
      }
    }
    return Optional.empty();
  }

  /** Whether it holds logins and may be read by others than its owner. */
  public boolean isExposed() throws IOException {
    boolean holds =
        read().path(AUTHS).properties().stream().anyMatch(entry -> !entry.getValue().isEmpty());
    return holds && Files.getPosixFilePermissions(file).stream().anyMatch(OTHERS_READ::contains);
  }

  /**
   * Keeps a login, in place of any other for its registry.
   *
   * @return where: this file, or the helper that it names
   * @throws IOException if that cannot be done; then nothing has changed
   */
  public String store(Login login) throws IOException {
    try (OwnFile own = OwnFile.locked(file)) {
      ObjectNode root = read();
      String key = key(login.registry());
      Optional<CredentialHelper> helper = helper(root, login.registry());
      if (helper.isPresent()) {
        helper.get().store(key, login);
        if (forget(root, login.registry())) {
          write(own, root);
        }
        return helper.get().program();
      }
      forget(root, login.registry());
      objectAt(root, AUTHS).set(key, entry(login));
      write(own, root);
      return file.toString();
    }
  }

  /**
   * Forgets a registry's login, at the helper too.
   *
   * @return whether there was one
   */
  public boolean remove(String registry) throws IOException {
    if (!Files.exists(file)) {
      return false;
    }
    try (OwnFile own = OwnFile.locked(file)) {
      ObjectNode root = read();
      boolean found = false;
      Optional<CredentialHelper> helper = helper(root, registry);
      if (helper.isPresent() && helper.get().get(key(registry)).isPresent()) {
        helper.get().erase(key(registry));
        found = true;
      }
      if (forget(root, registry)) {
        write(own, root);
        found = true;
      }
      return found;
    }
  }

  // ---- what it says ----

  /**
   * The host a key is for: {@code https://HOST/v1/} is docker's older way to write {@code HOST}.
   */
  static String registryOf(String key) {
    String host = key.replaceFirst("^https?://", "");
    int slash = host.indexOf('/');
    return Reference.hostOf(slash < 0 ? host : host.substring(0, slash));
  }

  private static String key(String registry) {
    return registry.equals(Reference.DOCKER_HUB) ? DOCKER_HUB_KEY : registry;
  }

  /** The keys for a registry, the usual one first. */
  private static List<String> keysOf(JsonNode object, String registry) {
    String usual = key(registry);
    return object.properties().stream()
        .map(Map.Entry::getKey)
        .filter(key -> registryOf(key).equals(registry))
        .sorted(Comparator.comparing(key -> !key.equals(usual)))
        .toList();
  }

  private static Optional<CredentialHelper> helper(ObjectNode root, String registry)
      throws IOException {
    JsonNode own = root.path("credHelpers");
    List<String> keys = keysOf(own, registry);
    // An empty name among them means: in the file, whatever is for all others.
    String name = string(keys.isEmpty() ? root.path("credsStore") : own.path(keys.getFirst()));
    return name.isEmpty() ? Optional.empty() : Optional.of(CredentialHelper.named(name));
  }

  /**
   * An entry: {@code auth} is Base64 of USER:PASSWORD. Beside an identity token the user is of no
   * meaning and the password empty.
   */
  private Optional<Login> login(String registry, JsonNode entry) throws IOException {
    String token = text(entry, "identitytoken");
    if (!token.isEmpty()) {
      return Optional.of(new Login(registry, Login.TOKEN, token));
    }
    String auth = text(entry, AUTH);
    if (auth.isEmpty()) {
      String username = text(entry, "username");
      String password = text(entry, "password");
      return username.isEmpty() || password.isEmpty()
          ? Optional.empty()
          : Optional.of(new Login(registry, username, password));
    }
    String pair;
    try {
      pair = new String(Base64.getDecoder().decode(auth), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw notUsable("auth of " + registry + " is not Base64"); // its message quotes the text
    }
    int colon = pair.indexOf(':');
    if (colon < 1) {
      throw notUsable("auth of " + registry + " is not USER:PASSWORD");
    }
    // Docker once padded passwords with NUL, and drops it since.
    String password = pair.substring(colon + 1).replaceAll("^\0+|\0+$", "");
    return password.isEmpty()
        ? Optional.empty()
        : Optional.of(new Login(registry, pair.substring(0, colon), password));
  }

  /** A value whose key is written in whatever case: docker's own reader does not mind. */
  private static String text(JsonNode entry, String key) {
    return entry.properties().stream()
        .filter(e -> e.getKey().toLowerCase(Locale.ROOT).equals(key))
        .map(e -> string(e.getValue()))
        .findFirst()
        .orElse("");
  }

  /** A text; empty for anything else, null too. */
  static String string(JsonNode node) {
    return node.isTextual() ? node.textValue() : "";
  }

  private static ObjectNode entry(Login login) {
    ObjectNode entry = JsonNodeFactory.instance.objectNode();
    String pair = login.username() + ":" + (login.isToken() ? "" : login.password());
    entry.put(AUTH, Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
    if (login.isToken()) {
      entry.put("identitytoken", login.password());
    }
    return entry;
  }

  private static boolean forget(ObjectNode root, String registry) {
    if (!(root.path(AUTHS) instanceof ObjectNode auths)) {
      return false;
    }
    List<String> keys = keysOf(auths, registry);
    auths.remove(keys);
    return !keys.isEmpty();
  }

  // ---- the file ----

  private ObjectNode read() throws IOException {
    if (!Files.exists(file)) {
      return JsonNodeFactory.instance.objectNode();
    }
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw notUsable("it has more than " + MAX_BYTES + " bytes");
      }
      byte[] content = Files.readAllBytes(file);
      if (new String(content, StandardCharsets.UTF_8).isBlank()) {
        return JsonNodeFactory.instance.objectNode(); // docker takes it so, too
      }
      if (JSON.readTree(content) instanceof ObjectNode root) {
        return root;
      }
      throw notUsable("it is no JSON object");
    } catch (JacksonException e) { // no cause: its message may quote the file
      throw notUsable(
          "it is not JSON (line "
              + (e.getLocation() == null ? 1 : e.getLocation().getLineNr())
              + ")");
    } catch (AccessDeniedException e) {
      throw new IOException("cannot read " + file + ": permission denied", e);
    }
  }

  private static void write(OwnFile own, ObjectNode root) throws IOException {
    own.replace((root.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private ObjectNode objectAt(ObjectNode root, String key) throws IOException {
    JsonNode there = root.get(key);
    if (there == null || there.isNull()) {
      return root.putObject(key);
    }
    if (there instanceof ObjectNode object) {
      return object;
    }
    throw notUsable(key + " is no object");
  }

  private IOException notUsable(String why) {
    return new IOException(file + " cannot be used: " + why);
  }

  /** What others wrote, as part of one line of ours. */
  static String plain(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Cf}]", " ");
  }
}
