package org.cranelet.image.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real scripts in the place of helpers. */
class CredentialHelperTest {
  private static final Login LOGIN = new Login("r.test", "me", "s3cret");

  private final Path dir;

  CredentialHelperTest(@TempDir Path dir) {
    this.dir = dir;
  }

  private CredentialHelper helper(String... lines) throws IOException {
    Path script = dir.resolve("docker-credential-x");
    Files.writeString(script, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return new CredentialHelper(script.toString());
  }

  @Test
  void whatItKeepsIsALogin() throws IOException {
    // Given
    CredentialHelper helper =
        helper(
            "[ \"$1\" = get ] && [ \"$(cat)\" = r.test:5000 ] || exit 9",
            "echo '{\"ServerURL\":\"x\",\"Username\":\"me\",\"Secret\":\"s3cret\"}'");
    // When
    Optional<Login> login = helper.get("r.test:5000");
    // Then
    assertThat(login).contains(new Login("r.test:5000", "me", "s3cret"));
  }

  @Test
  void anIdentityTokenIsOne() throws IOException {
    // Given
    CredentialHelper helper = helper("echo '{\"Username\":\"<token>\",\"Secret\":\"t\"}'");
    // When
    Login login = helper.get("r.test").orElseThrow();
    // Then
    assertThat(login.isToken()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "echo 'credentials not found in native keychain'; exit 1",
        "echo '{}'",
        "echo '{\"Username\":\"\",\"Secret\":\"s3cret\"}'"
      })
  void whatItDoesNotKeepIsNoFailure(String script) throws IOException {
    assertThat(helper(script).get("r.test")).isEmpty();
  }

  @Test
  void whatItSaysWhenItFailsIsPassedOn() throws IOException {
    CredentialHelper helper = helper("echo 'the key ring is locked'; echo more; exit 2");
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> helper.get("r.test"))
        .withMessage(
            helper.program() + " get failed for r.test (exit code 2): the key ring is locked");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "echo '{\"Username\":\"me\",\"Secret\":\"s3cret\"}'; exit 1",
        "echo 'me s3cret'",
        "echo '[\"s3cret\"]'",
        "printf '{\"Secret\":\"s3cret'"
      })
  void anAnswerThatMakesNoSenseIsNotQuoted(String script) throws IOException {
    CredentialHelper helper = helper(script);
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> helper.get("r.test"))
        .withMessageStartingWith(helper.program() + " get ")
        .withMessageNotContaining("s3cret")
        .withNoCause();
  }

  @Test
  void itIsGivenWhatToKeep() throws IOException {
    // Given
    CredentialHelper helper = helper("{ echo \"$1\"; cat; } >\"$0.out\"");
    // When
    helper.store("r.test", LOGIN);
    // Then
    assertThat(dir.resolve("docker-credential-x.out"))
        .hasContent("store\n{\"ServerURL\":\"r.test\",\"Username\":\"me\",\"Secret\":\"s3cret\"}");
  }

  @Test
  void whatItRepeatsOfTheSecretIsNotPassedOn() throws IOException {
    CredentialHelper helper = helper("echo 'cannot keep s3cret'; exit 1");
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> helper.store("r.test", LOGIN))
        .withMessage(helper.program() + " store failed for r.test (exit code 1)");
  }

  @Test
  void itIsToldWhatToErase() throws IOException {
    // Given
    CredentialHelper helper = helper("{ echo \"$1\"; cat; } >\"$0.out\"");
    // When
    boolean erased = helper.erase("r.test");
    // Then
    assertThat(erased).isTrue();
    assertThat(dir.resolve("docker-credential-x.out")).hasContent("erase\nr.test");
  }

  @Test
  void oneThatIsNotThereIsNamed() throws IOException {
    CredentialHelper helper = CredentialHelper.named("no-such-one");
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> helper.get("r.test"))
        .withMessage(
            "docker-credential-no-such-one, which keeps the logins, is not in PATH or cannot be"
                + " run");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../x", "a/b", "a b", "-x"})
  void aNameThatIsAPathIsRefused(String name) {
    assertThatExceptionOfType(IOException.class).isThrownBy(() -> CredentialHelper.named(name));
  }
}
