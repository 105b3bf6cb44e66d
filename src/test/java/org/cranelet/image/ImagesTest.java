package org.cranelet.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.AbstractStringAssert;
import org.cranelet.config.ImageSettings.Verify;
import org.cranelet.config.PullPolicy;
import org.cranelet.cri.CriException;
import org.cranelet.image.reference.Login;
import org.cranelet.image.reference.Reference;
import org.cranelet.it.Until;
import org.cranelet.pod.StepRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ImagesTest {
  private static final String IMAGE = "registry.example/team/tool:1";
  private static final String ID = "sha256:1";
  private static final int ALICE = 1000;
  private static final int BOB = 2000;
  private static final Optional<Login> HERS =
      Optional.of(new Login("registry.example", "alice", "secret-a"));
  private static final Optional<Login> HIS =
      Optional.of(new Login("registry.example", "bob", "secret-b"));
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Path dir;
  private final FakeImageService runtime;
  private final ImageHolds holds = new ImageHolds();
  private final List<Puller> pullers = new ArrayList<>();
  private ImageRecords records;

  ImagesTest(@TempDir Path dir) throws IOException {
    this.dir = dir;
    this.records = open(Verify.CREDENTIALS);
    this.runtime = new FakeImageService(dir);
    runtime.publishes(IMAGE, ID);
  }

  @AfterEach
  void close() {
    pullers.forEach(Puller::close);
    runtime.close();
  }

  // ---- policies ----

  @ParameterizedTest
  @CsvSource({
    // policy, on the node, how often the registry is asked
    "ALWAYS,         false, 1",
    "ALWAYS,         true,  1",
    "IF_NOT_PRESENT, false, 1",
    "IF_NOT_PRESENT, true,  0",
    "NEVER,          true,  0",
    "AUTO,           false, 1",
    "AUTO,           true,  0",
  })
  void theRegistryIsAskedAsThePolicySays(PullPolicy policy, boolean there, int times)
      throws Exception {
    // Given
    Images images = images();
    if (there) {
      runtime.has(ID, IMAGE);
    }
    // When
    Images.Held held = images.ensure(wish(ALICE, policy, Optional.empty()));
    // Then
    assertThat(held.id()).isEqualTo(ID);
    assertThat(runtime.timesAsked(IMAGE)).isEqualTo(times);
  }

  @Test
  void autoAsksAgainForLatest() throws Exception {
    // Given
    Images images = images();
    runtime.publishes("docker.io/library/ubuntu:latest", "sha256:2");
    runtime.has("sha256:2", "docker.io/library/ubuntu:latest");
    // When
    images.ensure(
        new ImageWish(
            new StepRef(1, 1), ALICE, "ubuntu", Optional.of(PullPolicy.AUTO), Optional.empty()));
    // Then
    assertThat(runtime.asked()).containsExactly("docker.io/library/ubuntu:latest");
  }

  @Test
  void withoutAPolicyTheConfiguredOneCounts() throws Exception {
    // Given
    Images images = images(Verify.CREDENTIALS, PullPolicy.NEVER);
    // When
    ImageWish wish =
        new ImageWish(new StepRef(1, 1), ALICE, IMAGE, Optional.empty(), Optional.empty());
    // Then
    failure(images, wish)
        .isEqualTo("image " + IMAGE + " is not on this node, and the pull policy is Never");
    assertThat(runtime.asked()).isEmpty();
  }

  @Test
  void aBadReferenceIsToldInOneLine() throws Exception {
    // Given
    ImageWish wish =
        new ImageWish(new StepRef(1, 1), ALICE, "Not A Name", Optional.empty(), Optional.empty());
    // Then
    failure(images(), wish)
        .startsWith("'Not A Name' is not an image reference: ")
        .doesNotContain("\n");
  }

  // ---- whose it is ----

  @Test
  void aPrivateImageOnTheNodeIsProvedToOthersByTheRegistry() throws Exception {
    // Given
    Images images = images();
    images.ensure(wish(ALICE, PullPolicy.IF_NOT_PRESENT, HERS)).close();
    // When
    images.ensure(wish(BOB, PullPolicy.IF_NOT_PRESENT, HIS)).close();
    images.ensure(wish(BOB, PullPolicy.IF_NOT_PRESENT, HIS)).close();
    images.ensure(wish(ALICE, PullPolicy.NEVER, Optional.empty())).close();
    // Then
    assertThat(runtime.auths(IMAGE))
        .extracting(a -> a.getUsername())
        .containsExactly("alice", "bob");
  }

  @Test
  void whomTheRegistryRefusesDoesNotGetWhatIsOnTheNode() throws Exception {
    // Given
    Images images = images();
    images.ensure(wish(ALICE, PullPolicy.IF_NOT_PRESENT, HERS)).close();
    runtime.failAlways(IMAGE, Code.UNKNOWN, "401 Unauthorized");
    // When
    ImageWish wish = wish(BOB, PullPolicy.IF_NOT_PRESENT, Optional.empty());
    // Then
    failure(images, wish)
        .isEqualTo(
            "cannot get image "
                + IMAGE
                + ": 401 Unauthorized (asked without a login: ccon login registry.example)");
    assertThat(holds.isHeld(ID)).isFalse();
    images.ensure(wish(ALICE, PullPolicy.IF_NOT_PRESENT, Optional.empty())).close();
  }

  @Test
  void neverRefusesWhoNeverOpenedItAndSaysWhatToDo() throws Exception {
    // Given
    Images images = images();
    images.ensure(wish(ALICE, PullPolicy.IF_NOT_PRESENT, HERS)).close();
    // When
    ImageWish wish = wish(BOB, PullPolicy.NEVER, HIS);
    // Then
    failure(images, wish).contains("was not opened by a login of yours").contains("ccon login");
    assertThat(runtime.timesAsked(IMAGE)).isEqualTo(1);
    images.ensure(wish(0, PullPolicy.NEVER, Optional.empty())).close();
  }

  @ParameterizedTest
  @EnumSource(Verify.class)
  void anImageImportedByHandIsEverybodysUnlessAllIsVerified(Verify verify) throws Exception {
    // Given
    Images images = images(verify, PullPolicy.IF_NOT_PRESENT);
    runtime.has(ID, IMAGE);
    // When
    images.ensure(wish(BOB, PullPolicy.IF_NOT_PRESENT, Optional.empty())).close();
    // Then
    assertThat(runtime.timesAsked(IMAGE)).isEqualTo(verify == Verify.ALWAYS ? 1 : 0);
  }

  @Test
  void anImageImportedByHandStaysEverybodysWhenSomebodyPullsItWithALogin() throws Exception {
    // Given
    Images images = images();
    runtime.has(ID, IMAGE);
    // When
    images.ensure(wish(ALICE, PullPolicy.ALWAYS, HERS)).close();
    // Then
    images.ensure(wish(BOB, PullPolicy.NEVER, Optional.empty())).close();
    assertThat(runtime.timesAsked(IMAGE)).isEqualTo(1);
  }

  @Test
  void anImageImportedByHandAfterAPullThatWasRefusedIsEverybodys() throws Exception {
    // Given
    Images images = images();
    runtime.fail(IMAGE, Code.UNKNOWN, "403 Forbidden");
    failure(images, wish(BOB, PullPolicy.IF_NOT_PRESENT, HIS)).contains("asked as bob");
    collector().images(); // the regular look
    // When
    runtime.has(ID, IMAGE);
    // Then
    images.ensure(wish(ALICE, PullPolicy.NEVER, Optional.empty())).close();
  }

  // ---- holding ----

  @Test
  void anImageIsHeldUntilItsContainerIsMade() throws Exception {
    // Given
    Images images = images();
    // When
    Images.Held held = images.ensure(wish(ALICE, PullPolicy.IF_NOT_PRESENT, Optional.empty()));
    // Then
    assertThat(holds.isHeld(ID)).isTrue();
    held.close();
    assertThat(holds.isHeld(ID)).isFalse();
  }

  @Test
  void anImageThatIsRemovedJustThenIsPulledAgain() throws Exception {
    // Given
    Images images = images();
    runtime.has(ID, IMAGE);
    CountDownLatch removal = new CountDownLatch(1);
    Thread.startVirtualThread(
        () ->
            holds.unlessHeld(
                Set.of(ID),
                () -> {
                  await(removal);
                  runtime.images().remove(ID);
                  return true;
                }));
    Until.holds("being removed", () -> !holds.unlessHeld(Set.of(ID), () -> true));
    FutureTask<String> ensuring =
        new FutureTask<>(
            () -> images.ensure(wish(ALICE, PullPolicy.IF_NOT_PRESENT, Optional.empty())).id());
    Thread thread = Thread.startVirtualThread(ensuring);
    Until.holds("waits", () -> thread.getState() == Thread.State.WAITING);
    // When
    removal.countDown();
    // Then
    assertThat(ensuring.get(1, TimeUnit.MINUTES)).isEqualTo(ID);
    assertThat(runtime.removed()).containsExactly(ID);
    assertThat(runtime.timesAsked(IMAGE)).isEqualTo(1);
    assertThat(holds.isHeld(ID)).isTrue();
  }

  @Test
  void aRuntimeThatIsAwayIsForTheCallerToWaitFor() throws Exception {
    // Given
    Images images = images();
    runtime.goAway();
    // Then
    assertThatExceptionOfType(CriException.Unavailable.class)
        .isThrownBy(() -> images.ensure(wish(ALICE, PullPolicy.ALWAYS, Optional.empty())));
    assertThatExceptionOfType(CriException.Unavailable.class)
        .isThrownBy(() -> images.ensure(wish(ALICE, PullPolicy.NEVER, Optional.empty())));
    runtime.comeBack();
    images.ensure(wish(ALICE, PullPolicy.ALWAYS, Optional.empty())).close();
  }

  // ---- ahead ----

  @ParameterizedTest
  @CsvSource({"ALWAYS, true, 1", "IF_NOT_PRESENT, true, 0", "IF_NOT_PRESENT, false, 1"})
  void anImageIsPulledAheadAsItsPolicySays(PullPolicy policy, boolean there, int times)
      throws Exception {
    // Given
    Images images = images();
    if (there) {
      runtime.has(ID, IMAGE);
    }
    // When
    String id = images.ahead(ahead(policy, HERS)).id();
    // Then
    assertThat(id).isEqualTo(ID);
    assertThat(runtime.timesAsked(IMAGE)).isEqualTo(times);
    assertThat(holds.isHeld(ID)).isFalse();
  }

  @Test
  void whatIsPulledAheadWithALoginIsNobodysUntilHeProvesIt() throws Exception {
    // Given
    Images images = images();
    // When
    images.ahead(ahead(PullPolicy.IF_NOT_PRESENT, HERS));
    // Then
    failure(images, wish(ALICE, PullPolicy.NEVER, HERS)).contains("ccon login");
    images.ensure(wish(ALICE, PullPolicy.IF_NOT_PRESENT, HERS)).close();
    images.ensure(wish(ALICE, PullPolicy.NEVER, Optional.empty())).close();
    assertThat(runtime.timesAsked(IMAGE)).isEqualTo(2);
  }

  // ---- helpers ----

  private Images images() throws IOException {
    return images(Verify.CREDENTIALS, PullPolicy.IF_NOT_PRESENT);
  }

  private Images images(Verify verify, PullPolicy byDefault) throws IOException {
    records = open(verify);
    Puller puller =
        new Puller(
            runtime.images(),
            records,
            new Puller.Limits(3, 3, MINUTE, Duration.ofMillis(1)),
            new FakeDisk(),
            runtime.meters());
    pullers.add(puller);
    return new Images(runtime.images(), puller, records, holds, byDefault);
  }

  private ImageRecords open(Verify verify) throws IOException {
    return ImageRecords.open(dir.resolve("records.json"), verify);
  }

  private ImageCollector collector() {
    return new ImageCollector(
        runtime.images(),
        runtime.runtime(),
        records,
        holds,
        Settings.images(),
        Set::of,
        runtime.meters());
  }

  private static ImageWish wish(int uid, PullPolicy policy, Optional<Login> login) {
    return new ImageWish(new StepRef(uid, 1), uid, IMAGE, Optional.of(policy), login);
  }

  private static Images.AheadWish ahead(PullPolicy policy, Optional<Login> login) {
    return new Images.AheadWish(Reference.parse(IMAGE), policy, login, 3, MINUTE);
  }

  private static AbstractStringAssert<?> failure(Images images, ImageWish wish) {
    ImageException e =
        assertThatExceptionOfType(ImageException.class)
            .isThrownBy(() -> images.ensure(wish))
            .actual();
    return assertThat(e.getMessage());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
