package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.StreamSupport;
import org.cranelet.proto.crane.ContainerJobAdditionalMeta.ImageInfo;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * On a small file system: what nobody needs goes before the disk is full, and no job that starts
 * ever misses what went (fault 20).
 */
@Tag("registry")
class ImageCollectionIT {
  private static final int DISK_MIB = 400;
  private static final int IMAGE_MIB = 20;
  private static final double ONE_IMAGE = (double) IMAGE_MIB / DISK_MIB;
  private static final String UNTIL_STOPPED = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

  private static SmallTestbed small;

  private FaultyRegistry registry;
  private NodeUnderTest node;

  @BeforeAll
  static void mount() {
    small = new SmallTestbed(DISK_MIB);
  }

  @AfterAll
  static void unmount() {
    small.close();
  }

  @BeforeEach
  void listen() {
    registry = FaultyRegistry.listeningFor(small.testbed);
  }

  @AfterEach
  void close() {
    try {
      node.close();
    } finally {
      registry.close();
    }
  }

  private void start(String settings, String... more) {
    List<String> lines = new ArrayList<>(List.of(more));
    lines.add(settings);
    node = new NodeUnderTest(small.testbed, lines.toArray(String[]::new));
    node.start();
  }

  /** Takes its whole size on the disk, and next to nothing on the wire. */
  private String push(String name) {
    return registry.push(TestImage.of(name, Layer.zeros("zeros", (long) IMAGE_MIB << 20)));
  }

  private void run(Submitter submitter, String image) {
    String id = submitter.submitOf(ImageInfo.newBuilder().setImage(image).build(), "true");
    assertThat(submitter.awaitAllEnded(Set.of(id)))
        .as(() -> node.inspect(id).toPrettyString())
        .containsValue("Completed");
  }

  private List<String> collect(String... options) {
    List<String> args = new ArrayList<>(List.of("gc", "--images", "--json"));
    args.addAll(List.of(options));
    JsonNode removed =
        NodeUnderTest.json(node.cranelet(args.toArray(String[]::new)).mustSucceed().out());
    return StreamSupport.stream(removed.spliterator(), false)
        .map(i -> i.path("references").path(0).asText())
        .toList();
  }

  @Test
  void aSmallDiskFilledWithImagesStaysBelowTheHighMarkWhileEveryJobStarts() {
    String pinned = push("pinned");
    String listed = push("listed");
    String inUse = push("in-use");
    start(
        "Images: {HighWatermark: 70, LowWatermark: 50, CollectInterval: 1, MinimumAge: 1, Pinned:"
            + " [\""
            + pinned.replaceFirst(":1$", "*")
            + "\", \"docker.io/library/busybox:*\"]}",
        "PrePull: {Jitter: 0, Images: [\"" + listed + "\"]}");
    double fullest = 0;
    try (Submitter submitter = new Submitter(node)) {
      run(submitter, pinned);
      String runs = node.runDetached("-c", "0.1", "--mem", "50M", inUse, "sh", "-c", UNTIL_STOPPED);
      node.awaitState(runs, "Running");
      Until.holds("the list is there", () -> registry.runtime.has(listed));

      for (int i = 0; i < 30; i++) { // half again as much as the disk holds
        run(submitter, push("fills"));
        fullest = Math.max(fullest, small.used());
      }

      assertThat(node.state(runs)).isEqualTo("Running");
      node.ccon("stop", runs).mustSucceed();
    }
    assertThat(fullest).as("at its fullest").isLessThan(0.70 + ONE_IMAGE).isGreaterThan(0.5);
    assertThat(List.of(pinned, listed, inUse)).allMatch(registry.runtime::has);
    assertThat(registry.runtime.names(registry.host()))
        .as("of 33 images, two names each")
        .hasSizeLessThan(2 * 20);
    assertThat(node.wholeLog()).doesNotContain("No space left");
  }

  @Test
  void aCollectionOnDemandTellsFirstAndThenRemovesTheSameLeastRecentlyUsedFirst() {
    String pinned = push("pinned");
    String older = push("older");
    String newer = push("newer");
    String inUse = push("in-use");
    start("Images: {MinimumAge: 0, Pinned: [\"" + pinned + "\", \"docker.io/library/busybox:*\"]}");
    try (Submitter submitter = new Submitter(node)) {
      for (String image : List.of(pinned, newer, older, newer)) {
        run(submitter, image);
      }
    }
    String runs = node.runDetached("--mem", "50M", inUse, "sh", "-c", UNTIL_STOPPED);
    node.awaitState(runs, "Running");

    List<String> wouldGo = collect("--dry-run");
    assertThat(wouldGo).containsExactly(older, newer);
    assertThat(List.of(pinned, older, newer, inUse)).allMatch(registry.runtime::has);

    assertThat(collect()).isEqualTo(wouldGo);
    assertThat(List.of(pinned, inUse)).allMatch(registry.runtime::has);
    assertThat(List.of(older, newer)).noneMatch(registry.runtime::has);
    String all = node.cranelet("images").mustSucceed().out();
    assertThat(all).contains(pinned, inUse, "in use").doesNotContain(older);
    node.ccon("stop", runs).mustSucceed();
  }

  @Test
  void anImageThatNobodyUsedForTheMaximumAgeGoesThoughTheDiskIsEmpty() {
    String image = push("old");
    start(
        NodeUnderTest.images(
            "CollectInterval: 1, MinimumAge: 0, MaximumUnusedAge: 2, HighWatermark: 99"));
    try (Submitter submitter = new Submitter(node)) {
      run(submitter, image);

      Until.holds("it is gone", () -> !registry.runtime.has(image));

      run(submitter, image);
    }
  }

  @Test
  void anImageYoungerThanTheMinimumAgeStays() {
    String image = push("young");
    start(NodeUnderTest.images("MinimumAge: 600"));
    try (Submitter submitter = new Submitter(node)) {
      run(submitter, image);
    }

    assertThat(collect()).isEmpty();
    assertThat(registry.runtime.has(image)).isTrue();
  }

  @Test
  void aCollectionThatNeverEndsNeverTakesAnImageFromAJobThatStarts() {
    List<String> images = List.of(push("one"), push("two"), push("three"));
    start(NodeUnderTest.images("MinimumAge: 0"));
    AtomicBoolean done = new AtomicBoolean();
    var collected =
        CompletableFuture.supplyAsync(
            () -> {
              Set<String> all = new LinkedHashSet<>();
              while (!done.get()) {
                all.addAll(collect());
              }
              return all;
            });

    try (Submitter submitter = new Submitter(node)) {
      for (int round = 0; round < 8; round++) {
        Set<String> ids = new LinkedHashSet<>();
        for (String image : images) {
          ids.add(submitter.submitOf(ImageInfo.newBuilder().setImage(image).build(), "true"));
        }
        assertThat(submitter.awaitAllEnded(ids).values())
            .as(() -> ids.stream().map(node::inspect).toList().toString())
            .containsOnly("Completed");
      }
    } finally {
      done.set(true);
    }

    assertThat(collected.join()).as("what was collected").containsAll(images);
  }

  @Test
  void onlyRootMayCollectAndLookAtAllImages() {
    start(NodeUnderTest.images(""));

    for (String[] what : new String[][] {{"gc", "--images", "--dry-run"}, {"images"}}) {
      var result = node.craneletAs(NodeUnderTest.ALICE, what);

      assertThat(result.exit()).isNotZero();
      assertThat(result.err()).contains("only root may").hasLineCount(1);
    }
  }
}
