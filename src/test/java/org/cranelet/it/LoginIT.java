package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ccon login} and {@code logout} against the testbed's registries. No daemon takes part. */
class LoginIT {
  private static final String WRONG = "wr0ng-pass";

  private final Testbed testbed = Testbed.current();
  private final String open = testbed.get("TESTBED_REGISTRY");
  private final String registry = testbed.get("TESTBED_AUTH_REGISTRY");
  private final String user = testbed.get("TESTBED_AUTH_USER");
  private final String password = testbed.get("TESTBED_AUTH_PASSWORD");
  private final String ccon = Testbed.programs().resolve("ccon").toString();
  private final List<String> said = new ArrayList<>();
  private final Path home;

  LoginIT(@TempDir Path home) {
    this.home = home;
  }

  /** Whatever a test did, nobody was shown a password. */
  @AfterEach
  void noPasswordWasShown() {
    assertThat(said).noneMatch(text -> text.contains(password) || text.contains(WRONG));
  }

  private Map<String, String> env() {
    Map<String, String> env = new HashMap<>();
    env.put("HOME", home.toString());
    env.put("XDG_CONFIG_HOME", "");
    env.put("DOCKER_CONFIG", "");
    env.put("CCON_AUTH_FILE", "");
    env.put("CRANELET_SOCKET", home.resolve("nobody.sock").toString());
    return env;
  }

  private Programs.Result noted(Programs.Result result) {
    said.add(result.out());
    said.add(result.err());
    return result;
  }

  private Programs.Result ccon(String... args) {
    List<String> argv = new ArrayList<>(List.of(ccon));
    argv.addAll(List.of(args));
    return noted(Programs.run(env(), home, argv.toArray(String[]::new)));
  }

  private Programs.Result login(String secret, String... args) {
    return noted(startLogin(env(), secret, args).await());
  }

  /** The password comes through a pipe and stands in no argument. */
  private Programs.Running startLogin(Map<String, String> env, String secret, String... args) {
    List<String> argv =
        new ArrayList<>(List.of("sh", "-c", "echo \"$SECRET\" | \"$@\"", "sh", ccon));
    argv.addAll(List.of(args));
    Map<String, String> all = new HashMap<>(env);
    all.put("SECRET", secret);
    return Programs.start(all, home, argv.toArray(String[]::new));
  }

  private Programs.Result loginRight() {
    return login(password, "login", "-u", user, "--password-stdin", registry).mustSucceed();
  }

  private Path file() {
    return home.resolve(".config/crane/auth.json");
  }

  private JsonNode auths() throws IOException {
    return NodeUnderTest.json(Files.readString(file())).path("auths");
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  // ---- login ----

  @Test
  void aLoginThatTheRegistryAcceptsIsKept() throws IOException {
    // When
    Programs.Result result = loginRight();
    // Then
    assertThat(result.out()).isEqualTo("Login succeeded\nStored in " + file() + "\n");
    assertThat(result.err()).isEmpty();
    assertThat(auths().has(registry)).isTrue();
    assertThat(mode(file())).isEqualTo("rw-------");
    assertThat(mode(file().getParent())).isEqualTo("rwx------");
  }

  @Test
  void theSchemeAndAPathAreNoPartOfTheName() throws IOException {
    // When
    Programs.Result result =
        login(password, "login", "-u", user, "--password-stdin", "http://" + registry + "/v2/");
    // Then
    assertThat(result.mustSucceed().err())
        .isEqualTo("ccon: warning: the password goes to " + registry + " unencrypted (http://)\n");
    assertThat(auths().has(registry)).isTrue();
  }

  @Test
  void aWrongPasswordIsRefusedAndNotKept() {
    // When
    Programs.Result result = login(WRONG, "login", "-u", user, "--password-stdin", registry);
    // Then
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .isEqualTo("ccon: login refused by " + registry + ": wrong user name or password\n");
    assertThat(file()).doesNotExist();
  }

  @Test
  void aWrongPasswordLeavesTheRightOne() throws IOException {
    // Given
    loginRight();
    String before = Files.readString(file());
    // When
    Programs.Result result = login(WRONG, "login", "-u", user, "--password-stdin", registry);
    // Then
    assertThat(result.exit()).isEqualTo(1);
    assertThat(file()).hasContent(before);
  }

  @Test
  void aRegistryThatIsNotThereIsToldSo() throws IOException {
    // Given
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    // When
    Programs.Result result =
        login(WRONG, "login", "-u", user, "--password-stdin", "localhost:" + port);
    // Then
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err())
        .startsWith("ccon: cannot reach localhost:" + port + ": connection refused")
        .hasLineCount(1);
    assertThat(file()).doesNotExist();
  }

