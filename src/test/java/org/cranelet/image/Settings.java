package org.cranelet.image;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.cranelet.config.ImageSettings;
import org.cranelet.config.ImageSettings.Verify;
import org.cranelet.config.PrePullSettings;

/** Settings for tests, in which nothing is too young or too early. */
final class Settings {
  private Settings() {}

  static ImageSettings images() {
    return images(99, 98, Duration.ZERO, Duration.ZERO);
  }

  static ImageSettings images(
      int high, int low, Duration minimumAge, Duration maximumUnusedAge, String... pinned) {
    return new ImageSettings(
        3,
        Duration.ofMinutes(5),
        6,
        Verify.CREDENTIALS,
        high,
        low,
        minimumAge,
        maximumUnusedAge,
        List.of(pinned),
        Duration.ofMinutes(5));
  }

  /** Nothing runs but when it is asked for. */
  static PrePullSettings prePull(Path directory, PrePullSettings.Image... images) {
    return prePull(directory, false, Duration.ofHours(1), 1, 80, images);
  }

  static PrePullSettings prePull(
      Path directory,
      boolean atStart,
      Duration window,
      int parallel,
      int diskThreshold,
      PrePullSettings.Image... images) {
    return new PrePullSettings(
        List.of(images),
        Optional.empty(),
        window,
        Duration.ZERO,
        atStart,
        parallel,
        2,
        Duration.ofMinutes(1),
        directory,
        diskThreshold);
  }
}
