package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cranelet.it.PullingNode.nameIn;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.cranelet.it.FaultyRegistry.Kind;
import org.cranelet.proto.crane.ContainerJobAdditionalMeta.ImageInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Registries that stall, refuse and break off, and those who wait for them (faults 16 to 18). */
@Tag("faults")
class PullFaultsIT {
  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;
  private static final long NANOS = 1_000_000_000L;

  /** Well below the half minute that six tries with their pauses would take. */
  private static final int AT_ONCE_SECONDS = 15;

  @RegisterExtension final PullingNode pulling = new PullingNode();

  // ---- 16: stalls ----

  @Test
  void aRegistryThatStallsInTheMiddleOfALayerIsTriedAgainAndTheJobRuns() {
    pulling.start(NodeUnderTest.images("StallTimeout: 2"));
    TestImage image = TestImage.of("stalls", Layer.random("random", 512 * KIB));
    String name = pulling.registry.push(image);
    Stall stall = pulling.registry.stallNext();

    var run = pulling.startRun(0, Map.of(), name);
    stall.await();

    assertThat(run.await().mustSucceed().out()).isEqualTo(nameIn(image));
    assertThat(pulling.registry.resolves()).as("tries").isEqualTo(2);
  }

  @Test
  void aSlowUnpackIsNotTakenForAStall() {
    pulling.start(NodeUnderTest.images("StallTimeout: 2, Attempts: 1"));
    Layer[] layers = {Layer.random("random", 4 * MIB), Layer.zeros("zeros", 1024L * MIB)};
    TestImage image = TestImage.of("unpacks", layers);
    String name = pulling.registry.push(image);
    // Whether layers arrive is looked at every second: fast ones would be there unseen.
    pulling.registry.throttle(2L * MIB);

    var run = pulling.startRun(0, Map.of(), name);
    Until.holds(
        "all layers have been sent", () -> pulling.registry.bytesSent() > image.bytesToPull());
    long start = System.nanoTime();

    assertThat(run.await().mustSucceed().out()).isEqualTo(nameIn(image));
    assertThat(System.nanoTime() - start).as("nothing was slow").isGreaterThan(2 * NANOS);
    assertThat(pulling.registry.resolves()).as("tries").isEqualTo(1);
  }

  @Test
  void aLayerThatComesSlowlyButComesIsNotTakenForAStall() {
    pulling.start(NodeUnderTest.images("StallTimeout: 3, Attempts: 1"));
    TestImage image = TestImage.of("slow", Layer.random("random", 5 * MIB));
    String name = pulling.registry.push(image);
    pulling.registry.throttle(MIB); // containerd tells of bytes by the MiB

    assertThat(pulling.run(name).mustSucceed().out()).isEqualTo(nameIn(image));
  }

  // ---- 17: single flight ----

  @Test
  void fiftyConcurrentRunsOfOneAbsentImageMakeOnePull() {
    pulling.start();
    TestImage image = TestImage.of("fifty", Layer.random("random", 64 * KIB));
    String name = pulling.registry.push(image);
    Stall stall = pulling.registry.stallNext();

    List<Programs.Running> runs = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    try (Submitter submitter = new Submitter(pulling.node)) {
      for (int i = 0; i < 10; i++) {
        runs.add(pulling.startRun(0, Map.of(), name));
      }
      for (int i = 0; i < 40; i++) { // without a process for each
        ids.add(submitter.submitOf(ImageInfo.newBuilder().setImage(name).build(), "true"));
      }
      pulling.awaitWaiting(name, 50);
      stall.release();

      assertThat(submitter.awaitAllEnded(ids))
          .hasSize(40)
          .containsValue("Completed")
          .doesNotContainValue("Failed");
    }
    assertThat(runs)
        .allSatisfy(r -> assertThat(r.await().mustSucceed().out()).isEqualTo(nameIn(image)));
    assertThat(pulling.registry.resolves()).as("pulls").isEqualTo(1);
    assertThat(pulling.registry.blobGets())
        .hasSize(3)
        .allSatisfy((digest, times) -> assertThat(times).as(digest).isEqualTo(1));
    assertThat(pulling.metric("cranelet_image_pulls_total{outcome=\"ok\"}")).isEqualTo(1);
  }

  @Test
  void aWaiterThatIsCancelledLeavesTheOthersTheirPull() {
    pulling.start();
    TestImage image = TestImage.of("waiters", Layer.random("random", 64 * KIB));
    String name = pulling.registry.push(image);
    Stall stall = pulling.registry.stallNext();
    String leaves = pulling.submit(name);
    String stays = pulling.submit(name);
    pulling.awaitWaiting(name, 2);
    stall.await();

    pulling.node.ccon("stop", leaves).mustSucceed();
    pulling.node.awaitState(leaves, "Cancelled");
    pulling.awaitWaiting(name, 1);
    stall.release();

    pulling.assertRan(stays, image);
    assertThat(pulling.registry.resolves()).as("pulls").isEqualTo(1);
  }

