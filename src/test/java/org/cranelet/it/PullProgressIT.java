package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cranelet.it.PullingNode.nameIn;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.cranelet.proto.node.PullProgress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What who waits for a pull sees of it. What a terminal shows is kept in {@code
 * target/pull-progress-VERSION.txt}.
 */
@Tag("table")
class PullProgressIT {
  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;

  @RegisterExtension final PullingNode pulling = new PullingNode();

  @Test
  void onATerminalItShowsABarAndARateAndThenTheJobsOutput() throws IOException {
    pulling.start();
    String large = pulling.node.testbed.get("TESTBED_IMAGE_LARGE");
    String name = pulling.registry.host() + large.substring(large.indexOf('/'));
    pulling.registry.throttle(8 * MIB);

    String shown =
        pulling
            .node
            .onTerminal(100, "ccon", "run", name, "echo", "Hello from container")
            .mustSucceed()
            .out();

    List<String> screens = screens(shown);
    Path file = Path.of("target", "pull-progress-" + pulling.node.testbed.version() + ".txt");
    Files.writeString(
        file,
        "ccon run of a 50 MiB image at 8 MiB/s, containerd %s; each line is the terminal's last one at a time\n"
                .formatted(pulling.node.testbed.version())
            + String.join("\n", screens)
            + "\n");
    assertThat(screens)
        .anyMatch(s -> s.matches(".*\\[=+> *\\].*[0-9.]+ .*50\\.\\d MiB.*MiB/s.*"))
        .allMatch(s -> s.length() < 100);
    assertThat(screens.getLast()).isEqualTo("Hello from container");
    assertThat(shown).endsWith("Hello from container\r\n");
  }

  /** What stood in a terminal's last line, one after the other, without repetitions. */
  private static List<String> screens(String shown) {
    return Stream.of(shown.split("[\r\n]|\u001b\\[[0-9;?]*[A-Za-z]"))
        .map(String::stripTrailing)
        .filter(s -> !s.isEmpty())
        .toList();
  }

  @Test
  void withoutATerminalItSaysAFewQuietLinesAndStandardOutputIsTheJobsAlone() {
    pulling.start();
    TestImage image = TestImage.of("quiet", Layer.random("random", 2 * MIB));
    String name = pulling.registry.push(image);
    pulling.registry.throttle(400 * KIB);

    var result = pulling.run(name);

    assertThat(result.mustSucceed().out()).isEqualTo(nameIn(image));
    assertThat(result.err())
        .contains("pulling " + name, "pulled " + name)
        .doesNotContain("\r", "\u001b");
    assertThat(result.err().lines().count()).isLessThan(6);
  }

  @Test
  void aPullThatIsSoonOverIsNotSpokenOf() {
    pulling.start();
    TestImage image = TestImage.tiny("soon");

    var result = pulling.run(pulling.registry.push(image));

    assertThat(result.mustSucceed().out()).isEqualTo(nameIn(image));
    assertThat(result.err()).isEmpty();
  }

  @Test
  void theListOfPullsShowsBytesThatGrowAndWhoWaits() {
    pulling.start();
    // containerd tells of bytes by the MiB.
    TestImage image = TestImage.of("grows", Layer.random("random", 8 * MIB));
    String name = pulling.registry.push(image);
    pulling.registry.throttle(MIB);
    String id = pulling.submit(name);
    Until.holds("bytes come", () -> bytes(name) > 0);

    long early = bytes(name);
    Until.holds("more bytes come", () -> bytes(name) > early);
    JsonNode pull = listed(0).path(0);

    assertThat(pull.path("image").asText()).isEqualTo(name);
    assertThat(pull.path("state").asText()).isEqualTo("Pulling");
    assertThat(pull.path("totalBytes").asLong()).isGreaterThanOrEqualTo(8 * MIB);
    assertThat(pull.path("bytes").asLong()).isBetween(early, pull.path("totalBytes").asLong());
    assertThat(pull.path("waitingSteps").asInt()).isEqualTo(1);
    assertThat(pull.path("attempt").asInt()).isEqualTo(1);
    assertThat(pull.path("prePull").asBoolean()).isFalse();
    assertThat(pulling.metric("cranelet_image_pulls_in_flight")).isEqualTo(1);
    assertThat(pulling.node.cranelet("images", "--pulls").mustSucceed().out())
        .contains(name, "Pulling", "MiB");
    pulling.registry.heal();
    pulling.assertRan(id, image);
    assertThat(pulling.pulls()).isEmpty();
    assertThat(pulling.metric("cranelet_image_pulls_in_flight")).isZero();
  }

  private long bytes(String name) {
    return pulling.pull(name).map(PullProgress::getBytes).orElse(0L);
  }

  private JsonNode listed(int uid) {
    return NodeUnderTest.json(
        pulling.node.craneletAs(uid, "images", "--pulls", "--json").mustSucceed().out());
  }

  @Test
  void aUserSeesHisOwnPullsOnly() {
    pulling.start();
    TestImage image = TestImage.of("own", Layer.random("random", 64 * KIB));
    String name = pulling.registry.push(image);
    Stall stall = pulling.registry.stallNext();
    String id = pulling.submitAs(NodeUnderTest.ALICE, Map.of(), name);
    pulling.awaitWaiting(name, 1);

    assertThat(listed(NodeUnderTest.ALICE).findValuesAsText("image")).containsExactly(name);
    assertThat(listed(NodeUnderTest.BOB)).isEmpty();

    stall.release();
    pulling.assertRan(id, image);
  }

  @Test
  void morePullsThanAreAllowedAtOnceWaitInAQueueAndSaySo() {
    pulling.start(NodeUnderTest.images("MaxParallelPulls: 1"));
    TestImage first = TestImage.of("first", Layer.random("random", 64 * KIB));
    TestImage second = TestImage.of("second", Layer.random("random", 64 * KIB));
    String one = pulling.registry.push(first);
    String two = pulling.registry.push(second);
    Stall stall = pulling.registry.stallNext();
    String a = pulling.submit(one);
    stall.await();
    String b = pulling.submit(two);
    pulling.awaitWaiting(two, 1);

    assertThat(pulling.pull(two).orElseThrow().getState()).isEqualTo(PullProgress.State.QUEUED);
    assertThat(pulling.metric("cranelet_image_pulls_queued")).isEqualTo(1);
    assertThat(pulling.registry.resolves()).isEqualTo(1);

    stall.release();
    pulling.assertRan(a, first);
    pulling.assertRan(b, second);
  }
}
