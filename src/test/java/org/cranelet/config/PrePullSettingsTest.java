package org.cranelet.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.AbstractStringAssert;
import org.cranelet.config.ConfigLoader.MachineFacts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrePullSettingsTest {
  private static final MachineFacts MACHINE = new MachineFacts("cn15", 4, 8L << 30);

  private final Path file;

  PrePullSettingsTest(@TempDir Path dir) {
    this.file = dir.resolve("config.yaml");
  }

  @Test
  void anEmptySectionHasADefaultForAll() throws Exception {
    assertThat(load("{}").container().prePull())
        .isEqualTo(
            new PrePullSettings(
                List.of(),
                Optional.empty(),
                Duration.ofHours(4),
                Duration.ofMinutes(5),
                true,
                1,
                3,
                Duration.ofHours(6),
                Path.of("/etc/crane/prepull.d"),
                85));
  }

  @Test
  void allCanBeSet() throws Exception {
    CraneConfig config =
        load(
            """

                  Images:
                  - ubuntu:24.04
                  - Image: registry.example/a:1
                    Policy: always
                    Platform: linux/arm64
                    Credentials: /etc/crane/pull.json
                    Priority: 100
                  Schedule: 0 3 * * 1-5
                  Window: 3600
                  Jitter: 0
                  AtStart: false
                  Parallel: 2
                  Attempts: 1
                  Deadline: 60
                  Directory: /srv/lists
                  DiskThreshold: 0
            """);

    assertThat(config.container().prePull())
        .isEqualTo(
            new PrePullSettings(
                List.of(
                    new PrePullSettings.Image(
                        "ubuntu:24.04",
                        PullPolicy.IF_NOT_PRESENT,
                        Optional.empty(),
                        Optional.empty(),
                        0,
                        file.toString()),
                    new PrePullSettings.Image(
                        "registry.example/a:1",
                        PullPolicy.ALWAYS,
                        Optional.of("linux/arm64"),
                        Optional.of(Path.of("/etc/crane/pull.json")),
                        100,
                        file.toString())),
                Optional.of("0 3 * * 1-5"),
                Duration.ofHours(1),
                Duration.ZERO,
                false,
                2,
                1,
                Duration.ofMinutes(1),
                Path.of("/srv/lists"),
                0));
    assertThat(config.warnings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"''", "'  '", "~"})
  void anEmptyScheduleIsNone(String text) throws Exception {
    assertThat(load("{Schedule: " + text + "}").container().prePull().schedule()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0 3 * *", "0 3 * * * *", "60 3 * * *", "0 24 * * *", "at night"})
  void whatIsNoCronExpressionIsToldWithFileAndLine(String text) throws Exception {
    failure("\n      # a comment\n      Schedule: " + text)
        .startsWith(
            file
                + ":6: Container.PrePull.Schedule: '"
                + text
                + "' is not a cron expression (minute hour day month weekday): ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Images: ubuntu               | Images must be a list, not 'ubuntu'",
        "Images: [[a]]                | Images[0] must be a mapping (key: value)",
        "Images: [a, ~]               | Images[1].Image is missing",
        "Images: [{Policy: Always}]   | Images[0].Image is missing",
        "Images: [{Image: a, Policy: Never}] | Images[0].Policy must be Always or IfNotPresent, not 'Never'",
        "Images: [{Image: a, Priority: 101}] | Images[0].Priority must be a whole number from 0 to 100, not '101'",
        "Window: 0                    | Window must be a number of seconds above 0, not '0'",
        "Jitter: -1                   | Jitter must be a number of seconds, or 0, not '-1'",
        "Jitter: 14400                | Jitter must be below Window, 14400",
        "Window: 300                  | Jitter must be below Window, 300",
        "AtStart: perhaps             | AtStart must be true or false, not 'perhaps'",
        "Parallel: 0                  | Parallel must be a whole number from 1 to 1000, not '0'",
        "Attempts: 0                  | Attempts must be a whole number from 1 to 1000, not '0'",
        "DiskThreshold: 101           | DiskThreshold must be a whole number from 0 to 100, not '101'",
      })
  void aWrongValueIsToldWithFileAndLine(String line, String message) throws Exception {
    failure("\n      # a comment\n      " + line)
        .isEqualTo(file + ":6: Container.PrePull." + message);
  }

  @Test
  void unknownKeysAreWarnedOfAlsoInALine() throws Exception {
    assertThat(
            load("\n      Imagez: []\n      Images:\n      - Image: a\n        Policies: Always")
                .warnings())
        .containsExactlyInAnyOrder(
            file + ":5: unknown key Container.PrePull.Imagez, did you mean Images? (ignored)",
            file
                + ":8: unknown key Container.PrePull.Images[0].Policies, did you mean Policy?"
                + " (ignored)");
  }

  // ---- the files of the directory ----

  @Test
  void aFileOfTheDirectoryHasTheSameForm() throws Exception {
    // Given
    Files.writeString(file, "Images:\n- ubuntu\n- {Image: team/a, Priority: 5}\n");
    // When
    List<PrePullSettings.Image> images = PrePullSettings.readFile(file);
    // Then
    assertThat(images)
        .extracting(PrePullSettings.Image::reference, PrePullSettings.Image::priority)
        .containsExactly(tuple("ubuntu", 0), tuple("team/a", 5));
    assertThat(images).extracting(PrePullSettings.Image::source).containsOnly(file.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "Images: []", "Images:"})
  void aFileMayBeEmpty(String content) throws Exception {
    Files.writeString(file, content);

    assertThat(PrePullSettings.readFile(file)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'- ubuntu'                   | :1: the file must be a mapping (key: value)",
        "'Images: [a, {Image: b, Policy: Never}]' | :1: Images[1].Policy must be Always or IfNotPresent, not 'Never'",
        "'Imagez: [a]'                | :1: unknown key Imagez, did you mean Images? (ignored)",
        "'Images: [{Image: a, Size: 1}]' | :1: unknown key Images[0].Size (ignored)",
      })
  void aFileThatCannotBeUsedIsToldWithItsLine(String content, String message) throws Exception {
    Files.writeString(file, content);

    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> PrePullSettings.readFile(file))
        .withMessage(file + message);
  }

  @Test
  void aFileThatIsNotThereIsTold() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> PrePullSettings.readFile(file.resolveSibling("none.yaml")))
        .withMessageContaining("none.yaml: no such file");
  }

  private CraneConfig load(String prePull) throws IOException, ConfigException {
    return ConfigLoader.load(write(prePull), MACHINE, Optional.empty());
  }

  private AbstractStringAssert<?> failure(String prePull) throws IOException {
    Path written = write(prePull);
    ConfigException e =
        assertThatExceptionOfType(ConfigException.class)
            .isThrownBy(() -> ConfigLoader.load(written, MACHINE, Optional.empty()))
            .actual();
    return assertThat(e.getMessage());
  }

  private Path write(String prePull) throws IOException {
    return Files.writeString(
        file,
        "Container:\n  Enabled: true\n  RuntimeEndpoint: /run/c.sock\n  PrePull: "
            + prePull
            + "\n");
  }
}
