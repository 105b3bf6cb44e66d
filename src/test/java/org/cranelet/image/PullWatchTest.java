package org.cranelet.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.cranelet.config.ImageSettings.Verify;
import org.cranelet.cri.containerd.Downloads.Download;
import org.cranelet.image.PullProgress.State;
import org.cranelet.image.reference.Reference;
import org.cranelet.it.Until;
import org.cranelet.pod.StepRef;
import org.cranelet.transport.RpcException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PullWatchTest {
  private static final String IMAGE = "registry.example/team/tool:1";
  private static final String OTHER = "registry.example/team/other:1";
  private static final Duration SHORT = Duration.ofMillis(20);
  private static final Duration LONG = Duration.ofHours(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final FakeImageService runtime;
  private final Puller puller;
  private final AtomicInteger steps = new AtomicInteger();
  private Optional<List<Download>> downloads = Optional.of(List.of());
  private OptionalLong unpacked = OptionalLong.of(1000);

  PullWatchTest(@TempDir Path dir) throws IOException {
    runtime = new FakeImageService(dir);
    runtime.publishes(IMAGE, "sha256:1");
    runtime.publishes(OTHER, "sha256:2");
    runtime.hold(IMAGE);
    runtime.hold(OTHER);
    puller =
        new Puller(
            runtime.images(),
            ImageRecords.open(dir.resolve("records.json"), Verify.CREDENTIALS),
            new Puller.Limits(3, 10_000, MINUTE, Duration.ofMillis(1)),
            new FakeDisk(),
            runtime.meters());
  }

  @AfterEach
  void close() {
    puller.close();
    runtime.close();
  }

  // ---- how far it is ----

  @Test
  void stagesAndBytesAreTold() {
    // Given
    PullWatch watch = watch(LONG);
    pull(IMAGE);
    watch.look();
    PullProgress first = progress(IMAGE);
    // When
    seen(layer("a", 10, 100), layer("b", 0, 50), download("manifest-sha256:c", 1, 2));
    watch.look();
    PullProgress second = progress(IMAGE);
    seen(layer("b", 50, 50)); // the other one has arrived
    watch.look();
    // Then
    PullProgress third = progress(IMAGE);
    assertThat(first.state()).isEqualTo(State.RESOLVING);
    assertThat(second)
        .extracting(PullProgress::state, PullProgress::bytes, PullProgress::totalBytes)
        .containsExactly(State.PULLING, 10L, 150L);
    assertThat(third)
        .extracting(PullProgress::state, PullProgress::bytes, PullProgress::totalBytes)
        .containsExactly(State.UNPACKING, 150L, 150L);
    assertThat(third.shared()).isFalse();
    assertThat(third.attempt()).isEqualTo(1);
  }

  @Test
  void aLayerThatBeginsLaterTakesItBackToPulling() {
    // Given
    PullWatch watch = watch(LONG);
    pull(IMAGE);
    seen(layer("a", 100, 100));
    watch.look();
    State before = progress(IMAGE).state();
    // When
    seen(layer("b", 1, 100));
    watch.look();
    // Then
    assertThat(before).isEqualTo(State.UNPACKING);
    assertThat(progress(IMAGE).state()).isEqualTo(State.PULLING);
    assertThat(progress(IMAGE).bytes()).isEqualTo(101);
  }

  @Test
  void aLayerWhoseSizeNobodySaidIsBeingPulled() {
    // Given
    PullWatch watch = watch(LONG);
    pull(IMAGE);
    // When
    seen(layer("a", 0, 0));
    watch.look();
    // Then
    assertThat(progress(IMAGE).state()).isEqualTo(State.PULLING);
  }

  @Test
  void aLayerThatBeganWhileOnePullWentOnIsThatPulls() {
    // Given
    PullWatch watch = watch(LONG);
    pull(IMAGE);
    seen(layer("a", 10, 100));
    watch.look();
    pull(OTHER);
    // When
    seen(layer("a", 20, 100));
    watch.look();
    // Then
    assertThat(progress(IMAGE).bytes()).isEqualTo(20);
    assertThat(progress(OTHER).bytes()).isZero();
    assertThat(progress(IMAGE).shared()).isFalse();
    assertThat(progress(OTHER).state()).isEqualTo(State.RESOLVING);
  }

  @Test
  void aLayerThatBeganWhileTwoWentOnIsSharedByThem() {
    // Given
    PullWatch watch = watch(LONG);
    pull(IMAGE);
    pull(OTHER);
    // When
    seen(layer("a", 10, 100));
    watch.look();
    // Then
    for (String image : List.of(IMAGE, OTHER)) {
      assertThat(progress(image).bytes()).isEqualTo(10);
      assertThat(progress(image).shared()).isTrue();
    }
  }

  @Test
  void whatAnEarlierPullLeftBehindIsNobodysUntilItMoves() {
    // Given
    PullWatch watch = watch(LONG);
    Download left = new Download("layer-a", 10, 100, Instant.now().minusSeconds(60));
    pull(IMAGE);
    downloads = Optional.of(List.of(left));
    watch.look();
    long before = progress(IMAGE).bytes();
    // When
    seen(layer("a", 11, 100));
    watch.look();
    // Then
    assertThat(before).isZero();
    assertThat(progress(IMAGE).bytes()).isEqualTo(11);
  }

  @Test
  void aLayerOfAPullThatWasGivenUpIsTheNextOnesOnceItMoves() {
    // Given
    PullWatch watch = watch(LONG);
    pull(OTHER);
    seen(layer("other", 1, 100));
    watch.look();
    Puller.Ticket first = pull(IMAGE);
    seen(layer("other", 2, 100), layer("a", 10, 100));
    watch.look();
    first.close();
    pull(IMAGE); // the same image again, and the other goes on all the while
    // When
    seen(layer("other", 3, 100), layer("a", 20, 100));
    watch.look();
    // Then
    assertThat(progress(IMAGE).bytes()).isEqualTo(20);
    assertThat(progress(IMAGE).state()).isEqualTo(State.PULLING);
  }

  @Test
  void whatAPullThatWasGivenUpLeftBehindIsNotTheOthers() {
    // Given
    PullWatch watch = watch(LONG);
    Puller.Ticket first = pull(IMAGE);
    seen(layer("a", 10, 100));
    watch.look();
    pull(OTHER);
    seen(layer("a", 20, 100));
    watch.look();
    // When
    first.close();
    watch.look();
    watch.look();
    // Then
    assertThat(progress(OTHER).bytes()).isZero();
    assertThat(progress(OTHER).state()).isEqualTo(State.RESOLVING);
  }

  @Test
  void ofARuntimeThatCannotTellOnlyTheStageIsKnown() {
    // Given
    PullWatch watch = watch(LONG);
    pull(IMAGE);
    downloads = Optional.empty();
    // When
    watch.look();
    // Then
    assertThat(progress(IMAGE))
        .extracting(PullProgress::state, PullProgress::bytes, PullProgress::totalBytes)
        .containsExactly(State.RESOLVING, 0L, 0L);
  }

  // ---- stalls ----

  @Test
  void aDownloadThatStandsStillIsGivenUpAndTriedAgain() throws Exception {
    // Given
    PullWatch watch = watch(SHORT);
    Puller.Ticket ticket = pull(IMAGE);
    seen(layer("a", 10, 100));
    // When
    Until.holds("it is tried again", () -> looked(watch) && runtime.timesAsked(IMAGE) > 1);
    // Then
    assertThat(runtime.cancelled()).contains(IMAGE);
    PullProgress progress = puller.progress().getFirst();
    assertThat(progress.lastError()).startsWith("nothing arrived from the registry for ");
    assertThat(progress.attempt()).isGreaterThanOrEqualTo(2);
    runtime.release(IMAGE);
    assertThat(ticket.await(MINUTE)).isEqualTo("sha256:1");
  }

  @Test
  void whatStandsStillEachTimeFailsInTheEnd() {
    // Given
    PullWatch watch = watch(SHORT);
    Puller.Ticket ticket = puller.ahead(Reference.parse(IMAGE), Optional.empty(), 3);
    Until.holds("it is asked for", () -> runtime.going() == 1);
    seen(layer("a", 10, 100));
    // When
    Until.holds("it fails", () -> looked(watch) && runtime.counted("failed") == 1);
    // Then
    assertThatExceptionOfType(ImageException.class)
        .isThrownBy(() -> ticket.await(MINUTE))
        .withMessageStartingWith(
            "cannot get image " + IMAGE + ": nothing arrived from the registry for ");
    Until.holds("all are cancelled", () -> runtime.going() == 0);
    assertThat(puller.progress()).isEmpty();
  }

  @Test
  void aDownloadThatMovesIsKeptHoweverLongItTakes() throws Exception {
    // Given
    Duration timeout = Duration.ofMillis(500);
    PullWatch watch = watch(timeout);
    Puller.Ticket ticket = pull(IMAGE);
    AtomicLong bytes = new AtomicLong();
    long begin = System.nanoTime();
    // When
    Until.holds(
        "longer than the timeout",
        () -> {
          seen(layer("a", bytes.incrementAndGet(), 1 << 20));
          return looked(watch) && System.nanoTime() - begin > 2 * timeout.toNanos();
        });
    // Then
    runtime.release(IMAGE);
    assertThat(ticket.await(MINUTE)).isEqualTo("sha256:1");
    assertThat(runtime.asked()).containsExactly(IMAGE);
  }

  @Test
  void unpackingIsNeverAStall() throws Exception {
    // Given
    PullWatch watch = watch(SHORT);
    Puller.Ticket ticket = pull(IMAGE);
    seen(layer("a", 100, 100));
    // When
    watch.look();
    lookUntilIdle(watch, IMAGE);
    // Then
    assertThat(progress(IMAGE).state()).isEqualTo(State.UNPACKING);
    assertNotGivenUp(ticket);
  }

  @Test
  void whatResolvesForLongIsGivenUpIfNothingIsUnpackedEither() {
    // Given
    PullWatch watch = watch(SHORT);
    pull(IMAGE);
    // When
    Until.holds("it is tried again", () -> looked(watch) && runtime.timesAsked(IMAGE) > 1);
    // Then
    assertThat(runtime.cancelled()).contains(IMAGE);
  }

  @Test
  void whatResolvesForLongIsKeptWhileSomethingIsUnpacked() throws Exception {
    // Given
    PullWatch watch = watchWhileUnpacking();
    Puller.Ticket ticket = pull(IMAGE);
    // When
    for (int i = 0; i < 3; i++) {
      lookUntilIdle(watch, IMAGE);
    }
    // Then
    assertNotGivenUp(ticket);
  }

  @Test
  void whatResolvesForLongIsKeptIfNobodyCanSayWhatIsUnpacked() throws Exception {
    // Given
    PullWatch watch = watch(SHORT);
    Puller.Ticket ticket = pull(IMAGE);
    unpacked = OptionalLong.empty();
    // When
    lookUntilIdle(watch, IMAGE);
    // Then
    assertNotGivenUp(ticket);
  }

  @Test
  void onePullThatWaitsForALayerThatAnotherFetchesIsKept() throws Exception {
    // Given
    Duration timeout = Duration.ofMillis(500);
    PullWatch watch = watch(timeout);
    pull(OTHER);
    AtomicLong bytes = new AtomicLong();
    seen(layer("base", bytes.incrementAndGet(), 1 << 20));
    watch.look();
    Puller.Ticket ticket = pull(IMAGE); // its layer is the same, so the runtime does nothing yet
    // When
    Until.holds(
        "idle for long",
        () -> {
          seen(layer("base", bytes.incrementAndGet(), 1 << 20));
          return looked(watch) && pullOf(IMAGE).idle().compareTo(timeout.multipliedBy(2)) > 0;
        });
    // Then
    assertNotGivenUp(ticket);
  }

  @Test
  void aLayerThatMayBeAnothersDoesNotStopWhatIsBeingUnpacked() throws Exception {
    // Given
    PullWatch watch = watchWhileUnpacking();
    Puller.Ticket ticket = pull(IMAGE);
    pull(OTHER);
    seen(layer("a", 10, 100)); // one of them fetches it, the other unpacks
    watch.look();
    // When
    for (int i = 0; i < 3; i++) {
      lookUntilIdle(watch, IMAGE);
    }
    // Then
    assertNotGivenUp(ticket);
  }

  @Test
  void withoutAWayToSeeDownloadsNothingIsGivenUp() throws Exception {
    // Given
    PullWatch watch = watch(SHORT);
    Puller.Ticket ticket = pull(IMAGE);
    downloads = Optional.empty();
    // When
    lookUntilIdle(watch, IMAGE);
    // Then
    assertNotGivenUp(ticket);
  }

  @Test
  void aLookThatFailsHarmsNothing() throws Exception {
    // Given
    PullWatch watch =
        new PullWatch(
            puller,
            () -> {
              throw new RpcException(Code.UNAVAILABLE, "away");
            },
            () -> unpacked,
            SHORT);
    Puller.Ticket ticket = pull(IMAGE);
    // When
    lookUntilIdle(watch, IMAGE);
    // Then
    assertNotGivenUp(ticket);
  }

  @Test
  void aPullThatWaitsForItsTurnDoesNotStall() throws Exception {
    // Given
    PullWatch watch = watch(SHORT);
    Puller.Ticket first = pull(IMAGE);
    Puller.Ticket ahead = puller.ahead(Reference.parse(OTHER), Optional.empty(), 3);
    seen(layer("a", 100, 100));
    // When
    watch.look();
    lookUntilIdle(watch, IMAGE);
    // Then
    assertNotGivenUp(first);
    runtime.release(OTHER);
    assertThat(ahead.await(MINUTE)).isEqualTo("sha256:2");
  }

  // ---- helpers ----

  private PullWatch watch(Duration stallTimeout) {
    return new PullWatch(puller, () -> downloads, () -> unpacked, stallTimeout);
  }

  /** What is unpacked has grown at each look. */
  private PullWatch watchWhileUnpacking() {
    AtomicLong bytes = new AtomicLong();
    return new PullWatch(
        puller, () -> downloads, () -> OptionalLong.of(bytes.incrementAndGet()), SHORT);
  }

  private static boolean looked(PullWatch watch) {
    watch.look();
    return true;
  }

  private Puller.Ticket pull(String image) {
    int before = runtime.timesAsked(image);
    Puller.Ticket ticket =
        puller.forStep(
            Reference.parse(image), Optional.empty(), new StepRef(steps.incrementAndGet(), 1), 0);
    Until.holds("it is asked for", () -> runtime.timesAsked(image) == before + 1);
    return ticket;
  }

  private void seen(Download... all) {
    downloads = Optional.of(List.of(all));
  }

  private static Download layer(String name, long bytes, long total) {
    return download("layer-" + name, bytes, total);
  }

  private static Download download(String ref, long bytes, long total) {
    return new Download(ref, bytes, total, Instant.now());
  }

  private PullProgress progress(String image) {
    return pullOf(image).progress();
  }

  private Pull pullOf(String image) {
    return puller.running().stream()
        .filter(p -> p.key.reference().toString().equals(image))
        .findFirst()
        .orElseThrow();
  }

  /** Looks again and again until the pull has stood still for longer than the timeout. */
  private void lookUntilIdle(PullWatch watch, String image) {
    Until.holds("idle", () -> pullOf(image).idle().compareTo(SHORT) > 0);
    watch.look();
  }

  private void assertNotGivenUp(Puller.Ticket ticket) throws Exception {
    runtime.release(IMAGE);
    assertThat(ticket.await(MINUTE)).isEqualTo("sha256:1");
    assertThat(runtime.timesAsked(IMAGE)).isEqualTo(1);
    assertThat(runtime.cancelled()).isEmpty();
  }
}
