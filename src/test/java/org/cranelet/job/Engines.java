package org.cranelet.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.cranelet.config.ConfigException;
import org.cranelet.config.ConfigLoader;
import org.cranelet.config.ConfigLoader.MachineFacts;
import org.cranelet.image.LoginStore;
import org.cranelet.metrics.Meters;
import org.cranelet.os.BootMoment;
import org.cranelet.os.RecordingCommands;
import org.cranelet.workspace.JournalStore;
import org.cranelet.workspace.StepLogs;
import org.jspecify.annotations.NullUnmarked;

/** Engines for tests. */
public final class Engines {
  private Engines() {}

  /**
   * One without a runtime: no job can start.
   *
   * @param dir where {@code logs} and {@code journal} are
   * @param settings of Container, as in a YAML flow mapping
   */
  @NullUnmarked
  public static Engine withoutRuntime(Path dir, String settings, LoginStore logins, Meters meters)
      throws IOException, ConfigException {
    Path config =
        Files.writeString(
            dir.resolve("config.yaml"),
            "Container: {Enabled: true, RuntimeEndpoint: /run/c.sock, " + settings + "}");
    Path logs = Files.createDirectories(dir.resolve("logs"));
    Path journal = Files.createDirectories(dir.resolve("journal"));
    return new Engine(
        () -> new BootMoment("boot", 0),
        "instance",
        ConfigLoader.load(config, new MachineFacts("cn15", 1, 1), Optional.empty()).container(),
        null,
        null,
        null,
        logins,
        List.of(),
        List.of(),
        new StepLogs(logs, new RecordingCommands()),
        new Journal(new JournalStore(journal)),
        meters);
  }
}
