package org.cranelet.image.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoginFileTest {
  private final Path dir;
  private final Path path;
  private final LoginFile file;

  LoginFileTest(@TempDir Path dir) {
    this.dir = dir;
    this.path = dir.resolve("config.json");
    this.file = new LoginFile(path);
  }

  private static String auth(String pair) {
    return Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private void auths(String key, String entry) throws IOException {
    Files.writeString(path, "{\"auths\": {\"" + key + "\": " + entry + "}}");
  }

  private JsonNode json() throws IOException {
    return JsonMapper.builder().build().readTree(path.toFile());
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  // ---- reading ----

  @ParameterizedTest
  @CsvSource({
    "r.test, r.test",
    "R.Test, r.test",
    "https://r.test, r.test",
    "https://r.test/v1/, r.test",
    "r.test/v2/, r.test",
    "r.test:5000, r.test:5000",
    "'[::1]:5000', '[::1]:5000'",
    "localhost, localhost",
    "https://index.docker.io/v1/, docker.io",
    "docker.io, docker.io",
    "registry-1.docker.io, docker.io"
  })
  void aKeyMayBeWrittenInManyWays(String key, String registry) throws IOException {
    // Given
    auths(key, "{\"auth\": \"" + auth("me:a:b") + "\"}");
    // When / Then
    assertThat(file.find(registry)).contains(new Login(registry, "me", "a:b"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"r.test:5000", "x.r.test", "r.testing", "test", "docker.io"})
  void aLoginIsForItsRegistryOnly(String other) throws IOException {
    // Given
    auths("r.test", "{\"auth\": \"" + auth("me:secret") + "\"}");
    // When / Then
    assertThat(file.find(other)).isEmpty();
  }

  @Test
  void theUsualKeyWins() throws IOException {
    // Given
    Files.writeString(
        path,
        """
        {"auths": {"https://r.test/team": {"auth": "%s"}, "r.test": {"auth": "%s"}}}
        """
            .formatted(auth("other:1"), auth("me:2")));
    // When / Then
    assertThat(file.find("r.test")).contains(new Login("r.test", "me", "2"));
  }

  @Test
  void anIdentityTokenIsFoundHoweverItIsWritten() throws IOException {
    // Given
    auths("r.test", "{\"auth\": \"" + auth("me:") + "\", \"identityToken\": \"t0ken\"}");
    // When / Then
    assertThat(file.find("r.test")).contains(new Login("r.test", Login.TOKEN, "t0ken"));
  }

  @Test
  void userAndPasswordMayStandByThemselves() throws IOException {
    // Given
    auths("r.test", "{\"username\": \"me\", \"password\": \"secret\"}");
    // When / Then
    assertThat(file.find("r.test")).contains(new Login("r.test", "me", "secret"));
  }

  @Test
  void dockersOldPaddingIsNoPartOfThePassword() throws IOException {
    // Given
    auths("r.test", "{\"auth\": \"" + auth("me:secret\0\0") + "\"}");
    // When / Then
    assertThat(file.find("r.test")).contains(new Login("r.test", "me", "secret"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"auth\": \"\"}", "{\"auth\": null}", "{\"email\": \"a@b\"}"})
  void anEntryWithoutALoginIsNone(String entry) throws IOException {
    // Given
    auths("r.test", entry);
    // When / Then
    assertThat(file.find("r.test")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "{\"auths\": null}", "{\"credsStore\": \"\"}"})
  void aFileWithoutLoginsHasNone(String content) throws IOException {
    // Given
    Files.writeString(path, content);
    // When / Then
    assertThat(file.find("r.test")).isEmpty();
  }

  @Test
  void noFileIsNoLogin() throws IOException {
    assertThat(file.find("r.test")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"auths\": {\"r.test\": s3cret}} | it is not JSON (line 1)",
        "{\"auths\": {\"r.test\":          | it is not JSON (line 1)",
        "{} s3cret                         | it is not JSON (line 1)",
        "[\"s3cret\"]                      | it is no JSON object",
        "{\"auths\": {\"r.test\": {\"auth\": \"s3cret!\"}}} | auth of r.test is not Base64",
        "{\"auths\": {\"r.test\": {\"auth\": \"czNjcmV0\"}}} | auth of r.test is not USER:PASSWORD",
      })
  void aFileThatCannotBeUsedIsNamedAndNotQuoted(String content, String why) throws IOException {
    Files.writeString(path, content);
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> file.find("r.test"))
        .withMessage(path + " cannot be used: " + why)
        .withNoCause();
  }

  @Test
  void aHelperThatIsNotThereIsNamed() throws IOException {
    Files.writeString(path, "{\"credHelpers\": {\"r.test\": \"no-such-one\"}}");
    assertThat(file.find("other.test")).isEmpty();
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> file.find("r.test"))
        .withMessageContaining("docker-credential-no-such-one");
  }

  @Test
  void oneRegistryMayBeExemptFromTheHelperOfAll() throws IOException {
    // Given
    Files.writeString(
        path,
        """
        {"credsStore": "no-such-one", "credHelpers": {"r.test": ""},
         "auths": {"r.test": {"auth": "%s"}}}
        """
            .formatted(auth("me:secret")));
    // When / Then
    assertThat(file.find("r.test")).contains(new Login("r.test", "me", "secret"));
  }

  @ParameterizedTest
  @CsvSource({"rw-------, false", "rw-r-----, true", "rw----r--, true"})
  void aFileThatOthersReadIsExposed(String mode, boolean exposed) throws IOException {
    // Given
    auths("r.test", "{\"auth\": \"" + auth("me:secret") + "\"}");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    // When / Then
    assertThat(file.isExposed()).isEqualTo(exposed);
  }

  @Test
  void aFileWithoutLoginsIsNotExposed() throws IOException {
    // Given
    auths("r.test", "{}");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r--r--"));
    // When / Then
    assertThat(file.isExposed()).isFalse();
  }

  // ---- writing ----

  @Test
  void aLoginThatWasStoredIsFound() throws IOException {
    // Given
    Login one = new Login("r.test", "me", "pä:ss\"word\\");
    Login two = new Login("docker.io", "you", "other");
    Login three = new Login("t.test", Login.TOKEN, "t0ken");
    // When
    String place = file.store(one);
    file.store(two);
    file.store(three);
    // Then
    assertThat(place).isEqualTo(path.toString());
    assertThat(file.find("r.test")).contains(one);
    assertThat(file.find("docker.io")).contains(two);
    assertThat(file.find("t.test")).contains(three);
    assertThat(json().path("auths").has("https://index.docker.io/v1/")).isTrue();
  }

  @Test
  void whatElseIsInTheFileStays() throws IOException {
    // Given
    Files.writeString(
        path,
        """
        {"HttpHeaders": {"a": "b"}, "n": 12345678901234567890.10,
         "auths": {"o.test": {"auth": "bzpw", "email": "x"}, "https://r.test/v1/": {"auth": "YTpi"}},
         "credHelpers": {"h.test": "pass"}, "psFormat": "täble"}
        """);
    // When
    file.store(new Login("r.test", "me", "new"));
    // Then
    JsonNode json = json();
    assertThat(json.at("/HttpHeaders/a").asText()).isEqualTo("b");
    assertThat(json.path("psFormat").asText()).isEqualTo("täble");
    assertThat(json.at("/credHelpers/h.test").asText()).isEqualTo("pass");
    assertThat(json.at("/auths/o.test/email").asText()).isEqualTo("x");
    assertThat(json.path("auths").properties()).hasSize(2);
    assertThat(Files.readString(path)).contains("12345678901234567890.1");
    assertThat(file.find("r.test")).contains(new Login("r.test", "me", "new"));
  }

  @Test
  void theFileAndItsDirectoryAreTheUsersAlone() throws IOException {
    // Given
    Path deep = dir.resolve("a/b/auth.json");
    // When
    new LoginFile(deep).store(new Login("r.test", "me", "secret"));
    // Then
    assertThat(mode(deep)).isEqualTo("rw-------");
    assertThat(mode(dir.resolve("a/b"))).isEqualTo("rwx------");
    assertThat(mode(dir.resolve("a"))).isEqualTo("rwx------");
  }

  @Test
  void aFileThatOthersReadIsClosedToThem() throws IOException {
    // Given
    Files.writeString(path, "{}");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
    Path stale = Files.writeString(dir.resolve(".config.json.new"), "half");
    Files.setPosixFilePermissions(stale, PosixFilePermissions.fromString("rw-rw-rw-"));
    // When
    file.store(new Login("r.test", "me", "secret"));
    // Then
    assertThat(mode(path)).isEqualTo("rw-------");
    assertThat(stale).doesNotExist();
  }

  @Test
  void aLinkStaysALink() throws IOException {
    // Given
    Path real = Files.writeString(Files.createDirectory(dir.resolve("dots")).resolve("x"), "{}");
    Files.createSymbolicLink(path, real);
    // When
    file.store(new Login("r.test", "me", "secret"));
    // Then
    assertThat(path).isSymbolicLink();
    assertThat(Files.readString(real)).contains("r.test");
    assertThat(mode(real)).isEqualTo("rw-------");
  }

  @Test
  void nothingIsWrittenWhereEverybodyMayWrite() throws IOException {
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> file.store(new Login("r.test", "me", "secret")))
        .withMessage("cannot keep logins in " + dir + ": everybody may write to that directory");
    try (Stream<Path> left = Files.list(dir)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void aFileThatCannotBeReadIsNotOverwritten() throws IOException {
    Files.writeString(path, "precious");
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> file.store(new Login("r.test", "me", "secret")))
        .withMessage(path + " cannot be used: it is not JSON (line 1)");
    assertThat(path).hasContent("precious");
  }

  @Test
  void aHelperThatFailsLeavesTheFileAsItWas() throws IOException {
    String content = "{\"credsStore\": \"no-such-one\"}";
    Files.writeString(path, content);
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> file.store(new Login("r.test", "me", "secret")));
    assertThat(path).hasContent(content);
  }

  // ---- forgetting ----

  @Test
  void aLoginIsForgottenInAllItsSpellings() throws IOException {
    // Given
    Files.writeString(
        path,
        """
        {"auths": {"r.test": {"auth": "YTpi"}, "https://r.test/v1/": {"auth": "YTpi"},
         "o.test": {"auth": "YTpi"}}, "x": 1}
        """);
    // When
    boolean removed = file.remove("r.test");
    // Then
    assertThat(removed).isTrue();
    assertThat(file.find("r.test")).isEmpty();
    assertThat(file.find("o.test")).isPresent();
    assertThat(json().path("x").asInt()).isEqualTo(1);
  }

  @Test
  void whatIsNotThereIsNotForgottenAndNothingIsMade() throws IOException {
    // When
    boolean removed = file.remove("r.test");
    // Then
    assertThat(removed).isFalse();
    try (Stream<Path> left = Files.list(dir)) {
      assertThat(left).isEmpty();
    }
  }
}
