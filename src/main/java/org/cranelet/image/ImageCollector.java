package org.cranelet.image;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.cranelet.config.ImageSettings;
import org.cranelet.cri.CriException;
import org.cranelet.cri.ImageClient;
import org.cranelet.cri.ImageInfo;
import org.cranelet.cri.RuntimeClient;
import org.cranelet.metrics.Meters;
import org.cranelet.os.Guard;
import org.jboss.logging.Logger;

/**
 * Keeps the disk from filling up with images: removes the least recently used ones between two
 * marks, and those nobody used for long. Never one that a container is made of or is about to be,
 * that is pinned, or that has just come.
 */
public final class ImageCollector implements Puller.Disk {
  private static final Logger LOG = Logger.getLogger(ImageCollector.class);

  private final ImageClient client;
  private final RuntimeClient runtime;
  private final ImageRecords records;
  private final ImageHolds holds;
  private final ImageSettings settings;
  private final Supplier<Set<String>> prePulled;
  private final Meters meters;
  private final Guard oneAtATime = new Guard();
  private volatile Supplier<Set<String>> wanted = Set::of;
  private volatile double used;

  /**
   * @param prePulled the names on pre-pull lists
   */
  ImageCollector(
      ImageClient client,
      RuntimeClient runtime,
      ImageRecords records,
      ImageHolds holds,
      ImageSettings settings,
      Supplier<Set<String>> prePulled,
      Meters meters) {
    this.client = client;
    this.runtime = runtime;
    this.records = records;
    this.holds = holds;
    this.settings = settings;
    this.prePulled = prePulled;
    this.meters = meters;
  }

  /**
   * Leaves alone what somebody will need though nothing runs of it yet.
   *
   * @param wanted full names of images
   */
  public void keep(Supplier<Set<String>> wanted) {
    this.wanted = wanted;
  }

  /** Looks at the images and the disk, and removes what has to go. */
  public void look() {
    try (var _ = oneAtATime.hold()) {
      List<ImageUse> all = images();
      if (!settings.maximumUnusedAge().isZero()) {
        remove(all, this::isUnusedForLong, _ -> true, "unused");
      }
      if (usedPercent() >= settings.highWatermark()) {
        remove(images(), _ -> true, _ -> isAboveLowMark(), "disk");
      }
    } catch (CriException e) {
      LOG.debugf("images cannot be looked at: %s", e.getMessage());
    }
  }

  @Override
  public void lookIfFull() {
    try {
      if (usedPercent() >= settings.highWatermark()) {
        look();
      }
    } catch (CriException e) {
      LOG.debugf("the disk cannot be looked at: %s", e.getMessage());
    }
  }

  /** Removes down to the low mark, one image at least. */
  @Override
  public void makeRoom() {
    try (var _ = oneAtATime.hold()) {
      remove(images(), _ -> true, soFar -> soFar == 0 || isAboveLowMark(), "disk");
    } catch (CriException e) {
      LOG.warnf("no room can be made for an image: %s", e.getMessage());
    }
  }

  /** What {@link #removeAll} would remove now, the least recently used first. */
  public List<ImageUse> candidates() {
    return images().stream().filter(this::isCandidate).sorted(LEAST_RECENTLY_USED).toList();
  }

  /** Removes all that nobody needs, as if the disk were full. */
  public List<ImageUse> removeAll() {
    try (var _ = oneAtATime.hold()) {
      return remove(images(), _ -> true, _ -> true, "asked");
    }
  }

  private static final Comparator<ImageUse> LEAST_RECENTLY_USED =
      Comparator.comparing(ImageUse::lastUsed);

  private boolean isAboveLowMark() {
    return usedPercent() > settings.lowWatermark();
  }

  private List<ImageUse> remove(
      List<ImageUse> all, Predicate<ImageUse> which, IntPredicate more, String reason) {
    List<ImageUse> removed = new ArrayList<>();
    for (ImageUse image : all.stream().sorted(LEAST_RECENTLY_USED).toList()) {
      if (!isCandidate(image) || !which.test(image)) {
        continue;
      }
      if (!more.test(removed.size())) {
        break;
      }
      if (remove(image, reason)) {
        removed.add(image);
      }
    }
    return removed;
  }

