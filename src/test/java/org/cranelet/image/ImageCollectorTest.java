package org.cranelet.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.cranelet.config.ImageSettings;
import org.cranelet.config.ImageSettings.Verify;
import org.cranelet.cri.ImageInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageCollectorTest {
  private static final int NEVER_EMPTY = Integer.MAX_VALUE;

  private final Path dir;
  private final FakeImageService runtime;
  private final ImageRecords records;
  private final ImageHolds holds = new ImageHolds();
  private final List<ImageInfo> there = new ArrayList<>();
  private Set<String> prePulled = Set.of();

  ImageCollectorTest(@TempDir Path dir) throws IOException {
    this.dir = dir;
    this.runtime = new FakeImageService(dir);
    this.records = ImageRecords.open(dir.resolve("records.json"), Verify.CREDENTIALS);
  }

  @AfterEach
  void close() {
    runtime.close();
  }

  // ---- when, and how much ----

  @Test
  void belowTheHighMarkNothingIsRemoved() throws Exception {
    // Given
    images("a", "b");
    runtime.disk(dir, 0);
    // When
    collector(marks(1, 0)).look();
    // Then
    assertThat(runtime.removed()).isEmpty();
  }

  @Test
  void fromTheHighMarkOnImagesGoUntilTheLowOneIsReachedTheLeastRecentlyUsedFirst()
      throws Exception {
    // Given
    images("a", "b", "c", "d");
    records.used(id("a")); // the first that came is the last that was used
    runtime.disk(dir, 2);
    ImageCollector collector = collector(marks(1, 0));
    // When
    collector.look();
    // Then
    assertThat(runtime.removed()).containsExactly(id("b"), id("c"));
    assertThat(collector.usedRatio()).isZero();
    assertThat(records.find(id("a"))).isPresent();
  }

  @Test
  void afterAPullTheImagesAreLookedAtOnlyIfTheDiskIsFull() throws Exception {
    // Given
    images("a", "b");
    runtime.disk(dir, 0);
    ImageCollector collector = collector(marks(1, 0));
    collector.lookIfFull();
    List<String> before = runtime.removed();
    runtime.disk(dir, 1);
    // When
    collector.lookIfFull();
    // Then
    assertThat(before).isEmpty();
    assertThat(runtime.removed()).containsExactly(id("a"));
  }

  @Test
  void howFullTheDiskIsIsToldFrom0To1() throws Exception {
    // Given
    runtime.disk(dir, NEVER_EMPTY);
    ImageCollector collector = collector(marks(100, 99));
    // When
    collector.look();
    // Then
    assertThat(collector.usedRatio()).isGreaterThan(0).isLessThanOrEqualTo(1);
    assertThat(collector.usedPercent()).isLessThanOrEqualTo(100);
  }

  @Test
  void aDiskThatCannotBeLookedAtIsNotFull() throws Exception {
    // Given
    images("a");
    runtime.disk(dir.resolve("missing"), NEVER_EMPTY);
    // When
    collector(marks(1, 0)).look();
    // Then
    assertThat(runtime.removed()).isEmpty();
  }

  @Test
  void whatNobodyUsedForLongGoesThoughThereIsRoom() throws Exception {
    // Given
    images("old", "older");
    has("new", Instant.now());
    // When
    collector(Settings.images(99, 98, Duration.ZERO, Duration.ofMinutes(1))).look();
    // Then
    assertThat(runtime.removed()).containsExactly(id("old"), id("older"));
  }

  @Test
  void withoutAMaximumNothingIsTooOld() throws Exception {
    // Given
    images("old");
    // When
    collector(marks(99, 98)).look();
    // Then
    assertThat(runtime.removed()).isEmpty();
  }

  @Test
  void aRuntimeThatIsAwayIsAskedNextTime() throws Exception {
    // Given
    images("a");
    runtime.disk(dir, 1);
    ImageCollector collector = collector(marks(1, 0));
    runtime.goAway();
    collector.look();
    collector.makeRoom();
    runtime.comeBack();
    // When
    collector.look();
    // Then
    assertThat(runtime.removed()).containsExactly(id("a"));
  }

  @Test
  void oneThatTheRuntimeKeepsDoesNotKeepTheOthers() throws Exception {
    // Given
    images("stuck", "next");
    runtime.disk(dir, NEVER_EMPTY);
    runtime.failRemoval(id("stuck"), Code.UNKNOWN, "image is used by something");
    // When
    collector(marks(1, 0)).look();
    // Then
    assertThat(runtime.removed()).containsExactly(id("next"));
    assertThat(records.find(id("stuck"))).isPresent();
  }

  // ---- what stays ----

  @Test
  void whatIsNeededOrPinnedOrNewStays() throws Exception {
    // Given
    images(
        "gone", "in-use", "used-by-digest", "held", "by-runtime", "sandbox", "listed", "pattern");
    has("new", Instant.now());
    runtime.has(id("used-by-digest"), name("used-by-digest"), "registry.example/x@sha256:77");
    runtime.uses(id("in-use"));
    runtime.uses("registry.example/x@sha256:77");
    holds.hold(id("held"));
    runtime.pins(id("by-runtime"));
    runtime.sandboxImage(name("sandbox"));
    prePulled = Set.of(name("listed"));
    runtime.disk(dir, NEVER_EMPTY);
    ImageCollector collector =
        collector(
            Settings.images(
                1, 0, Duration.ofMinutes(10), Duration.ZERO, "registry.example/*/pattern:*"));
    List<String> candidates = ids(collector.candidates());
    // When
    collector.look();
    // Then
    assertThat(runtime.removed()).containsExactly(id("gone"));
    assertThat(candidates).containsExactly(id("gone"));
  }

  @Test
  void whyAnImageIsPinnedIsTold() throws Exception {
    // Given
    images("plain", "by-runtime", "sandbox", "listed", "pattern");
    runtime.pins(id("by-runtime"));
    runtime.sandboxImage(name("sandbox"));
    prePulled = Set.of(name("listed"));
    // When
    List<ImageUse> all =
        collector(Settings.images(99, 98, Duration.ZERO, Duration.ZERO, "**/pattern:1")).images();
    // Then
    assertThat(all)
        .extracting(i -> i.id() + " " + i.pinned())
        .containsExactlyInAnyOrder(
            id("plain") + " ",
            id("by-runtime") + " runtime",
            id("sandbox") + " runtime",
            id("listed") + " pre-pull",
            id("pattern") + " configured");
  }

  @Test
  void oneThatAContainerWasMadeOfMeanwhileStays() throws Exception {
    // Given
    images("a", "b");
    runtime.afterContainerList(() -> runtime.uses(id("a")));
    // When
    collector(marks(1, 0)).removeAll();
    // Then
    assertThat(runtime.removed()).containsExactly(id("b"));
  }

  @Test
  void oneThatAWaitingJobWantsStays() throws Exception {
    // Given
    images("a", "b");
    ImageCollector collector = collector(marks(1, 0));
    collector.keep(() -> Set.of(name("a")));
    // When
    collector.removeAll();
    // Then
    assertThat(runtime.removed()).containsExactly(id("b"));
    assertThat(ids(collector.candidates())).isEmpty();
  }

  @Test
  void oneWhoseNameIsBeingPulledStays() throws Exception {
    // Given
    images("a", "b");
    holds.hold(name("a"));
    // When
    collector(marks(1, 0)).removeAll();
    // Then
    assertThat(runtime.removed()).containsExactly(id("b"));
  }

  @Test
  void oneThatAStepIsAboutToUseStays() throws Exception {
    // Given
    images("a", "b");
    runtime.disk(dir, NEVER_EMPTY);
    AtomicInteger looks = new AtomicInteger();
    runtime.beforeDiskLook(
        () -> {
          if (looks.incrementAndGet() == 2) { // the list of images is made
            hold("a");
          }
        });
    // When
    collector(marks(1, 0)).look();
    // Then
    assertThat(runtime.removed()).containsExactly(id("b"));
  }

  @Test
  void whatIsInUseWasUsedJustNow() throws Exception {
    // Given
    images("a");
    runtime.uses(id("a"));
    Instant before = Instant.now();
    // When
    List<ImageUse> all = collector(marks(99, 98)).images();
    // Then
    assertThat(all).hasSize(1);
    assertThat(all.getFirst().inUse()).isTrue();
    assertThat(all.getFirst().lastUsed()).isAfterOrEqualTo(before);
  }

  @Test
  void allIsToldOfAnImage() throws Exception {
    // Given
    runtime.has("sha256:1", "registry.example/a:1", "registry.example/a@sha256:2");
    // When
    List<ImageUse> all = collector(marks(99, 98)).images();
    // Then
    assertThat(all).hasSize(1);
    ImageUse image = all.getFirst();
    assertThat(image.tags()).containsExactly("registry.example/a:1");
    assertThat(image.digests()).containsExactly("registry.example/a@sha256:2");
    assertThat(image.sizeBytes()).isEqualTo(1 << 20);
    assertThat(image.everybody()).isTrue();
    assertThat(image.inUse()).isFalse();
  }

  // ---- when asked ----

  @Test
  void aDryRunRemovesNothingAndTellsWhatWouldGo() throws Exception {
    // Given
    images("a", "b");
    ImageCollector collector = collector(marks(99, 98));
    // When
    List<String> told = ids(collector.candidates());
    // Then
    assertThat(told).containsExactly(id("a"), id("b"));
    assertThat(runtime.removed()).isEmpty();
    assertThat(ids(collector.removeAll())).isEqualTo(told);
    assertThat(runtime.removed()).isEqualTo(told);
  }

  // ---- room for a pull ----

  @Test
  void roomIsMadeByOneImageAtLeast() throws Exception {
    // Given
    images("a", "b");
    runtime.disk(dir, 0); // it says that there is room
    // When
    collector(marks(99, 98)).makeRoom();
    // Then
    assertThat(runtime.removed()).containsExactly(id("a"));
  }

  @Test
  void roomIsMadeByOneThatCanGoIfTheFirstCannot() throws Exception {
    // Given
    images("a", "b", "c");
    runtime.disk(dir, 0);
    runtime.afterContainerList(() -> runtime.uses(id("a")));
    // When
    collector(marks(99, 98)).makeRoom();
    // Then
    assertThat(runtime.removed()).containsExactly(id("b"));
  }

  @Test
  void roomIsMadeDownToTheLowMark() throws Exception {
    // Given
    images("a", "b", "c");
    runtime.disk(dir, 2);
    // When
    collector(marks(99, 0)).makeRoom();
    // Then
    assertThat(runtime.removed()).containsExactly(id("a"), id("b"));
  }

  @Test
  void whereNothingMayGoNothingDoes() throws Exception {
    // Given
    images("a");
    runtime.uses(id("a"));
    // When
    collector(marks(99, 0)).makeRoom();
    // Then
    assertThat(runtime.removed()).isEmpty();
  }

  // ---- helpers ----

  private ImageCollector collector(ImageSettings settings) {
    return new ImageCollector(
        runtime.images(),
        runtime.runtime(),
        records,
        holds,
        settings,
        () -> prePulled,
        runtime.meters());
  }

  private static ImageSettings marks(int high, int low) {
    return Settings.images(high, low, Duration.ZERO, Duration.ZERO);
  }

  /** Images that came, and were used, one after the other, an hour ago. */
  private void images(String... names) {
    Instant at = Instant.now().minus(Duration.ofHours(1));
    for (String name : names) {
      has(name, at);
      at = at.plusSeconds(1);
    }
  }

  private void has(String name, Instant since) {
    runtime.has(id(name), name(name));
    there.add(new ImageInfo(id(name), List.of(name(name)), List.of(), 1, false));
    records.refresh(there, Set.of(), since);
  }

  private void hold(String name) {
    try {
      holds.hold(id(name));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> ids(List<ImageUse> images) {
    return images.stream().map(ImageUse::id).toList();
  }

  private static String id(String name) {
    return "sha256:" + name;
  }

  private static String name(String name) {
    return "registry.example/team/" + name + ":1";
  }
}
