package org.cranelet.config;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.parser.CronParser;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is pulled before any job needs it; under {@code Container.PrePull}.
 *
 * @param images the configuration's own list
 * @param schedule a cron expression of five fields in the machine's time zone; absent: none
 * @param window how long after its time a run may still begin pulls, the jitter included
 * @param jitter each node begins a random part of this later, so that not all begin at once; less
 *     than the window
 * @param atStart whether the daemon's start is also a time to run
 * @param parallel how many of them at once
 * @param attempts in all, for each image and run
 * @param deadline for each image and run from its turn on
 * @param directory whose {@code *.yaml} files hold more lists; they are read again when they change
 * @param diskThreshold percent of the image file system in use from which on nothing is pre-pulled
 */
public record PrePullSettings(
    List<Image> images,
    Optional<String> schedule,
    Duration window,
    Duration jitter,
    boolean atStart,
    int parallel,
    int attempts,
    Duration deadline,
    Path directory,
    int diskThreshold) {

  /**
   * One line of a list.
   *
   * @param reference as written
   * @param platform {@code os/architecture} it is meant for; absent: any
   * @param credentials a file in docker's configuration format that opens its registry
   * @param priority 0 to 100, the higher the earlier
   * @param source the file it stands in
   */
  public record Image(
      String reference,
      PullPolicy policy,
      Optional<String> platform,
      Optional<Path> credentials,
      int priority,
      String source) {}

  static PrePullSettings read(Section s) throws ConfigException {
    PrePullSettings settings =
        new PrePullSettings(
            images(s),
            schedule(s),
            s.seconds("Window", Duration.ofHours(4)),
            s.secondsOrZero("Jitter", Duration.ofMinutes(5)),
            s.bool("AtStart", true),
            (int) s.integer("Parallel", 1, 1, 1_000),
            (int) s.integer("Attempts", 3, 1, 1_000),
            s.seconds("Deadline", Duration.ofHours(6)),
            s.path("Directory", "/etc/crane/prepull.d"),
            (int) s.integer("DiskThreshold", 85, 0, 100));
    if (settings.jitter().compareTo(settings.window()) >= 0) { // some nodes could never begin
      throw s.problem("Jitter", " must be below Window, " + settings.window().toSeconds());
    }
    s.warnOfUnknownKeys();
    return settings;
  }

  /**
   * Reads one file of the directory: {@code Images}, as in the configuration.
   *
   * @throws ConfigException if it cannot be used, with file and line
   */
  public static List<Image> readFile(Path file) throws ConfigException {
    Effective effective = new Effective();
    Section s = new Section(file.toString(), "", ConfigFile.parse(file), effective);
    List<Image> images = images(s);
    s.warnOfUnknownKeys();
    if (!effective.warnings.isEmpty()) {
      throw new ConfigException(effective.warnings.getFirst());
    }
    return images;
  }

  private static List<Image> images(Section list) throws ConfigException {
    List<Image> images = new ArrayList<>();
    for (Section s : list.sectionsOrTexts("Images", "Image")) {
      images.add(
          new Image(
              NodeReader.required(s, "Image"),
              s.parsed(
                  "Policy",
                  PullPolicy.IF_NOT_PRESENT,
                  "Always or IfNotPresent",
                  PrePullSettings::policy),
              s.optionalString("Platform"),
              s.optionalString("Credentials").map(Path::of),
              (int) s.integer("Priority", 0, 0, 100),
              s.file()));
      s.warnOfUnknownKeys();
    }
    return List.copyOf(images);
  }

  private static PullPolicy policy(String text) {
    PullPolicy policy = PullPolicy.parse(text);
    if (policy == PullPolicy.NEVER) {
      throw new IllegalArgumentException(text);
    }
    return policy;
  }

  private static Optional<String> schedule(Section s) throws ConfigException {
    Optional<String> text = s.optionalString("Schedule").filter(t -> !t.isBlank());
    if (text.isPresent()) {
      try {
        new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX))
            .parse(text.get())
            .validate();
      } catch (IllegalArgumentException e) {
        throw s.problem(
            "Schedule",
            ": '"
                + text.get()
                + "' is not a cron expression (minute hour day month weekday): "
                + e.getMessage());
      }
    }
    return text;
  }
}
