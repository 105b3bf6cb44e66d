package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cranelet.it.PullingNode.nameIn;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Images that are on the node before a job needs them, and never in a job's way. */
@Tag("registry")
class PrePullIT {
  private static final int KIB = 1024;

  @RegisterExtension final PullingNode pulling = new PullingNode();

  private TestImage push(String name) {
    TestImage image = TestImage.of(name, Layer.random("random", 256 * KIB));
    pulling.registry.push(image);
    return image;
  }

  private String name(TestImage image) {
    return image.at(pulling.registry.host());
  }

  /** What {@code cranelet prepull status} tells of one image. */
  private Optional<JsonNode> item(String name) {
    JsonNode all =
        NodeUnderTest.json(
            pulling.node.cranelet("prepull", "status", "--json").mustSucceed().out());
    return StreamSupport.stream(all.spliterator(), false)
        .filter(i -> i.path("image").asText().equals(name))
        .findFirst();
  }

  private String state(String name) {
    return item(name).map(i -> i.path("state").asText()).orElse("not listed");
  }

  private void awaitItem(String name, String state) {
    Until.holds(name + " is " + state + ": " + item(name), () -> state(name).equals(state));
  }

  private static String atStart(String... images) {
    return "PrePull: {AtStart: true, Jitter: 0, Images: [\""
        + String.join("\", \"", images)
        + "\"]}";
  }

  // ---- beside jobs ----

  @Test
  void aJobForAnotherImageStartsWhileAPrePullGoesOn() {
    TestImage large = push("large");
    TestImage jobs = push("jobs");
    Stall stall = pulling.registry.stallNext();
    pulling.start(atStart(name(large)));
    stall.await();

    assertThat(pulling.run(name(jobs)).mustSucceed().out()).isEqualTo(nameIn(jobs));

    assertThat(state(name(large))).isEqualTo("Pulling");
    stall.release();
    awaitItem(name(large), "Present");
  }

  @Test
  void aJobThatWaitsForItsImageGoesBeforeAPrePullThatWaitedLonger() {
    TestImage first = push("first");
    TestImage listed = push("listed");
    TestImage jobs = push("jobs");
    pulling.start(NodeUnderTest.images("MaxParallelPulls: 1"));
    Stall stall = pulling.registry.stallNext();
    String one = pulling.submit(name(first));
    stall.await();
    pulling.node.cranelet("prepull", name(listed)).mustSucceed();
    awaitItem(name(listed), "Queued");
    String two = pulling.submit(name(jobs));
    pulling.awaitWaiting(name(jobs), 1);

    stall.release();

    pulling.assertRan(one, first);
    pulling.assertRan(two, jobs);
    awaitItem(name(listed), "Present");
    assertThat(resolved())
        .containsExactly(first.repository(), jobs.repository(), listed.repository());
  }

  /** The repositories in the order in which they were asked for. */
  private List<String> resolved() {
    return pulling.registry.requests().stream()
        .filter(FaultyRegistry.Request::isByTag)
        .map(r -> r.path().replaceFirst("^/v2/", "").replaceFirst("/manifests/.*", ""))
        .distinct()
        .toList();
  }

  @Test
  void aJobThatNeedsAnImageThatIsBeingPrePulledWaitsForThatPull() {
    TestImage image = push("both");
    Stall stall = pulling.registry.stallNext();
    pulling.start(atStart(name(image)));
    stall.await();
    String id = pulling.submit(name(image));
    pulling.awaitWaiting(name(image), 1);

    stall.release();

    pulling.assertRan(id, image);
    awaitItem(name(image), "Present");
    assertThat(pulling.registry.resolves()).as("pulls").isEqualTo(1);
  }

  @Test
  void aJobThatIsCancelledLeavesThePrePullItWaitedFor() {
    TestImage image = push("both");
    Stall stall = pulling.registry.stallNext();
    pulling.start(atStart(name(image)));
    stall.await();
    String id = pulling.submit(name(image));
    pulling.awaitWaiting(name(image), 1);

    pulling.node.ccon("stop", id).mustSucceed();
    pulling.node.awaitState(id, "Cancelled");
    stall.release();

    awaitItem(name(image), "Present");
    assertThat(pulling.registry.resolves()).as("pulls").isEqualTo(1);
  }

  // ---- restarts ----

  @Test
  void aDaemonKilledInTheMiddleOfAPrePullResumesIt() {
    TestImage image = push("killed");
    Stall stall = pulling.registry.stallNext();
    pulling.start("PrePull: {AtStart: false, Jitter: 0}"); // nothing else would pull it again
    pulling.node.cranelet("prepull", name(image)).mustSucceed();
    stall.await();

    pulling.node.kill();
    pulling.node.start();

    awaitItem(name(image), "Present");
    JsonNode item = item(name(image)).orElseThrow();
    assertThat(item.path("digest").asText()).endsWith(image.digest());
    assertThat(item.path("lastSuccess").asText()).isNotEmpty();
    assertThat(pulling.run(name(image), "--pull-policy", "Never").mustSucceed().out())
        .isEqualTo(nameIn(image));
  }

  // ---- lists ----

  @Test
  void aFileThatAppearsInTheDirectoryIsPickedUpAndForgottenWhenItGoes() throws IOException {
    TestImage image = push("listed");
    pulling.start("PrePull: {AtStart: true, Jitter: 0, Directory: $HOME/prepull.d}");
    Path directory = pulling.node.home.resolve("prepull.d");
    Files.createDirectories(directory);
    assertThat(state(name(image))).isEqualTo("not listed");

    Path file = directory.resolve("list.yaml");
    Files.writeString(file, "Images:\n  - Image: " + name(image) + "\n    Priority: 50\n");

    awaitItem(name(image), "Present");
    assertThat(item(name(image)).orElseThrow().path("source").asText()).isEqualTo(file.toString());
    Files.delete(file);
    awaitItem(name(image), "not listed");
    assertThat(pulling.registry.runtime.has(name(image))).as("it stays on the node").isTrue();
  }