  /** One that the runtime will not let go must not keep the others. */
  private boolean remove(ImageUse use, String reason) {
    try {
      return removeUnlessUsed(use, reason);
    } catch (CriException.Refused | CriException.DeadlineExceeded e) {
      LOG.warnf("image=%s cannot be removed: %s", use.id(), e.getMessage());
      return false;
    }
  }

  private boolean removeUnlessUsed(ImageUse use, String reason) {
    String id = use.id();
    Set<String> idAndNames = use.names().collect(Collectors.toSet());
    idAndNames.add(id);
    boolean removed = holds.unlessHeld(idAndNames, () -> removeIfUnused(id, idAndNames));
    if (removed) {
      meters.imageRemoved(reason);
      LOG.infof("image=%s removed (%s): %s, last used %s", id, reason, use.tags(), use.lastUsed());
    }
    return removed;
  }

  /**
   * Looks again, for each image anew and while nobody can hold it: a container made of it before is
   * in the answer, one that is to be made waits. One answer for the whole round would miss
   * containers whose hold was let go since, and those of others, who hold nothing.
   */
  private boolean removeIfUnused(String id, Set<String> idAndNames) {
    if (!Collections.disjoint(idAndNames, inUse())) {
      return false;
    }
    Optional<ImageRecords.Known> known = records.find(id);
    client.remove(id);
    known.ifPresent(k -> records.forget(id, k));
    return true;
  }

  /** What containers are made of, and what jobs that wait want one of. */
  private Set<String> inUse() {
    Set<String> all = new HashSet<>(runtime.imagesInUse());
    all.addAll(wanted.get());
    return all;
  }

  private boolean isCandidate(ImageUse image) {
    return !image.inUse()
        && image.pinned().isEmpty()
        && age(image.firstSeen()).compareTo(settings.minimumAge()) >= 0;
  }

  private boolean isUnusedForLong(ImageUse image) {
    return age(image.lastUsed()).compareTo(settings.maximumUnusedAge()) > 0;
  }

  private static Duration age(Instant at) {
    return Duration.between(at, Instant.now());
  }

  // ---- what is there ----

  /** All images of the node, with a record each from now on. */
  public List<ImageUse> images() {
    Instant asked = Instant.now();
    List<ImageInfo> all = client.list();
    Set<String> used = inUse();
    Set<String> inUse = new HashSet<>();
    all.stream().filter(i -> isUsed(i, used)).forEach(i -> inUse.add(i.id()));
    records.refresh(all, inUse, asked);
    Optional<String> sandboxImage = runtime.facts().sandboxImage();
    Set<String> listed = prePulled.get();
    return all.stream()
        .map(i -> use(i, inUse.contains(i.id()), pinned(i, sandboxImage, listed), asked))
        .toList();
  }

  private static boolean isUsed(ImageInfo image, Set<String> used) {
    return used.contains(image.id()) || image.names().anyMatch(used::contains);
  }

  private ImageUse use(ImageInfo image, boolean inUse, String pinned, Instant now) {
    ImageRecords.Known known =
        records.find(image.id()).orElseGet(() -> new ImageRecords.Known(now, now, false, Set.of()));
    return new ImageUse(
        image.id(),
        image.tags(),
        image.digests(),
        image.sizeBytes(),
        known.firstSeen(),
        known.lastUsed(),
        pinned,
        inUse || holds.isHeld(image.id()),
        records.isForEverybody(known),
        known.users());
  }

  private String pinned(ImageInfo image, Optional<String> sandboxImage, Set<String> listed) {
    if (image.pinned() || sandboxImage.filter(image::isCalled).isPresent()) {
      return "runtime";
    }
    if (listed.stream().anyMatch(image::isCalled)) {
      return "pre-pull";
    }
    return image.names().anyMatch(settings::pins) ? "configured" : "";
  }

  // ---- the disk ----

  /** How full the fullest file system with images is, 0 to 100. */
  double usedPercent() {
    double most = 0;
    for (Path directory : client.fileSystems()) {
      try {
        FileStore store = Files.getFileStore(directory);
        long total = store.getTotalSpace();
        most = Math.max(most, total == 0 ? 0 : 100.0 * (total - store.getUsableSpace()) / total);
      } catch (IOException e) {
        LOG.debugf("%s cannot be looked at: %s", directory, e.getMessage());
      }
    }
    used = most;
    return most;
  }

  /** How full it was at the last look, 0 to 1. */
  public double usedRatio() {
    return used / 100;
  }
}