  @Test
  void severalRegistriesLiveSideBySide() throws IOException {
    // Given
    loginRight();
    // When
    Programs.Result result =
        login(WRONG, "--json", "login", "-u", "me", "--password-stdin", open).mustSucceed();
    // Then
    JsonNode json = NodeUnderTest.json(result.out());
    assertThat(json.path("registry").asText()).isEqualTo(open);
    assertThat(json.path("username").asText()).isEqualTo("me");
    assertThat(json.path("stored").asText()).isEqualTo(file().toString());
    assertThat(json.path("checked").asBoolean()).isFalse();
    assertThat(result.err())
        .isEqualTo("ccon: note: " + open + " lets everybody in: the login was not checked\n");
    assertThat(auths().properties()).hasSize(2);
  }

  @Test
  void loginsAtTheSameTimeLoseNothing() throws IOException {
    // Given
    String port = open.substring(open.indexOf(':'));
    // When
    List<Programs.Running> all =
        IntStream.rangeClosed(1, 4)
            .mapToObj(
                n ->
                    startLogin(
                        env(), WRONG, "login", "-u", "me", "--password-stdin", "http://" + open))
            .toList();
    Programs.Running other =
        startLogin(
            env(), WRONG, "login", "-u", "me", "--password-stdin", "http://localhost" + port);
    Programs.Running right =
        startLogin(env(), password, "login", "-u", user, "--password-stdin", registry);
    all.forEach(running -> noted(running.await()).mustSucceed());
    noted(other.await()).mustSucceed();
    noted(right.await()).mustSucceed();
    // Then
    assertThat(auths().properties())
        .extracting(Map.Entry::getKey)
        .containsExactlyInAnyOrder(open, "localhost" + port, registry);
  }