  @Test
  void whenTheLastWaiterIsCancelledNothingMoreIsFetched() {
    pulling.start();
    TestImage image = TestImage.of("nobody", Layer.random("random", 4 * MIB));
    String name = pulling.registry.push(image);
    pulling.registry.throttle(128 * KIB);
    String one = pulling.submit(name);
    String two = pulling.submit(name);
    pulling.awaitWaiting(name, 2);
    Until.holds("bytes come", () -> pulling.registry.bytesSent() > 32 * KIB);

    pulling.node.ccon("stop", one, two).mustSucceed();

    Until.holds("nothing is being sent", () -> pulling.registry.transfers() == 0);
    assertThat(pulling.registry.bytesSent()).isLessThan(image.bytesToPull());
    assertThat(pulling.pulls()).isEmpty();
    assertThat(pulling.metric("cranelet_image_pulls_total{outcome=\"cancelled\"}")).isEqualTo(1);
    pulling.node.awaitState(one, "Cancelled");
    pulling.node.awaitState(two, "Cancelled");
    assertThat(pulling.registry.runtime.has(name)).isFalse();
  }

  // ---- 18: refusals ----

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404})
  void whatWouldBeRefusedAgainFailsAtOnceAndSaysWhatTheRegistrySaid(int status) {
    pulling.start();
    String name = pulling.registry.push(TestImage.tiny("refused"));
    pulling.registry.refuse(Kind.MANIFEST, status);

    var result = pulling.run(name);

    assertThat(result.exit()).isEqualTo(125);
    assertThat(result.err())
        .contains(pulling.registry.host(), name, status == 404 ? "not found" : "" + status)
        .hasLineCount(1);
    assertThat(pulling.registry.resolves()).as("tries").isEqualTo(1);
    assertThat(pulling.metric("cranelet_image_pulls_total{outcome=\"failed\"}")).isEqualTo(1);
  }

  static Stream<Arguments> passing() {
    Consumer<FaultyRegistry> vanishes = FaultyRegistry::vanish;
    return Stream.of(
        refusing(429, "Retry-After", "1"),
        refusing(500),
        refusing(503),
        Arguments.of("a registry that is not there", vanishes, "connection refused"));
  }

  private static Arguments refusing(int status, String... headers) {
    Consumer<FaultyRegistry> refuses = r -> r.refuse(Kind.MANIFEST, status, headers);
    return Arguments.of(Integer.toString(status), refuses, Integer.toString(status));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("passing")
  void whatMayPassIsTriedAgainAndTheReasonIsShownMeanwhile(
      String what, Consumer<FaultyRegistry> fault, String reason) {
    pulling.start();
    TestImage image = TestImage.of("passes", Layer.random("random", 64 * KIB));
    String name = pulling.registry.push(image);
    fault.accept(pulling.registry);
    String id = pulling.submit(name);

    assertThat(pulling.awaitRetry(name)).contains(reason);
    pulling.registry.heal();

    pulling.assertRan(id, image);
  }

  /** By cranelet, or by a runtime that does so itself (containerd from 2.0 on). */
  @Test
  void aLayerWhoseConnectionBreaksIsAskedForAgainAndTheJobRuns() {
    pulling.start();
    TestImage image = TestImage.of("breaks", Layer.random("random", 64 * KIB));
    String name = pulling.registry.push(image);
    pulling.registry.breakNext(1000);
    String id = pulling.submit(name);

    Until.holds(
        "a layer is asked for again",
        () -> pulling.registry.blobGets().values().stream().anyMatch(n -> n > 1));
    pulling.registry.heal();

    pulling.assertRan(id, image);
  }

  @Test
  void afterItsLastTryThePullFailsWithWhatTheRegistrySaid() {
    pulling.start(NodeUnderTest.images("Attempts: 2"));
    String name = pulling.registry.push(TestImage.tiny("refused"));
    pulling.registry.refuse(Kind.MANIFEST, 503);
    assertThatThrownBy(() -> pulling.registry.runtime.pull(name)).hasMessageContaining("503");
    long requestsOfOneTry = pulling.registry.resolves(); // some runtimes ask twice
    pulling.registry.forget();

    var result = pulling.run(name);

    assertThat(result.exit()).isEqualTo(125);
    assertThat(result.err()).contains(name, "503");
    assertThat(pulling.registry.resolves()).isEqualTo(2 * requestsOfOneTry);
  }

  @Test
  void aCertificateThatNobodyTrustsFailsAtOnce() {
    pulling.start();
    try (var distrusted = FaultyRegistry.distrusted()) {
      String name = distrusted.push(TestImage.tiny("tls"));
      long start = System.nanoTime();

      var result = pulling.run(name);

      assertThat(result.exit()).isEqualTo(125);
      assertThat(result.err()).contains(name, distrusted.host(), "certificate").hasLineCount(1);
      assertAtOnce(start);
    }
  }

  @Test
  void aHostThatNobodyKnowsFailsAtOnce() {
    pulling.start();
    long start = System.nanoTime();

    var result = pulling.run("no-such-host.invalid/it/nothing:1");

    assertThat(result.exit()).isEqualTo(125);
    assertThat(result.err())
        .contains("no-such-host.invalid/it/nothing:1", "no such host")
        .hasLineCount(1);
    assertAtOnce(start);
  }

  private static void assertAtOnce(long start) {
    assertThat((System.nanoTime() - start) / NANOS).as("seconds").isLessThan(AT_ONCE_SECONDS);
  }
}