  @Test
  void aFileThatIsNoListIsToldAndTheOthersAreInEffect() throws IOException {
    TestImage image = push("listed");
    pulling.prepare("PrePull: {AtStart: true, Jitter: 0, Directory: $HOME/prepull.d}");
    Path directory = Files.createDirectory(pulling.node.home.resolve("prepull.d"));
    Files.writeString(directory.resolve("broken.yaml"), "Images: [unclosed\n");
    Files.writeString(directory.resolve("good.yaml"), "Images: [\"" + name(image) + "\"]\n");
    Files.writeString(directory.resolve("notes.txt"), "no list\n");

    pulling.node.start();

    awaitItem(name(image), "Present");
    assertThat(pulling.node.log()).contains("broken.yaml").doesNotContain("notes.txt");
  }

  @Test
  void aListedImageIsPulledWithItsCredentialsAndForThisPlatformOnly() throws IOException {
    pulling.registry.requireLogin("admin", "secret");
    TestImage image = push("login");
    pulling.prepare(
        "PrePull: {AtStart: true, Jitter: 0, Images: [{Image: \""
            + name(image)
            + "\", Credentials: $HOME/login.json},"
            + " {Image: \""
            + pulling.registry.host()
            + "/it/other:1\", Platform: linux/s390x}]}");
    Path login =
        Path.of(
            pulling
                .node
                .login(0, pulling.registry.host(), "admin", "secret")
                .get("CCON_AUTH_FILE"));
    Files.move(login, pulling.node.home.resolve("login.json"));

    pulling.node.start();

    awaitItem(name(image), "Present");
    awaitItem(pulling.registry.host() + "/it/other:1", "Skipped");
  }

  // ---- commands ----

  @Test
  void prePullWithWaitEndsWhenTheImageIsThereAndFailsWithTheReasonIfItCannotBeHad() {
    pulling.start("PrePull: {Attempts: 1}");
    TestImage image = push("asked");
    String absent = pulling.registry.host() + "/it/nothing:1";

    assertThat(pulling.node.cranelet("prepull", name(image), "--wait").mustSucceed().out())
        .contains(name(image), "Present");
    var failed = pulling.node.cranelet("prepull", absent, "--wait");

    assertThat(failed.exit()).isNotZero();
    assertThat(failed.err()).contains(absent, "not found");
    JsonNode item = item(absent).orElseThrow();
    assertThat(item.path("state").asText()).isEqualTo("Failed");
    assertThat(item.path("lastError").asText()).contains("not found");
    assertThat(pulling.registry.runtime.has(name(image))).isTrue();
  }

  @Test
  void whatIsAskedForByACommandDoesNotWaitForTheJitter() {
    TestImage image = push("asked");
    pulling.start("PrePull: {AtStart: true, Jitter: 3600, Images: [\"" + name(image) + "\"]}");
    assertThat(state(name(image))).isIn("Waiting", "Queued");

    pulling.node.cranelet("prepull", name(image)).mustSucceed();

    awaitItem(name(image), "Present");
  }

  @Test
  void onlyRootMayPrePullAndLookAtIt() {
    pulling.start();

    for (String[] what : new String[][] {{"prepull", "busybox"}, {"prepull", "status"}}) {
      var result = pulling.node.craneletAs(NodeUnderTest.ALICE, what);

      assertThat(result.exit()).isNotZero();
      assertThat(result.err()).contains("only root may").hasLineCount(1);
    }
  }

  @Test
  void aScheduledImageTellsWhenItsTimeComes() {
    TestImage image = push("scheduled");
    pulling.start(
        "PrePull: {Schedule: \"0 3 * * *\", AtStart: false, Jitter: 60, Images: [\""
            + name(image)
            + "\"]}");

    JsonNode item = item(name(image)).orElseThrow();

    assertThat(item.path("state").asText()).isEqualTo("Waiting");
    assertThat(item.path("nextRun").asText()).isNotEmpty();
    assertThat(pulling.registry.requests()).isEmpty();
    pulling.node.cranelet("prepull").mustSucceed(); // all of the lists, now
    awaitItem(name(image), "Present");
  }

  @Test
  void aScheduledImageIsPulledWhenItsTimeHasCome() {
    TestImage image = push("scheduled");
    pulling.start(
        "PrePull: {Schedule: \"* * * * *\", AtStart: false, Jitter: 0, Images: [\""
            + name(image)
            + "\"]}");

    Until.holds(
        "the schedule pulls " + name(image),
        Duration.ofSeconds(90),
        () -> state(name(image)).equals("Present"));
  }

  @Test
  void aboveTheDiskThresholdNothingIsPrePulledAndJobsStillPull() {
    TestImage image = push("held");
    TestImage jobs = push("jobs");
    pulling.start(
        "PrePull: {AtStart: true, Jitter: 0, DiskThreshold: 1, Images: [\"" + name(image) + "\"]}");

    awaitItem(name(image), "Held");

    assertThat(pulling.registry.requests()).isEmpty();
    assertThat(pulling.runAs(0, Map.of(), name(jobs)).mustSucceed().out()).isEqualTo(nameIn(jobs));
  }
}
