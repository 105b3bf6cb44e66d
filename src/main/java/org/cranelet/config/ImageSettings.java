package org.cranelet.config;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * How images are pulled, who may use them, and when they are removed; under {@code
 * Container.Images}.
 *
 * @param maxParallelPulls for jobs; pre-pulls have their own number
 * @param stallTimeout how long no byte of a layer may arrive before a pull is given up and tried
 *     again; unpacking does not count
 * @param attempts in all, if a pull fails for a reason that may pass
 * @param highWatermark percent of the image file system in use from which on images are removed
 * @param lowWatermark percent down to which they are
 * @param minimumAge how long an image is kept after it came, whatever else
 * @param maximumUnusedAge after which an image goes even if there is room; zero: never
 * @param pinned patterns of names that are never removed; {@code **} matches a slash too
 * @param collectInterval how often the disk is looked at
 */
public record ImageSettings(
    int maxParallelPulls,
    Duration stallTimeout,
    int attempts,
    Verify verify,
    int highWatermark,
    int lowWatermark,
    Duration minimumAge,
    Duration maximumUnusedAge,
    List<String> pinned,
    Duration collectInterval) {

  /** Whose images a user must have opened himself before he may run them without the registry. */
  public enum Verify {
    /** Those that were pulled with a login. */
    CREDENTIALS,
    /** All, also those imported by hand. */
    ALWAYS,
    /** None: what is on the node is everybody's. */
    NEVER
  }

  static ImageSettings read(Section s) throws ConfigException {
    ImageSettings settings =
        new ImageSettings(
            (int) s.integer("MaxParallelPulls", 3, 1, 1_000),
            s.seconds("StallTimeout", Duration.ofMinutes(5)),
            (int) s.integer("Attempts", 6, 1, 1_000),
            s.parsed(
                "Verify",
                Verify.CREDENTIALS,
                "credentials, always or never",
                text -> Verify.valueOf(text.toUpperCase(Locale.ROOT))),
            (int) s.integer("HighWatermark", 85, 1, 100),
            (int) s.integer("LowWatermark", 80, 0, 99),
            s.secondsOrZero("MinimumAge", Duration.ofMinutes(2)),
            s.secondsOrZero("MaximumUnusedAge", Duration.ZERO),
            s.strings("Pinned", List.of()),
            s.seconds("CollectInterval", Duration.ofMinutes(5)));
    if (settings.lowWatermark() >= settings.highWatermark()) {
      throw s.problem("LowWatermark", " must be below HighWatermark, " + settings.highWatermark());
    }
    for (String pattern : settings.pinned()) {
      requirePattern(s, pattern);
    }
    s.warnOfUnknownKeys();
    return settings;
  }

  private static void requirePattern(Section s, String pattern) throws ConfigException {
    try {
      matcher(pattern);
    } catch (IllegalArgumentException e) {
      throw s.problem("Pinned", ": '" + pattern + "' is not a pattern");
    }
  }

  /** Whether an image with this full name is pinned by configuration. */
  public boolean pins(String name) {
    return pinned.stream().anyMatch(pattern -> matcher(pattern).matches(Path.of(name)));
  }

  private static PathMatcher matcher(String pattern) {
    return FileSystems.getDefault().getPathMatcher("glob:" + pattern);
  }
}
