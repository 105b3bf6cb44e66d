package org.cranelet.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoginFinderTest {
  private final Path file;
  private final LoginFinder finder = new LoginFinder.OfFiles();

  LoginFinderTest(@TempDir Path dir) throws IOException {
    this.file = dir.resolve("hub.json");
    String auth =
        Base64.getEncoder().encodeToString("robot:secret".getBytes(StandardCharsets.UTF_8));
    Files.writeString(file, "{\"auths\": {\"r.test\": {\"auth\": \"" + auth + "\"}}}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "rw-r--r--"})
  void aLoginIsFoundThoughOthersCanReadIt(String mode) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));

    assertThat(finder.require(file, "r.test").username()).isEqualTo("robot");
    assertThat(finder.require(file, "r.test").username()).isEqualTo("robot");
  }

  @Test
  void oneThatIsNotThereIsTold() {
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> finder.require(file, "other.test"))
        .withMessage("no login for other.test in " + file);
  }
}
