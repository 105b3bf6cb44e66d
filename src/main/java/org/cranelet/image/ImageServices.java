package org.cranelet.image;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.cranelet.config.ContainerSettings;
import org.cranelet.cri.CriException;
import org.cranelet.cri.ImageClient;
import org.cranelet.cri.RuntimeClient;
import org.cranelet.cri.containerd.Downloads;
import org.cranelet.metrics.Meters;

/** All that deals with images on this node. */
public record ImageServices(
    Images images,
    Puller puller,
    PullWatch watch,
    ImageCollector collector,
    PrePuller prePuller,
    LoginStore logins)
    implements AutoCloseable {
  private static final Duration DISK_LOOK = Duration.ofSeconds(10);

  /**
   * Puts them together; nothing runs yet.
   *
   * @param directory of their own below {@code TempDir}
   * @param instance tells daemons that share a runtime directory apart
   */
  public static ImageServices open(
      ContainerSettings settings,
      Path directory,
      String instance,
      ImageClient client,
      RuntimeClient runtime,
      Downloads downloads,
      LoginFinder loginFiles,
      Meters meters)
      throws IOException {
    ImageRecords records =
        ImageRecords.open(directory.resolve("records.json"), settings.images().verify());
    ImageHolds holds = new ImageHolds();
    PrePullLists lists = new PrePullLists(settings.prePull());
    ImageCollector collector =
        new ImageCollector(
            client, runtime, records, holds, settings.images(), lists::names, meters);
    Puller puller =
        new Puller(
            client,
            records,
            Puller.Limits.of(settings.images(), settings.deadlines().pullImage()),
            collector,
            meters);
    PullWatch watch =
        new PullWatch(
            puller, downloads::list, () -> unpacked(client), settings.images().stallTimeout());
    Images images = new Images(client, puller, records, holds, settings.defaultPullPolicy());
    PrePuller prePuller =
        new PrePuller(
            images,
            lists,
            settings.prePull(),
            collector::usedPercent,
            loginFiles,
            directory.resolve("prepull.json"),
            DISK_LOOK);
    return new ImageServices(
        images,
        puller,
        watch,
        collector,
        prePuller,
        LoginStore.open(settings.runtimeDir(), instance));
  }

  private static OptionalLong unpacked(ImageClient client) {
    try {
      return OptionalLong.of(client.usedBytes());
    } catch (CriException e) {
      return OptionalLong.empty();
    }
  }

  /**
   * All images of the node.
   *
   * @throws ImageException if the runtime is away
   */
  public List<ImageUse> list() throws ImageException {
    return asked(collector::images);
  }

  /** What {@link #removeUnneeded} would remove now, the least recently used first. */
  public List<ImageUse> unneeded() throws ImageException {
    return asked(collector::candidates);
  }

  /** Removes all that nobody needs, as if the disk were full. */
  public List<ImageUse> removeUnneeded() throws ImageException {
    return asked(collector::removeAll);
  }

  private static List<ImageUse> asked(Supplier<List<ImageUse>> question) throws ImageException {
    try {
      return question.get();
    } catch (CriException e) {
      throw new ImageException(String.valueOf(e.getMessage()));
    }
  }

  /** Gives up all pulls; what waits for them goes on after the restart. */
  @Override
  public void close() {
    prePuller.close();
    puller.close();
  }
}
