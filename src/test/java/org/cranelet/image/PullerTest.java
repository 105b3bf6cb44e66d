package org.cranelet.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.assertj.core.api.AbstractStringAssert;
import org.cranelet.config.ImageSettings.Verify;
import org.cranelet.cri.CriException;
import org.cranelet.cri.ImageClient;
import org.cranelet.cri.v1.AuthConfig;
import org.cranelet.image.PullProgress.State;
import org.cranelet.image.reference.Login;
import org.cranelet.image.reference.Reference;
import org.cranelet.it.Until;
import org.cranelet.pod.StepRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PullerTest {
  private static final String HOST = "registry.example:5000";
  private static final int ALICES_UID = 1001;
  private static final int BOBS_UID = 1002;
  private static final String IMAGE = HOST + "/team/tool:1";
  private static final Reference REFERENCE = Reference.parse(IMAGE);
  private static final Login ALICE = new Login(HOST, "alice", "secret-a");
  private static final Login BOB = new Login(HOST, "bob", "secret-b");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Path directory;
  private final FakeImageService runtime;
  private final FakeDisk disk = new FakeDisk();
  private final AtomicInteger steps = new AtomicInteger();
  private final List<Puller> pullers = new ArrayList<>();

  PullerTest(@TempDir Path dir) throws IOException {
    this.directory = Files.createDirectory(dir.resolve("images"));
    this.runtime = new FakeImageService(dir);
    runtime.publishes(IMAGE, "sha256:1");
  }

  @AfterEach
  void close() {
    pullers.forEach(Puller::close);
    runtime.close();
  }

  // ---- one pull, many waiters ----

  @Test
  void fiftyThatAskMakeOnePull() throws Exception {
    // Given
    Puller puller = puller(3);
    runtime.hold(IMAGE);
    List<Puller.Ticket> tickets =
        IntStream.range(0, 50).mapToObj(_ -> job(puller, IMAGE, Optional.empty())).toList();
    Until.holds("it is asked for", () -> runtime.going() == 1);
    List<PullProgress> meanwhile = puller.progress();
    // When
    runtime.release(IMAGE);
    // Then
    for (Puller.Ticket ticket : tickets) {
      assertThat(ticket.await(MINUTE)).isEqualTo("sha256:1");
    }
    assertThat(runtime.asked()).containsExactly(IMAGE);
    assertThat(meanwhile).extracting(PullProgress::waitingSteps).containsExactly(50);
    Until.holds("it is counted and forgotten", () -> puller.progress().isEmpty());
    assertThat(runtime.counted("ok")).isEqualTo(1);
  }

  @Test
  void anotherLoginIsAnotherPull() throws Exception {
    // Given
    Puller puller = puller(3);
    runtime.hold(IMAGE);
    List<Puller.Ticket> tickets =
        List.of(
            job(puller, IMAGE, Optional.of(ALICE)),
            job(puller, IMAGE, Optional.of(BOB)),
            job(puller, IMAGE, Optional.empty()),
            job(puller, IMAGE, Optional.of(new Login(HOST, "alice", "secret-a"))));
    Until.holds("all are asked for", () -> runtime.going() == 3);
    // When
    runtime.release(IMAGE);
    // Then
    for (Puller.Ticket ticket : tickets) {
      assertThat(ticket.await(MINUTE)).isEqualTo("sha256:1");
    }
    assertThat(runtime.auths(IMAGE))
        .containsExactlyInAnyOrder(
            auth("alice", "secret-a"), auth("bob", "secret-b"), AuthConfig.getDefaultInstance());
  }

  @Test
  void aTokenIsShownAsIdentityToken() throws Exception {
    // Given
    Puller puller = puller(3);
    // When
    job(puller, IMAGE, Optional.of(new Login(HOST, Login.TOKEN, "the-token"))).await(MINUTE);
    // Then
    assertThat(runtime.auths(IMAGE))
        .containsExactly(
            AuthConfig.newBuilder()
                .setServerAddress("https://" + HOST)
                .setIdentityToken("the-token")
                .build());
  }

  @Test
  void aLoginOfDockerHubIsBoundToTheHostThatAnswersForIt() throws Exception {
    // Given
    Puller puller = puller(3);
    runtime.publishes("docker.io/library/ubuntu:latest", "sha256:2");
    // When
    job(puller, "ubuntu", Optional.of(new Login("docker.io", "alice", "x"))).await(MINUTE);
    // Then
    assertThat(runtime.auths("docker.io/library/ubuntu:latest"))
        .extracting(AuthConfig::getServerAddress)
        .containsExactly("https://registry-1.docker.io");
  }

  @Test
  void oneThatLeavesDoesNotCancelTheOthers() throws Exception {
    // Given
    Puller puller = puller(3);
    runtime.hold(IMAGE);
    Puller.Ticket stays = job(puller, IMAGE, Optional.empty());
    Puller.Ticket leaves = job(puller, IMAGE, Optional.empty());
    Until.holds("it is asked for", () -> runtime.going() == 1);
    // When
    leaves.close();
    runtime.release(IMAGE);
    // Then
    assertThat(stays.await(MINUTE)).isEqualTo("sha256:1");
    assertThat(runtime.cancelled()).isEmpty();
    assertThat(runtime.asked()).hasSize(1);
  }

  @Test
  void theLastThatLeavesCancelsThePullAtTheRuntime() throws Exception {
    // Given
    Puller puller = puller(3);
    runtime.hold(IMAGE);
    List<Puller.Ticket> tickets =
        List.of(job(puller, IMAGE, Optional.empty()), job(puller, IMAGE, Optional.empty()));
    Until.holds("it is asked for", () -> runtime.going() == 1);
    // When
    tickets.forEach(Puller.Ticket::close);
    // Then
    Until.holds("it is cancelled", () -> runtime.cancelled().equals(List.of(IMAGE)));
    Until.holds("it is counted", () -> runtime.counted("cancelled") == 1);
    assertThat(puller.progress()).isEmpty();
  }

  @Test
  void oneThatIsCancelledWhileItWaitsIsNeverAskedFor() throws Exception {
    // Given
    Puller puller = puller(1);
    runtime.hold(IMAGE);
    Puller.Ticket first = job(puller, IMAGE, Optional.empty());
    Until.holds("the first is asked for", () -> runtime.going() == 1);
    Puller.Ticket second = job(puller, published("second"), Optional.empty());
    Puller.Ticket third = job(puller, published("third"), Optional.empty());
    // When
    second.close();
    runtime.release(IMAGE);
    // Then
    first.await(MINUTE);
    third.await(MINUTE);
    assertThat(runtime.asked()).containsExactly(IMAGE, name("third"));
  }

  @Test
  void aPullThatWasCancelledCanBeAskedForAgain() throws Exception {
    // Given
    Puller puller = puller(1);
    runtime.hold(IMAGE);
    Puller.Ticket first = job(puller, IMAGE, Optional.empty());
    Until.holds("it is asked for", () -> runtime.going() == 1);
    // When
    first.close();
    Puller.Ticket second = job(puller, IMAGE, Optional.empty());
    // Then
    Until.holds("it is asked for again", () -> runtime.asked().size() == 2);
    runtime.release(IMAGE);
    assertThat(second.await(MINUTE)).isEqualTo("sha256:1");
  }

  @Test
  void whoAsksAfterwardsAsksTheRegistryAgain() throws Exception {
    // Given
    Puller puller = puller(3);
    job(puller, IMAGE, Optional.empty()).await(MINUTE);
    Until.holds("it is forgotten", () -> puller.progress().isEmpty());
    // When
    job(puller, IMAGE, Optional.empty()).await(MINUTE);
    // Then
    assertThat(runtime.asked()).hasSize(2);
  }

  // ---- whose turn it is ----

  @Test
  void noMoreAtOnceThanAllowed() throws Exception {
    // Given
    Puller puller = puller(2);
    List<String> names = published("a", "b", "c", "d", "e");
    names.forEach(runtime::hold);
    List<Puller.Ticket> tickets =
        names.stream().map(n -> job(puller, n, Optional.empty())).toList();
    Until.holds("two go on", () -> runtime.going() == 2);
    List<State> states = puller.progress().stream().map(PullProgress::state).toList();
    // When
    names.forEach(runtime::release);
    // Then
    for (Puller.Ticket ticket : tickets) {
      ticket.await(MINUTE);
    }
    assertThat(runtime.mostAtOnce()).isEqualTo(2);
    assertThat(runtime.asked()).containsExactlyInAnyOrderElementsOf(names);
    assertThat(states)
        .containsExactly(
            State.RESOLVING, State.RESOLVING, State.QUEUED, State.QUEUED, State.QUEUED);
  }

  @Test
  void oneUserNeverHasAllPlaces() throws Exception {
    // Given
    Puller puller = puller(3);
    for (String image : List.of("a", "b", "c")) {
      runtime.hold(published(image));
      jobOf(ALICES_UID, puller, name(image));
    }
    runtime.hold(published("d"));
    Until.holds("two go on", () -> runtime.going() == 2);
    // When
    jobOf(BOBS_UID, puller, name("d"));
    // Then
    Until.holds("bob's goes on", () -> runtime.timesAsked(name("d")) == 1);
    assertThat(runtime.timesAsked(name("c"))).isZero();
  }

  @Test
  void theNextTurnIsTheUsersWhoHasTheFewest() throws Exception {
    // Given
    Puller puller = puller(2);
    for (String image : List.of("a", "b", "c", "d")) {
      runtime.hold(published(image));
    }
    jobOf(ALICES_UID, puller, name("a"));
    jobOf(0, puller, name("b"));
    Until.holds("both go on", () -> runtime.going() == 2);
    jobOf(ALICES_UID, puller, name("c"));
    jobOf(BOBS_UID, puller, name("d"));
    // When
    runtime.release(name("b"));
    // Then
    Until.holds("bob's goes on", () -> runtime.timesAsked(name("d")) == 1);
    assertThat(runtime.timesAsked(name("c"))).isZero();
  }

  @Test
  void aPrePullBeginsOnlyOnceNoJobsPullWaitsOrGoesOn() throws Exception {
    // Given
    Puller puller = puller(1);
    List<String> names = published("first", "second", "ahead");
    names.forEach(runtime::hold);
    Puller.Ticket first = job(puller, name("first"), Optional.empty());
    Until.holds("the first is asked for", () -> runtime.going() == 1);
    Puller.Ticket ahead = ahead(puller, name("ahead"));
    Puller.Ticket second = job(puller, name("second"), Optional.empty());
    // When
    runtime.release(name("first"));
    Until.holds("the second is asked for", () -> runtime.asked().size() == 2);
    runtime.release(name("second"));
    Until.holds("the pre-pull is asked for", () -> runtime.asked().size() == 3);
    runtime.release(name("ahead"));
    // Then
    for (Puller.Ticket ticket : List.of(first, second, ahead)) {
      ticket.await(MINUTE);
    }
    assertThat(runtime.events())
        .containsExactly(
            "begin " + name("first"),
            "end " + name("first"),
            "begin " + name("second"),
            "end " + name("second"),
            "begin " + name("ahead"),
            "end " + name("ahead"));
  }

  @Test
  void aPrePullWaitsThoughJobsDoNotUseAllTheyMay() throws Exception {
    // Given
    Puller puller = puller(3);
    published("first", "second", "ahead").forEach(runtime::hold);
    job(puller, name("first"), Optional.empty());
    Until.holds("the first is asked for", () -> runtime.going() == 1);
    ahead(puller, name("ahead"));
    // When
    job(puller, name("second"), Optional.empty());
    // Then
    Until.holds("the second is asked for", () -> runtime.going() == 2);
    assertThat(runtime.asked()).containsExactly(name("first"), name("second"));
    assertThat(puller.queuedCount()).isEqualTo(1);
    assertThat(puller.runningCount()).isEqualTo(2);
  }

  @Test
  void aJobDoesNotWaitForPrePullsThatGoOn() throws Exception {
    // Given
    Puller puller = puller(1);
    runtime.hold(published("ahead"));
    ahead(puller, name("ahead"));
    Until.holds("the pre-pull is asked for", () -> runtime.going() == 1);
    // When
    String id = job(puller, IMAGE, Optional.empty()).await(MINUTE);
    // Then
    assertThat(id).isEqualTo("sha256:1");
    assertThat(runtime.going()).isEqualTo(1);
  }

  @Test
  void aJobThatJoinsAPrePullThatWaitsTakesItToTheFront() throws Exception {
    // Given
    Puller puller = puller(2);
    List<String> names = published("large", "next", "wanted");
    names.forEach(runtime::hold);
    job(puller, name("large"), Optional.empty());
    Until.holds("the large one is asked for", () -> runtime.going() == 1);
    ahead(puller, name("next"));
    Puller.Ticket prePull = ahead(puller, name("wanted"));
    // When
    Puller.Ticket job = job(puller, name("wanted"), Optional.empty());
    // Then
    Until.holds("it is asked for", () -> runtime.going() == 2);
    assertThat(runtime.asked()).containsExactly(name("large"), name("wanted"));
    runtime.release(name("wanted"));
    assertThat(job.await(MINUTE)).isEqualTo(prePull.await(MINUTE));
    assertThat(runtime.timesAsked(name("wanted"))).isEqualTo(1);
  }

  @Test
  void aPrePullThatItsListGivesUpGoesOnForTheJobThatJoined() throws Exception {
    // Given
    Puller puller = puller(1);
    runtime.hold(IMAGE);
    Puller.Ticket prePull = ahead(puller, IMAGE);
    Until.holds("it is asked for", () -> runtime.going() == 1);
    Puller.Ticket job = job(puller, IMAGE, Optional.empty());
    // When
    prePull.close();
    runtime.release(IMAGE);
    // Then
    assertThat(job.await(MINUTE)).isEqualTo("sha256:1");
    assertThat(runtime.cancelled()).isEmpty();
  }

  // ---- failures ----

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "UNKNOWN           | unexpected status from HEAD request to https://r/v2/: 503 Unavailable",
        "UNAVAILABLE       | dial tcp 10.0.0.1:443: connect: connection refused",
        "UNKNOWN           | toomanyrequests: slow down",
        "DEADLINE_EXCEEDED | failed to do request: Head \"https://r/v2/\": context deadline exceeded",
        "CANCELLED         | failed to pull image: context canceled",
        "NOT_FOUND         | unexpected status from HEAD request to https://r/v2/: 500 Oops",
      })
  void aFailureThatMayPassIsTriedAgain(Code code, String said) throws Exception {
    // Given
    Puller puller = puller(3);
    runtime.fail(IMAGE, code, said);
    runtime.fail(IMAGE, code, said);
    // When
    String id = job(puller, IMAGE, Optional.empty()).await(MINUTE);
    // Then
    assertThat(id).isEqualTo("sha256:1");
    assertThat(runtime.timesAsked(IMAGE)).isEqualTo(3);
    assertThat(disk.timesMadeRoom()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "NOT_FOUND | failed to resolve reference \"x\": x: not found | x: not found",
        "UNKNOWN   | 404 Not Found                           | 404 Not Found",
        "UNKNOWN   | dial tcp: lookup r.example: no such host | dial tcp: lookup r.example: no such host",
        "UNKNOWN   | tls: failed to verify certificate       | tls: failed to verify certificate",
      })
  void aFailureThatStaysIsToldAtOnce(Code code, String said, String told) throws Exception {
    // Given
    Puller puller = puller(3);
    runtime.failAlways(IMAGE, code, said);
    // When
    Puller.Ticket ticket = job(puller, IMAGE, Optional.empty());
    // Then
    failure(ticket).isEqualTo("cannot get image " + IMAGE + ": " + told);
    assertThat(runtime.timesAsked(IMAGE)).isEqualTo(1);
    Until.holds("it is counted", () -> runtime.counted("failed") == 1);
  }

  @Test
  void aRegistryThatWantsALoginIsToldWithWhatToDo() throws Exception {
    // Given
    Puller puller = puller(3);
    runtime.failAlways(IMAGE, Code.UNKNOWN, "401 Unauthorized");
    // When
    Puller.Ticket ticket = job(puller, IMAGE, Optional.empty());
    // Then
    failure(ticket)
        .isEqualTo(
            "cannot get image "
                + IMAGE
                + ": 401 Unauthorized (asked without a login: ccon login "
                + HOST
                + ")");
    assertThat(runtime.timesAsked(IMAGE)).isEqualTo(1);
  }

  @Test
  void aRegistryThatWantsAnotherLoginIsToldWithTheNameAndNotThePassword() throws Exception {
    // Given
    Puller puller = puller(3);
    runtime.failAlways(IMAGE, Code.UNKNOWN, "403 Forbidden");
    // When
    Puller.Ticket ticket = job(puller, IMAGE, Optional.of(ALICE));
    // Then
    failure(ticket)
        .isEqualTo("cannot get image " + IMAGE + ": 403 Forbidden (asked as alice)")
        .doesNotContain("secret-a");
  }

  @Test
  void attemptsAreLimitedAndTheLastWordIsTold() throws Exception {
    // Given
    Puller puller = puller(3);
    runtime.fail(IMAGE, Code.UNKNOWN, "the first word");
    runtime.failAlways(IMAGE, Code.UNKNOWN, "the last word");
    // When
    Puller.Ticket ticket = job(puller, IMAGE, Optional.empty());
    // Then
    failure(ticket).isEqualTo("cannot get image " + IMAGE + ": the last word");
    assertThat(runtime.timesAsked(IMAGE)).isEqualTo(4);
  }

  @Test
  void aPrePullHasItsOwnNumberOfAttempts() throws Exception {
    // Given
    Puller puller = puller(3);
    runtime.failAlways(IMAGE, Code.UNKNOWN, "busy");
    // When
    Puller.Ticket ticket = puller.ahead(REFERENCE, Optional.empty(), 2);
    // Then
    failure(ticket).isEqualTo("cannot get image " + IMAGE + ": busy");
    assertThat(runtime.timesAsked(IMAGE)).isEqualTo(2);
  }

  @Test
  void aJobThatJoinsAPrePullHasTheAttemptsOfAJob() throws Exception {
    // Given
    Puller puller = puller(3);
    runtime.hold(IMAGE);
    runtime.failAlways(IMAGE, Code.UNKNOWN, "busy");
    puller.ahead(REFERENCE, Optional.empty(), 1);
    Until.holds("it is asked for", () -> runtime.going() == 1);
    // When
    Puller.Ticket job = job(puller, IMAGE, Optional.empty());
    runtime.release(IMAGE);
    // Then
    failure(job).isEqualTo("cannot get image " + IMAGE + ": busy");
    assertThat(runtime.timesAsked(IMAGE)).isEqualTo(4);
  }

  @Test
  void betweenAttemptsItIsToldWhatWentWrong() throws Exception {
    // Given
    Puller puller = puller(new Puller.Limits(1, 4, MINUTE, Duration.ofSeconds(59)));
    runtime.failAlways(IMAGE, Code.UNKNOWN, "503 Service Unavailable");
    StepRef step = new StepRef(7, 1);
    // When
    Puller.Ticket ticket = puller.forStep(REFERENCE, Optional.empty(), step, 0);
    // Then
    Until.holds("waits", () -> state(puller).equals(Optional.of(State.RETRYING)));
    PullProgress progress = puller.progress(step).orElseThrow();
    assertThat(progress.lastError()).isEqualTo("503 Service Unavailable");
    assertThat(progress.attempt()).isEqualTo(1);
    assertThat(puller.queuedCount()).isEqualTo(1);
    ticket.close();
    Until.holds("leaving ends the wait", () -> runtime.counted("cancelled") == 1);
    assertThat(puller.progress(step)).isEmpty();
  }

  @Test
  void aPullThatWaitsForItsNextAttemptLetsOthersPass() throws Exception {
    // Given
    Puller puller = puller(new Puller.Limits(1, 4, MINUTE, Duration.ofSeconds(59)));
    runtime.failAlways(IMAGE, Code.UNKNOWN, "503 Service Unavailable");
    job(puller, IMAGE, Optional.empty());
    Until.holds("waits", () -> state(puller).equals(Optional.of(State.RETRYING)));
    // When
    String id = job(puller, published("other"), Optional.empty()).await(MINUTE);
    // Then
    assertThat(id).isEqualTo("sha256:other");
  }

  @Test
  void aPullThatTakesTooLongIsGivenUpForGood() throws Exception {
    // Given
    Puller puller = puller(new Puller.Limits(1, 4, Duration.ofMillis(1500), Duration.ofMillis(1)));
    runtime.hold(IMAGE);
    // When
    Puller.Ticket ticket = job(puller, IMAGE, Optional.empty());
    // Then
    failure(ticket).isEqualTo("cannot get image " + IMAGE + ": the pull took more than 1 s");
    Until.holds("it is cancelled", () -> runtime.cancelled().equals(List.of(IMAGE)));
    assertThat(runtime.asked()).hasSize(1);
  }

  @Test
  void aRuntimeThatIsSlowToTellIsNotAPullThatTakesTooLong() throws Exception {
    // Given
    Puller puller = puller(runtime.images(Duration.ofMillis(300)), limits(1));
    runtime.holdStatus();
    // When
    Puller.Ticket ticket = job(puller, IMAGE, Optional.empty());
    // Then
    assertThatExceptionOfType(CriException.DeadlineExceeded.class)
        .isThrownBy(() -> ticket.await(MINUTE))
        .withMessageStartingWith("ImageStatus ");
  }

  @Test
  void aRuntimeThatIsAwayIsForTheCallerToWaitFor() throws Exception {
    // Given
    Puller puller = puller(3);
    runtime.goAway();
    // When
    Puller.Ticket ticket = job(puller, IMAGE, Optional.empty());
    // Then
    assertThatExceptionOfType(CriException.Unavailable.class)
        .isThrownBy(() -> ticket.await(MINUTE));
    runtime.comeBack();
    Until.holds("it is forgotten", () -> puller.progress().isEmpty());
    assertThat(job(puller, IMAGE, Optional.empty()).await(MINUTE)).isEqualTo("sha256:1");
  }

  @Test
  void aFullDiskIsMadeRoomOnBeforeTheNextTry() throws Exception {
    // Given
    Puller puller = puller(3);
    runtime.fail(IMAGE, Code.UNKNOWN, "write /var/lib/x: no space left on device");
    // When
    String id = job(puller, IMAGE, Optional.empty()).await(MINUTE);
    // Then
    assertThat(id).isEqualTo("sha256:1");
    assertThat(disk.timesMadeRoom()).isEqualTo(1);
    assertThat(runtime.timesAsked(IMAGE)).isEqualTo(2);
    Until.holds("it is looked at afterwards", () -> disk.looks() == 1);
  }

  @Test
  void anImageThatIsGoneAtOnceIsTold() throws Exception {
    // Given
    Puller puller = puller(3);
    runtime.vanishing();
    // When
    Puller.Ticket ticket = job(puller, IMAGE, Optional.empty());
    // Then
    failure(ticket)
        .isEqualTo("cannot get image " + IMAGE + ": it was removed as soon as it was there");
  }

  @Test
  void nothingIsPulledWithALoginWhileNobodyCanRecordWhoseItIs() throws Exception {
    // Given
    Puller puller = puller(3);
    Files.delete(directory);
    // When
    Puller.Ticket ticket = job(puller, IMAGE, Optional.of(ALICE));
    // Then
    failure(ticket).startsWith("cannot get image " + IMAGE + ": cannot record whose it is: ");
    assertThat(runtime.asked()).isEmpty();
  }

  @Test
  void whoWaitsLongerThanHeWantsIsTold() throws Exception {
    // Given
    Puller puller = puller(3);
    runtime.hold(IMAGE);
    Puller.Ticket ticket = job(puller, IMAGE, Optional.empty());
    // When
    assertThatExceptionOfType(ImageException.class)
        .isThrownBy(() -> ticket.await(Duration.ofMillis(1)))
        // Then
        .withMessage("cannot get image " + IMAGE + ": it is not there after 0 s");
  }

  @Test
  void thoseThatWaitAreToldWhenTheDaemonStops() throws Exception {
    // Given
    Puller puller = puller(1);
    runtime.hold(IMAGE);
    Puller.Ticket goesOn = job(puller, IMAGE, Optional.empty());
    Until.holds("it is asked for", () -> runtime.going() == 1);
    Puller.Ticket waits = job(puller, published("other"), Optional.empty());
    // When
    puller.close();
    // Then
    for (Puller.Ticket ticket : List.of(goesOn, waits)) {
      assertThatExceptionOfType(InterruptedException.class)
          .isThrownBy(() -> ticket.await(MINUTE))
          .withMessage("the daemon is stopping");
    }
    Until.holds("it is cancelled", () -> runtime.cancelled().equals(List.of(IMAGE)));
    Until.holds("both are counted", () -> runtime.counted("cancelled") == 2);
  }

  // ---- helpers ----

  private Puller puller(int maxForJobs) throws IOException {
    return puller(limits(maxForJobs));
  }

  private static Puller.Limits limits(int maxForJobs) {
    return new Puller.Limits(maxForJobs, 4, MINUTE, Duration.ofMillis(1));
  }

  private Puller puller(Puller.Limits limits) throws IOException {
    return puller(runtime.images(), limits);
  }

  private Puller puller(ImageClient client, Puller.Limits limits) throws IOException {
    ImageRecords records = ImageRecords.open(directory.resolve("records.json"), Verify.CREDENTIALS);
    Puller puller = new Puller(client, records, limits, disk, runtime.meters());
    pullers.add(puller);
    return puller;
  }

  private Puller.Ticket job(Puller puller, String image, Optional<Login> login) {
    return puller.forStep(
        Reference.parse(image), login, new StepRef(steps.incrementAndGet(), 1), 0);
  }

  private void jobOf(int uid, Puller puller, String image) {
    puller.forStep(
        Reference.parse(image), Optional.empty(), new StepRef(steps.incrementAndGet(), 1), uid);
  }

  private static Puller.Ticket ahead(Puller puller, String image) {
    return puller.ahead(Reference.parse(image), Optional.empty(), 4);
  }

  private static Optional<State> state(Puller puller) {
    return puller.progress().stream().map(PullProgress::state).findFirst();
  }

  private static String name(String tool) {
    return HOST + "/team/" + tool + ":1";
  }

  private String published(String tool) {
    runtime.publishes(name(tool), "sha256:" + tool);
    return name(tool);
  }

  private List<String> published(String... tools) {
    return List.of(tools).stream().map(this::published).toList();
  }

  private static AuthConfig auth(String username, String password) {
    return AuthConfig.newBuilder()
        .setServerAddress("https://" + HOST)
        .setUsername(username)
        .setPassword(password)
        .build();
  }

  private static AbstractStringAssert<?> failure(Puller.Ticket ticket) {
    ImageException e =
        assertThatExceptionOfType(ImageException.class)
            .isThrownBy(() -> ticket.await(MINUTE))
            .actual();
    return assertThat(e.getMessage());
  }
}
