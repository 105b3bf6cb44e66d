package org.cranelet.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.cranelet.config.ImageSettings.Verify;
import org.cranelet.config.PrePullSettings;
import org.cranelet.config.PullPolicy;
import org.cranelet.image.PrePullItem.State;
import org.cranelet.image.reference.Login;
import org.cranelet.image.reference.Reference;
import org.cranelet.it.Until;
import org.cranelet.pod.StepRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrePullerTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Path dir;
  private final Path directory;
  private final Path stateFile;
  private final FakeImageService runtime;
  private final Map<String, Login> logins = new ConcurrentHashMap<>(); // by file and registry
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final AtomicInteger diskLooks = new AtomicInteger();
  private volatile double usedPercent;

  PrePullerTest(@TempDir Path dir) throws IOException {
    this.dir = dir;
    this.directory = Files.createDirectory(dir.resolve("prepull.d"));
    this.stateFile = dir.resolve("prepull.json");
    this.runtime = new FakeImageService(dir);
    for (String tool : List.of("a", "b", "c")) {
      runtime.publishes(name(tool), "sha256:" + tool);
    }
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
    runtime.close();
  }

  // ---- at start ----

  @Test
  void allThatIsListedIsPulledAtStart() throws Exception {
    // Given
    Node node = node(true, HOUR, line("a"), line("b"));
    Instant before = Instant.now();
    // When
    node.prePuller().start();
    // Then
    awaitState(node, "a", State.PRESENT);
    awaitState(node, "b", State.PRESENT);
    PrePullItem item = item(node, "a");
    assertThat(item.lastSuccess().orElseThrow()).isAfterOrEqualTo(before);
    assertThat(item.lastError()).isEmpty();
    assertThat(item.digest()).isEqualTo("sha256:a");
    assertThat(item.dueUntil()).isEmpty();
    assertThat(item.source()).isEqualTo("/etc/crane/config.yaml");
    assertThat(runtime.asked()).containsExactlyInAnyOrder(name("a"), name("b"));
  }

  @Test
  void whatIsThereAlreadyIsNotAskedFor() throws Exception {
    // Given
    runtime.has("sha256:a", name("a"), "registry.example/team/a@sha256:77");
    Node node = node(true, HOUR, line("a"));
    // When
    node.prePuller().start();
    // Then
    awaitState(node, "a", State.PRESENT);
    assertThat(item(node, "a").digest()).isEqualTo("registry.example/team/a@sha256:77");
    assertThat(runtime.asked()).isEmpty();
  }

  @Test
  void whatIsToBeAlwaysPulledIsAskedForThoughItIsThere() throws Exception {
    // Given
    runtime.has("sha256:a", name("a"));
    Node node =
        node(true, HOUR, line("a", PullPolicy.ALWAYS, Optional.empty(), Optional.empty(), 0));
    // When
    node.prePuller().start();
    // Then
    awaitState(node, "a", State.PRESENT);
    assertThat(runtime.asked()).containsExactly(name("a"));
  }

  @Test
  void withoutAtStartNothingIsAskedForUntilTheScheduleSaysSo() throws Exception {
    // Given
    Node node = node(false, HOUR, line("a"));
    node.prePuller().start();
    List<String> before = runtime.asked();
    State state = item(node, "a").state();
    // When
    node.prePuller().runLists();
    // Then
    awaitState(node, "a", State.PRESENT);
    assertThat(before).isEmpty();
    assertThat(state).isEqualTo(State.WAITING);
  }

  // ---- how it goes ----

  @Test
  void oneThatIsBeingPulledIsNotBegunAgain() throws Exception {
    // Given
    runtime.hold(name("a"));
    Node node = node(true, HOUR, line("a"));
    node.prePuller().start();
    Until.holds("it is asked for", () -> runtime.going() == 1);
    // When
    node.prePuller().runLists();
    node.prePuller().now(List.of(reference("a")));
    // Then
    assertThat(item(node, "a").state()).isEqualTo(State.QUEUED);
    assertThat(item(node, "a").dueUntil()).isPresent();
    runtime.release(name("a"));
    awaitState(node, "a", State.PRESENT);
    assertThat(runtime.asked()).containsExactly(name("a"));
  }

  @Test
  void ofHigherPriorityGoFirst() throws Exception {
    // Given
    runtime.hold(name("a"));
    Node node =
        node(
            false,
            HOUR,
            line("b", PullPolicy.IF_NOT_PRESENT, Optional.empty(), Optional.empty(), 1),
            line("c", PullPolicy.IF_NOT_PRESENT, Optional.empty(), Optional.empty(), 90));
    node.prePuller().now(List.of(reference("a")));
    Until.holds("the first is asked for", () -> runtime.going() == 1);
    node.prePuller().runLists();
    awaitQueued(node, "b");
    awaitQueued(node, "c");
    // When
    runtime.release(name("a"));
    // Then
    awaitState(node, "b", State.PRESENT);
    assertThat(runtime.asked()).containsExactly(name("a"), name("c"), name("b"));
  }

  @RepeatedTest(20)
  void ofTwoBegunTogetherTheHigherIsAskedForFirstThoughTheLowerIsQuicker() throws Exception {
    // Given
    PrePullSettings.Image lower =
        line("a", PullPolicy.ALWAYS, Optional.empty(), Optional.empty(), 1); // asks nothing before
    PrePullSettings.Image higher =
        line("b", PullPolicy.IF_NOT_PRESENT, Optional.empty(), Optional.empty(), 2);
    Node node = node(false, HOUR, lower, higher);
    // When
    node.prePuller().runLists();
    // Then
    awaitState(node, "a", State.PRESENT);
    awaitState(node, "b", State.PRESENT);
    assertThat(runtime.asked()).containsExactly(name("b"), name("a"));
  }

  @Test
  void soManyGoOnAtOnceAsAreToAndAnotherWaits() throws Exception {
    // Given
    for (String tool : List.of("a", "b", "c")) {
      runtime.hold(name(tool));
    }
    Node node =
        node(Settings.prePull(directory, false, HOUR, 2, 80, line("a"), line("b"), line("c")));
    // When
    node.prePuller().runLists();
    // Then
    Until.holds("two are asked for", () -> runtime.going() == 2);
    awaitQueued(node, "c");
    assertThat(runtime.asked()).containsExactlyInAnyOrder(name("a"), name("b"));
    runtime.release(name("a"));
    Until.holds("the third is asked for", () -> runtime.timesAsked(name("c")) == 1);
    runtime.release(name("b"));
    runtime.release(name("c"));
    for (String tool : List.of("a", "b", "c")) {
      awaitState(node, tool, State.PRESENT);
    }
    assertThat(runtime.mostAtOnce()).isEqualTo(2);
  }

  @Test
  void aJobsPullGoesFirst() throws Exception {
    // Given
    runtime.hold(name("a"));
    runtime.hold(name("c"));
    Node node = node(false, HOUR, line("b"));
    Puller.Ticket job =
        node.puller().forStep(reference("a"), Optional.empty(), new StepRef(1, 1), 0);
    Until.holds("the job's is asked for", () -> runtime.going() == 1);
    node.prePuller().runLists();
    awaitQueued(node, "b");
    // When
    Puller.Ticket second =
        node.puller().forStep(reference("c"), Optional.empty(), new StepRef(2, 1), 0);
    Until.holds("another job's is asked for", () -> runtime.going() == 2);
    runtime.release(name("a"));
    runtime.release(name("c"));
    // Then
    job.await(MINUTE);
    second.await(MINUTE);
    awaitState(node, "b", State.PRESENT);
    assertThat(runtime.asked()).containsExactly(name("a"), name("c"), name("b"));
  }

  @Test
  void aFailureIsToldAndTheLastSuccessKept() throws Exception {
    // Given
    Node node =
        node(true, HOUR, line("a", PullPolicy.ALWAYS, Optional.empty(), Optional.empty(), 0));
    node.prePuller().start();
    awaitState(node, "a", State.PRESENT);
    Optional<Instant> success = item(node, "a").lastSuccess();
    runtime.failAlways(name("a"), Code.UNKNOWN, "503 Service Unavailable");
    // When
    node.prePuller().runLists();
    // Then
    awaitState(node, "a", State.FAILED);
    PrePullItem item = item(node, "a");
    assertThat(item.lastError())
        .isEqualTo("cannot get image " + name("a") + ": 503 Service Unavailable");
    assertThat(item.lastSuccess()).isEqualTo(success);
    assertThat(item.dueUntil()).isEmpty();
    assertThat(runtime.timesAsked(name("a"))).isEqualTo(3); // two attempts the second time
  }

  @Test
  void aRuntimeThatIsAwayIsWaitedFor() throws Exception {
    // Given
    Node node = node(true, HOUR, line("a"));
    runtime.goAway();
    node.prePuller().start();
    Until.holds("it is tried", () -> node.puller().progress().isEmpty());
    // When
    runtime.comeBack();
    // Then
    awaitState(node, "a", State.PRESENT);
  }

  @ParameterizedTest
  @CsvSource({"amd64, linux/amd64", "aarch64, linux/arm64"})
  void anImageForThisPlatformIsPulled(String architecture, String platform) throws Exception {
    // Given
    String before = System.getProperty("os.arch", "");
    System.setProperty("os.arch", architecture);
    try {
      Node node = node(true, HOUR, forPlatform("a", platform));
      // When
      node.prePuller().start();
      // Then
      awaitState(node, "a", State.PRESENT);
    } finally {
      System.setProperty("os.arch", before);
    }
  }

  @Test
  void anImageForAnotherPlatformIsSkipped() throws Exception {
    // Given
    Node node = node(true, HOUR, forPlatform("a", "windows/amd64"), line("b"));
    // When
    node.prePuller().start();
    // Then
    awaitState(node, "a", State.SKIPPED);
    awaitState(node, "b", State.PRESENT);
    assertThat(item(node, "a").lastError()).startsWith("it is for windows/amd64, this is linux/");
    assertThat(runtime.asked()).containsExactly(name("b"));
  }

  @Test
  void theFileOfTheLineOpensItsRegistry() throws Exception {
    // Given
    Path file = Path.of("/etc/crane/pull.json");
    logins.put(file + " registry.example", new Login("registry.example", "robot", "secret-r"));
    Node node =
        node(
            true,
            HOUR,
            line("a", PullPolicy.IF_NOT_PRESENT, Optional.empty(), Optional.of(file), 0),
            line("b"));
    // When
    node.prePuller().start();
    // Then
    awaitState(node, "a", State.PRESENT);
    awaitState(node, "b", State.PRESENT);
    assertThat(runtime.auths(name("a")))
        .extracting(a -> a.getPassword())
        .containsExactly("secret-r");
    assertThat(runtime.auths(name("b"))).extracting(a -> a.getUsername()).containsExactly("");
    assertThat(stateFile).content().doesNotContain("secret-r", "robot");
  }

  @Test
  void aFileThatCannotBeReadIsTold() throws Exception {
    // Given
    Path file = Path.of("/etc/crane/missing.json");
    Node node =
        node(
            true,
            HOUR,
            line("a", PullPolicy.IF_NOT_PRESENT, Optional.empty(), Optional.of(file), 0));
    // When
    node.prePuller().start();
    // Then
    awaitState(node, "a", State.FAILED);
    assertThat(item(node, "a").lastError()).isEqualTo("no such file: /etc/crane/missing.json");
    assertThat(runtime.asked()).isEmpty();
  }

  // ---- the disk ----

  @Test
  void aboveTheThresholdItIsHeldUntilThereIsRoom() throws Exception {
    // Given
    usedPercent = 80;
    Node node = node(true, HOUR, line("a"));
    node.prePuller().start();
    awaitState(node, "a", State.HELD);
    List<String> before = runtime.asked();
    // When
    usedPercent = 79.9;
    // Then
    awaitState(node, "a", State.PRESENT);
    assertThat(before).isEmpty();
  }

  @Test
  void whatIsHeldToTheEndOfItsWindowIsGivenUp() throws Exception {
    // Given
    usedPercent = 95;
    Node node = node(true, Duration.ofMillis(50), line("a"));
    // When
    node.prePuller().start();
    // Then
    Until.holds("it is over", () -> item(node, "a").dueUntil().isEmpty());
    assertThat(item(node, "a").state()).isEqualTo(State.HELD);
    assertThat(item(node, "a").lastError()).isEqualTo("the disk is used to 80 % or more");
    assertThat(runtime.asked()).isEmpty();
  }

  @Test
  void whatIsThereIsToldThoughTheDiskIsFull() throws Exception {
    // Given
    usedPercent = 95;
    runtime.has("sha256:a", name("a"));
    Node node = node(true, HOUR, line("a"));
    // When
    node.prePuller().start();
    // Then
    awaitState(node, "a", State.PRESENT);
  }

  @Test
  void oneWhoseTurnComesWhenTheDiskIsFullIsHeld() throws Exception {
    // Given
    runtime.hold(name("a"));
    Node node = node(false, HOUR);
    node.prePuller().now(List.of(reference("a")));
    Until.holds("the first is asked for", () -> runtime.going() == 1);
    node.prePuller().now(List.of(reference("b"), reference("c")));
    awaitQueued(node, "b");
    awaitQueued(node, "c");
    usedPercent = 95;
    // When
    runtime.release(name("a"));
    // Then
    awaitState(node, "a", State.PRESENT);
    awaitState(node, "b", State.HELD);
    awaitState(node, "c", State.HELD); // it is told, too, though it is not the next
    assertThat(runtime.asked()).containsExactly(name("a"));
    usedPercent = 0;
    awaitState(node, "b", State.PRESENT);
    awaitState(node, "c", State.PRESENT);
  }

  // ---- the window ----

  @Test
  void oneWhoseWindowEndsWhileItWaitsForItsTurnFails() throws Exception {
    // Given
    runtime.hold(name("a"));
    Node node = node(false, Duration.ofMillis(50), line("b"));
    node.prePuller().now(List.of(reference("a")));
    Until.holds("the first is asked for", () -> runtime.going() == 1);
    // When
    node.prePuller().runLists();
    // Then
    Until.holds("it has failed", () -> item(node, "b").state() == State.FAILED);
    assertThat(item(node, "b").lastError()).isEqualTo("the window ended before its turn came");
    assertThat(item(node, "b").dueUntil()).isEmpty();
    runtime.release(name("a"));
    awaitState(node, "a", State.PRESENT);
    assertThat(runtime.asked()).containsExactly(name("a"));
  }

  @Test
  void aRunThatComesWhileItWaitsExtendsItsWindow() throws Exception {
    // Given
    usedPercent = 95;
    Node node = node(false, Duration.ofMillis(500), line("a"));
    node.prePuller().runLists();
    Instant first = item(node, "a").dueUntil().orElseThrow();
    // When
    node.prePuller().now(List.of(reference("a"))); // for a minute
    // Then
    Until.holds("the first window is over", () -> Instant.now().isAfter(first));
    int looks = diskLooks.get();
    Until.holds("it waits on", () -> diskLooks.get() >= looks + 3);
    assertThat(item(node, "a").dueUntil().orElseThrow()).isAfter(first);
    usedPercent = 0;
    awaitState(node, "a", State.PRESENT);
    assertThat(runtime.asked()).containsExactly(name("a"));
  }

  // ---- when asked ----

  @Test
  void whatACommandAsksForIsPulledThoughNoListHasIt() throws Exception {
    // Given
    Node node = node(false, HOUR, line("b"));
    node.prePuller().start();
    // When
    List<PrePullItem> told = node.prePuller().now(List.of(reference("a")));
    // Then
    assertThat(told).extracting(PrePullItem::reference).containsExactly(name("a"));
    awaitState(node, "a", State.PRESENT);
    assertThat(item(node, "a").source()).isEmpty();
    assertThat(runtime.asked()).containsExactly(name("a"));
  }

  @Test
  void aCommandWithoutANameAsksForTheLists() throws Exception {
    // Given
    Node node = node(false, HOUR, line("a"), line("b"));
    node.prePuller().start();
    // When
    List<PrePullItem> told = node.prePuller().now(List.of());
    // Then
    assertThat(told).extracting(PrePullItem::reference).containsExactly(name("a"), name("b"));
    awaitState(node, "a", State.PRESENT);
    awaitState(node, "b", State.PRESENT);
  }

  // ---- lists that change ----

  @Test
  void aListThatComesIsPulledAndOneThatGoesIsForgotten() throws Exception {
    // Given
    Node node = node(false, HOUR);
    node.prePuller().start();
    Path list = write("Images: [" + name("a") + "]", 1);
    node.prePuller().lookAgain();
    awaitState(node, "a", State.PRESENT);
    // When
    Files.delete(list);
    node.prePuller().lookAgain();
    // Then
    assertThat(node.prePuller().items()).isEmpty();
  }

  @Test
  void theFileThatListsItNowIsTold() throws Exception {
    // Given
    Node node = node(false, HOUR);
    node.prePuller().now(List.of(reference("a")));
    awaitState(node, "a", State.PRESENT);
    String before = item(node, "a").source();
    // When
    Path list = write("Images: [" + name("a") + "]", 1);
    node.prePuller().lookAgain();
    String listed = item(node, "a").source();
    Path moved = Files.move(list, list.resolveSibling("moved.yaml"));
    node.prePuller().lookAgain();
    // Then
    assertThat(before).isEmpty();
    assertThat(listed).isEqualTo(list.toString());
    assertThat(item(node, "a").source()).isEqualTo(moved.toString());
  }

  @Test
  void onlyWhatIsNewInAListIsPulled() throws Exception {
    // Given
    write("Images: [{Image: " + name("a") + ", Policy: Always}]", 1);
    Node node = node(true, HOUR);
    node.prePuller().start();
    awaitState(node, "a", State.PRESENT);
    // When
    write("Images: [{Image: " + name("a") + ", Policy: Always}, " + name("b") + "]", 2);
    node.prePuller().lookAgain();
    // Then
    awaitState(node, "b", State.PRESENT);
    assertThat(runtime.asked()).containsExactly(name("a"), name("b"));
  }

  // ---- restarts ----

  @Test
  void aRunThatWasCutOffGoesOnAfterTheRestart() throws Exception {
    // Given
    runtime.hold(name("a"));
    Node first = node(true, HOUR, line("a"));
    first.prePuller().start();
    Until.holds("it is asked for", () -> runtime.going() == 1);
    first.close();
    Until.holds("it is cancelled", () -> runtime.cancelled().equals(List.of(name("a"))));
    runtime.release(name("a"));
    Node second = node(false, HOUR, line("a"));
    // When
    second.prePuller().start();
    // Then
    awaitState(second, "a", State.PRESENT);
    assertThat(runtime.timesAsked(name("a"))).isEqualTo(2);
  }

  @Test
  void whatACommandAskedForGoesOnAfterTheRestart() throws Exception {
    // Given
    runtime.hold(name("a"));
    Node first = node(false, HOUR);
    first.prePuller().now(List.of(reference("a")));
    Until.holds("it is asked for", () -> runtime.going() == 1);
    first.close();
    Until.holds("it is cancelled", () -> !runtime.cancelled().isEmpty());
    runtime.release(name("a"));
    Node second = node(false, HOUR);
    // When
    second.prePuller().start();
    // Then
    awaitState(second, "a", State.PRESENT);
  }

  @Test
  void aRunWhoseWindowIsOverIsNotTakenUp() throws Exception {
    // Given
    Files.writeString(
        stateFile,
        """
        [{"reference": "%s", "state": "QUEUED", "lastSuccess": "2026-01-31T12:00:00Z",
          "lastError": "", "digest": "", "dueUntil": "2026-01-31T16:00:00Z", "source": "x"}]
        """
            .formatted(name("a")));
    Node node = node(false, HOUR, line("a"));
    // When
    node.prePuller().start();
    node.prePuller().now(List.of(reference("b"))); // would come after it
    // Then
    awaitState(node, "b", State.PRESENT);
    assertThat(runtime.asked()).containsExactly(name("b"));
    assertThat(item(node, "a").lastSuccess()).contains(Instant.parse("2026-01-31T12:00:00Z"));
  }

  @Test
  void howItWentIsKnownAfterTheRestart() throws Exception {
    // Given
    runtime.failAlways(name("b"), Code.UNKNOWN, "404 Not Found");
    Node first = node(true, HOUR, line("a"), line("b"));
    first.prePuller().start();
    awaitState(first, "a", State.PRESENT);
    awaitState(first, "b", State.FAILED);
    List<PrePullItem> before = first.prePuller().items();
    first.close();
    Node second = node(false, HOUR, line("a"), line("b"));
    // When
    second.prePuller().start();
    // Then
    assertThat(second.prePuller().items()).isEqualTo(before);
    assertThat(item(second, "b").lastError()).contains("404 Not Found");
  }

  @ParameterizedTest
  @CsvSource({"''", "'{'", "'[{}]'", "'[{\"reference\": \"Not A Name\", \"state\": \"NEW\"}]'"})
  void aStateFileThatCannotBeUsedIsLeftOut(String content) throws Exception {
    // Given
    Files.writeString(stateFile, content);
    Node node = node(true, HOUR, line("a"));
    // When
    node.prePuller().start();
    // Then
    awaitState(node, "a", State.PRESENT);
  }

  // ---- helpers ----

  /** What one daemon has of all this. */
  private record Node(PrePuller prePuller, Puller puller) implements AutoCloseable {
    @Override
    public void close() {
      prePuller.close();
      puller.close();
    }
  }

  private Node node(boolean atStart, Duration window, PrePullSettings.Image... lines)
      throws IOException {
    return node(Settings.prePull(directory, atStart, window, 1, 80, lines));
  }

  private Node node(PrePullSettings settings) throws IOException {
    ImageRecords records = ImageRecords.open(dir.resolve("records.json"), Verify.CREDENTIALS);
    Puller puller =
        new Puller(
            runtime.images(),
            records,
            new Puller.Limits(3, 3, MINUTE, Duration.ofMillis(1)),
            new FakeDisk(),
            runtime.meters());
    Images images =
        new Images(runtime.images(), puller, records, new ImageHolds(), PullPolicy.IF_NOT_PRESENT);
    PrePuller prePuller =
        new PrePuller(
            images,
            new PrePullLists(settings),
            settings,
            this::lookAtDisk,
            this::login,
            stateFile,
            Duration.ofMillis(20));
    Node node = new Node(prePuller, puller);
    opened.add(node);
    return node;
  }

  private double lookAtDisk() {
    diskLooks.incrementAndGet();
    return usedPercent;
  }

  private Optional<Login> login(Path file, String registry) throws IOException {
    if (file.endsWith("missing.json")) {
      throw new IOException("no such file: " + file);
    }
    return Optional.ofNullable(logins.get(file + " " + registry));
  }

  private static PrePullSettings.Image line(String tool) {
    return line(tool, PullPolicy.IF_NOT_PRESENT, Optional.empty(), Optional.empty(), 0);
  }

  private static PrePullSettings.Image forPlatform(String tool, String platform) {
    return line(tool, PullPolicy.IF_NOT_PRESENT, Optional.of(platform), Optional.empty(), 0);
  }

  private static PrePullSettings.Image line(
      String tool,
      PullPolicy policy,
      Optional<String> platform,
      Optional<Path> credentials,
      int priority) {
    return new PrePullSettings.Image(
        name(tool), policy, platform, credentials, priority, "/etc/crane/config.yaml");
  }

  private Path write(String content, int second) throws IOException {
    Path file = Files.writeString(directory.resolve("list.yaml"), content);
    return Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(second)));
  }

  private static PrePullItem item(Node node, String tool) {
    return node.prePuller().items().stream()
        .filter(i -> i.reference().equals(name(tool)))
        .findFirst()
        .orElseThrow();
  }

  private static void awaitState(Node node, String tool, State state) {
    Until.holds(
        tool + " is " + state,
        () -> item(node, tool).state() == state && node.puller().progress().isEmpty());
  }

  /** It waits for its turn. */
  private static void awaitQueued(Node node, String tool) {
    Until.holds(tool + " is queued", () -> item(node, tool).state() == State.QUEUED);
  }

  private static String name(String tool) {
    return "registry.example/team/" + tool + ":1";
  }

  private static Reference reference(String tool) {
    return Reference.parse(name(tool));
  }
}