  @Test
  void somebodyElsesFileIsLeftAlone() throws IOException {
    // Given
    Files.createDirectories(file().getParent());
    Files.writeString(file(), "{}");
    Files.setAttribute(file(), "unix:uid", NodeUnderTest.ALICE);
    // When
    Programs.Result result = login(password, "login", "-u", user, "--password-stdin", registry);
    // Then
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err())
        .isEqualTo(
            "ccon: cannot keep the login: "
                + file()
                + " is not yours: it belongs to uid "
                + NodeUnderTest.ALICE
                + "\n");
    assertThat(file()).hasContent("{}");
  }

  // ---- the terminal ----

  /** A shell command on a terminal of its own; answers are typed when they are asked for. */
  private Programs.Result onTerminal(String command, Map<String, String> answers)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile(home, "screen", "");
    ProcessBuilder builder =
        // As a terminal would start it: a shell's background jobs ignore Ctrl-C, and so would this.
        new ProcessBuilder("env", "--default-signal=INT", "script", "-qec", command, "/dev/null")
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile());
    builder.environment().putAll(env());
    builder.environment().put("SHELL", "/bin/sh");
    Process process = builder.start();
    try (OutputStream keyboard = process.getOutputStream()) {
      for (Map.Entry<String, String> answer : answers.entrySet()) {
        Until.holds(
            "it asks for " + answer.getKey() + ": " + Files.readString(out),
            () -> read(out).contains(answer.getKey()) || !process.isAlive());
        keyboard.write(answer.getValue().getBytes(StandardCharsets.UTF_8));
        keyboard.flush();
      }
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(read(out)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return noted(
        new Programs.Result(
            List.of(command),
            process.exitValue(),
            read(out).replace("\r", "").getBytes(StandardCharsets.UTF_8),
            ""));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void onATerminalItAsksAndDoesNotShowThePassword() throws IOException, InterruptedException {
    // Given
    Map<String, String> answers = new LinkedHashMap<>();
    answers.put("User name: ", user + "\n");
    answers.put("Password for " + user + " at " + registry + ": ", password + "\n");
    // When
    Programs.Result result = onTerminal(ccon + " login " + registry + "; stty -a", answers);
    // Then
    assertThat(result.mustSucceed().out())
        .startsWith(
            "User name: "
                + user
                + "\nPassword for "
                + user
                + " at "
                + registry
                + ": \nLogin succeeded\nStored in "
                + file()
                + "\n")
        .containsPattern("[^-]echo ");
    assertThat(auths().has(registry)).isTrue();
  }

  @Test
  void ctrlCAtThePasswordBringsTheEchoBack() throws IOException, InterruptedException {
    // Given
    Map<String, String> answers = Map.of("Password for ", "half\003");
    // When
    Programs.Result result =
        onTerminal(
            "trap : INT; " + ccon + " login -u me " + registry + "; echo code $?; stty -a",
            answers);
    // Then
    assertThat(result.out()).contains("\ncode 130\n").containsPattern("[^-]echo ");
    assertThat(result.out()).doesNotContain("half");
    assertThat(file()).doesNotExist();
  }

  @Test
  void withoutATerminalThePasswordMustComeOtherwise() {
    // When
    Programs.Result result = ccon("login", "-u", user, registry);
    // Then
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err())
        .isEqualTo(
            "ccon: no terminal to ask for the login: give --username and --password-stdin\n");
  }

  // ---- logout ----

  @Test
  void logoutForgets() throws IOException {
    // Given
    loginRight();
    // When
    Programs.Result result = ccon("logout", "https://" + registry + "/");
    // Then
    assertThat(result.mustSucceed().out()).isEqualTo("Logged out of " + registry + "\n");
    assertThat(auths()).isEmpty();
    assertThat(ccon("logout", registry).mustSucceed().out())
        .isEqualTo("Not logged in to " + registry + "\n");
    assertThat(NodeUnderTest.json(ccon("--json", "logout", registry).mustSucceed().out()))
        .isEqualTo(NodeUnderTest.json("{\"registry\": \"" + registry + "\", \"removed\": false}"));
  }

  @Test
  void withoutANameItIsDockerHub() {
    // When
    Programs.Result result = ccon("logout");
    // Then
    assertThat(result.mustSucceed().out()).isEqualTo("Not logged in to Docker Hub (docker.io)\n");
    assertThat(result.err()).isEqualTo("ccon: note: no registry given: Docker Hub (docker.io)\n");
  }

  // ---- helpers ----

  /** A helper that keeps each login in a file named after its registry. */
  private Map<String, String> withHelper() throws IOException {
    Path programs = Files.createDirectories(home.resolve("programs"));
    Path helper = programs.resolve("docker-credential-files");
    Files.writeString(
        helper,
        """
        #!/bin/sh
        input="$(cat)"
        case "$1" in
          store) server="$(echo "$input" | sed 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/')"
                 echo "$input" >"$HOME/kept-$server" ;;
          get) cat "$HOME/kept-$input" 2>/dev/null ||
                 { echo "credentials not found in native keychain"; exit 1; } ;;
          erase) rm "$HOME/kept-$input" ;;
        esac
        """);
    Files.setPosixFilePermissions(helper, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createDirectories(file().getParent());
    Files.writeString(file(), "{\"credsStore\": \"files\", \"mine\": 1}");
    Map<String, String> env = env();
    env.put("PATH", programs + ":" + System.getenv("PATH"));
    return env;
  }

  @Test
  void aHelperKeepsWhatItIsGivenAndErasesIt() throws IOException {
    // Given
    Map<String, String> env = withHelper();
    // When
    Programs.Result in =
        noted(startLogin(env, password, "login", "-u", user, "--password-stdin", registry).await());
    boolean kept = Files.exists(home.resolve("kept-" + registry));
    Programs.Result out = noted(Programs.run(env, home, ccon, "logout", registry));
    Programs.Result again = noted(Programs.run(env, home, ccon, "logout", registry));
    // Then
    assertThat(in.mustSucceed().out())
        .isEqualTo("Login succeeded\nStored in docker-credential-files\n");
    assertThat(kept).isTrue();
    assertThat(file()).content().doesNotContain("auths");
    assertThat(out.mustSucceed().out()).isEqualTo("Logged out of " + registry + "\n");
    assertThat(home.resolve("kept-" + registry)).doesNotExist();
    assertThat(again.mustSucceed().out()).isEqualTo("Not logged in to " + registry + "\n");
  }

  @Test
  void aHelperThatIsNotThereIsNamed() throws IOException {
    // Given
    withHelper();
    // When
    Programs.Result result = login(password, "login", "-u", user, "--password-stdin", registry);
    // Then
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err())
        .isEqualTo(
            "ccon: cannot keep the login: docker-credential-files, which keeps the logins, is not"
                + " in PATH or cannot be run\n");
  }
}
