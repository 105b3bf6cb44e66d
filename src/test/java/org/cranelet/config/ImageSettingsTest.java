package org.cranelet.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.AbstractStringAssert;
import org.cranelet.config.ConfigLoader.MachineFacts;
import org.cranelet.config.ImageSettings.Verify;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageSettingsTest {
  private static final MachineFacts MACHINE = new MachineFacts("cn15", 4, 8L << 30);

  private final Path file;

  ImageSettingsTest(@TempDir Path dir) {
    this.file = dir.resolve("config.yaml");
  }

  @Test
  void anEmptySectionHasADefaultForAll() throws Exception {
    assertThat(load("{}").container().images())
        .isEqualTo(
            new ImageSettings(
                3,
                Duration.ofMinutes(5),
                6,
                Verify.CREDENTIALS,
                85,
                80,
                Duration.ofMinutes(2),
                Duration.ZERO,
                List.of(),
                Duration.ofMinutes(5)));
  }

  @Test
  void allCanBeSet() throws Exception {
    CraneConfig config =
        load(
            "{MaxParallelPulls: 1, StallTimeout: 1.5, Attempts: 1, Verify: Always, HighWatermark:"
                + " 100, LowWatermark: 0, MinimumAge: 0, MaximumUnusedAge: 604800, Pinned:"
                + " 'registry.example/**', CollectInterval: 10}");

    assertThat(config.container().images())
        .isEqualTo(
            new ImageSettings(
                1,
                Duration.ofMillis(1500),
                1,
                Verify.ALWAYS,
                100,
                0,
                Duration.ZERO,
                Duration.ofDays(7),
                List.of("registry.example/**"),
                Duration.ofSeconds(10)));
    assertThat(config.warnings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"credentials, CREDENTIALS", "always, ALWAYS", "NEVER, NEVER"})
  void whoseImagesAreVerifiedIsTakenInAnyCase(String text, Verify verify) throws Exception {
    assertThat(load("{Verify: " + text + "}").container().images().verify()).isEqualTo(verify);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "MaxParallelPulls: 0    | MaxParallelPulls must be a whole number from 1 to 1000, not '0'",
        "StallTimeout: 0        | StallTimeout must be a number of seconds above 0, not '0'",
        "Attempts: none         | Attempts must be a whole number from 1 to 1000, not 'none'",
        "Verify: sometimes      | Verify must be credentials, always or never, not 'sometimes'",
        "HighWatermark: 101     | HighWatermark must be a whole number from 1 to 100, not '101'",
        "LowWatermark: 100      | LowWatermark must be a whole number from 0 to 99, not '100'",
        "LowWatermark: 85       | LowWatermark must be below HighWatermark, 85",
        "LowWatermark: 90       | LowWatermark must be below HighWatermark, 85",
        "MinimumAge: -1         | MinimumAge must be a number of seconds, or 0, not '-1'",
        "MaximumUnusedAge: week | MaximumUnusedAge must be a number of seconds, or 0, not 'week'",
        "Pinned: {a: b}         | Pinned must be a list, not a mapping",
        "Pinned: ['a', '[b']    | Pinned: '[b' is not a pattern",
        "CollectInterval: 0     | CollectInterval must be a number of seconds above 0, not '0'",
      })
  void aWrongValueIsToldWithFileAndLine(String line, String message) throws Exception {
    failure("\n      # a comment\n      " + line)
        .isEqualTo(file + ":6: Container.Images." + message);
  }

  @Test
  void aHighMarkBelowTheOtherOnesDefaultIsToldToo() throws Exception {
    failure("\n      HighWatermark: 70")
        .isEqualTo(file + ":5: Container.Images.LowWatermark must be below HighWatermark, 70");
  }

  @Test
  void anUnknownKeyIsWarnedOf() throws Exception {
    assertThat(load("\n      Pined: [a]").warnings())
        .containsExactly(
            file + ":5: unknown key Container.Images.Pined, did you mean Pinned? (ignored)");
  }

  @ParameterizedTest
  @CsvSource({
    "registry.example/team/*,    registry.example/team/tool:1,       true",
    "registry.example/team/*,    registry.example/team/a/tool:1,     false",
    "registry.example/team/**,   registry.example/team/a/tool:1,     true",
    "**/tool:*,                  registry.example:5000/team/tool:1,  true",
    "**/tool:{1?2},              registry.example/team/tool:1,       false",
    "docker.io/library/ubuntu:*, docker.io/library/ubuntu:24.04,     true",
    "docker.io/library/ubuntu:*, docker.io/library/ubuntu@sha256:77, false",
    "docker.io/library/ubuntu*,  docker.io/library/ubuntu@sha256:77, true",
  })
  void patternsAreThoseOfAShell(String pattern, String name, boolean pinned) throws Exception {
    ImageSettings settings = load("{Pinned: ['" + pattern + "']}").container().images();

    assertThat(settings.pins(name)).isEqualTo(pinned);
  }

  private CraneConfig load(String images) throws IOException, ConfigException {
    return ConfigLoader.load(write(images), MACHINE, Optional.empty());
  }

  private AbstractStringAssert<?> failure(String images) throws IOException {
    Path written = write(images);
    ConfigException e =
        assertThatExceptionOfType(ConfigException.class)
            .isThrownBy(() -> ConfigLoader.load(written, MACHINE, Optional.empty()))
            .actual();
    return assertThat(e.getMessage());
  }

  private Path write(String images) throws IOException {
    return Files.writeString(
        file,
        "Container:\n  Enabled: true\n  RuntimeEndpoint: /run/c.sock\n  Images: " + images + "\n");
  }
}
