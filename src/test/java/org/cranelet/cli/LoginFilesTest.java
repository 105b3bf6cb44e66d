package org.cranelet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.cranelet.image.reference.Login;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoginFilesTest {
  private static final String LOGINS =
      "{\"auths\": {\"%s\": {\"username\": \"%s\", \"password\": \"secret\"}}}";

  private final Path home;

  LoginFilesTest(@TempDir Path home) {
    this.home = home;
  }

  /** What was found, and what was said. */
  private record Found(Optional<Login> login, String err) {}

  private LoginFiles files() {
    return LoginFiles.of(Map.of("HOME", home.toString()));
  }

  private Path write(String file, String mode, String content) throws IOException {
    Path path = home.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);
    return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private Found find(String registry) {
    PrintStream err = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    try {
      return new Found(files().find(registry), said.toString(StandardCharsets.UTF_8));
    } finally {
      System.setErr(err);
    }
  }

  // ---- where ----

  @Test
  void theyAreInTheUsersHome() {
    assertThat(files().own().path()).isEqualTo(home.resolve(".config/crane/auth.json"));
    assertThat(files().dockers().path()).isEqualTo(home.resolve(".docker/config.json"));
  }

  @Test
  void variablesNameOtherPlaces() {
    // When
    LoginFiles files =
        LoginFiles.of(Map.of("HOME", "/h", "XDG_CONFIG_HOME", "/x", "DOCKER_CONFIG", "/d"));
    // Then
    assertThat(files.own().path()).hasToString("/x/crane/auth.json");
    assertThat(files.dockers().path()).hasToString("/d/config.json");
  }

  @Test
  void ccconsOwnVariableWins() {
    // When
    LoginFiles files =
        LoginFiles.of(Map.of("HOME", "/h", "XDG_CONFIG_HOME", "/x", "CCON_AUTH_FILE", "/a.json"));
    // Then
    assertThat(files.own().path()).hasToString("/a.json");
  }

  @Test
  void emptyVariablesAndRelativeOnesOfXdgAreVoid() {
    // When
    LoginFiles files =
        LoginFiles.of(
            Map.of(
                "HOME", "/h", "XDG_CONFIG_HOME", "x", "CCON_AUTH_FILE", "", "DOCKER_CONFIG", ""));
    // Then
    assertThat(files.own().path()).hasToString("/h/.config/crane/auth.json");
    assertThat(files.dockers().path()).hasToString("/h/.docker/config.json");
  }

  // ---- what ----

  @Test
  void oursComesFirst() throws IOException {
    // Given
    write(".config/crane/auth.json", "rw-------", LOGINS.formatted("r.test", "ours"));
    write(".docker/config.json", "rw-------", LOGINS.formatted("r.test", "dockers"));
    // When
    Found found = find("r.test");
    // Then
    assertThat(found).isEqualTo(new Found(Optional.of(new Login("r.test", "ours", "secret")), ""));
  }

  @Test
  void dockersIsUsedWithoutMoreAdo() throws IOException {
    // Given
    write(".config/crane/auth.json", "rw-------", LOGINS.formatted("o.test", "ours"));
    write(".docker/config.json", "rw-------", LOGINS.formatted("r.test", "dockers"));
    // When
    Found found = find("r.test");
    // Then
    assertThat(found)
        .isEqualTo(new Found(Optional.of(new Login("r.test", "dockers", "secret")), ""));
  }

  @Test
  void aFileThatOthersReadIsWarnedOf() throws IOException {
    // Given
    Path file = write(".docker/config.json", "rw-r--r--", LOGINS.formatted("r.test", "me"));
    // When
    Found found = find("r.test");
    // Then
    assertThat(found.login()).isPresent();
    assertThat(found.err())
        .isEqualTo(
            "ccon: warning: "
                + file
                + " holds passwords that others can read: chmod 600 "
                + file
                + "\n");
  }

  @Test
  void aFileThatCannotBeUsedIsToldAndPassedOver() throws IOException {
    // Given
    Path file = write(".config/crane/auth.json", "rw-------", "{\"auths\": secret");
    write(".docker/config.json", "rw-------", LOGINS.formatted("r.test", "me"));
    // When
    Found found = find("r.test");
    // Then
    assertThat(found.login()).isPresent();
    assertThat(found.err())
        .isEqualTo("ccon: warning: " + file + " cannot be used: it is not JSON (line 1)\n");
  }

  @Test
  void aHelperThatIsNotThereIsToldAndPassedOver() throws IOException {
    // Given
    write(".docker/config.json", "rw-------", "{\"credsStore\": \"no-such-one\"}");
    // When
    Found found = find("r.test");
    // Then
    assertThat(found.login()).isEmpty();
    assertThat(found.err()).contains("docker-credential-no-such-one").hasLineCount(1);
  }
}
