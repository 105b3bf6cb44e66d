package org.cranelet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.Timestamp;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.PrePullItem;
import org.cranelet.proto.node.PrePullItem.State;
import org.cranelet.proto.node.PrePullStatusReply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrePullCommandTest {
  private static final String A = "docker.io/library/a:latest";
  private static final String B = "registry.test/b:1";

  private final FakeDaemon daemon;
  private final List<List<String>> asked = new ArrayList<>();
  private final ConcurrentLinkedQueue<PrePullStatusReply> states = new ConcurrentLinkedQueue<>();

  PrePullCommandTest(@TempDir Path dir) throws IOException {
    daemon = new FakeDaemon(dir);
    daemon.rpc.unary(
        NodeGrpc.getPrePullMethod(),
        (peer, q) -> {
          asked.add(q.getReferencesList());
          return states.remove();
        });
    daemon.rpc.unary(NodeGrpc.getPrePullStatusMethod(), (peer, q) -> states.remove());
  }

  @AfterEach
  void close() {
    daemon.close();
  }

  private static PrePullItem item(String reference, State state) {
    return PrePullItem.newBuilder().setReference(reference).setState(state).build();
  }

  private void answer(PrePullItem... items) {
    states.add(PrePullStatusReply.newBuilder().addAllItems(List.of(items)).build());
  }

  @Test
  void imagesAreAskedForByTheirFullNames() {
    // Given
    answer(item(A, State.QUEUED), item(B, State.PULLING), item("x.test/other:1", State.WAITING));
    // When
    FakeDaemon.Ran ran = daemon.cranelet("prepull", "a", B);
    // Then
    assertThat(asked).containsExactly(List.of(A, B));
    assertThat(ran)
        .isEqualTo(
            new FakeDaemon.Ran(
                0,
                """
                IMAGE                        STATE
                docker.io/library/a:latest   Queued
                registry.test/b:1            Pulling
                """,
                ""));
  }

  @Test
  void noImageIsAllOfTheLists() {
    // Given
    answer(item(A, State.QUEUED), item(B, State.QUEUED));
    // When
    FakeDaemon.Ran ran = daemon.cranelet("prepull");
    // Then
    assertThat(asked).containsExactly(List.of());
    assertThat(ran.out()).contains(A).contains(B);
  }

  @Test
  void waitTellsEachChangeAndEndsWhenNothingIsOnItsWay() {
    // Given
    answer(item(A, State.QUEUED), item(B, State.QUEUED));
    PrePullItem held = item(B, State.HELD).toBuilder().setLastError("the disk is full").build();
    answer(item(A, State.PULLING), held, item("x.test/other:1", State.PULLING));
    answer(item(A, State.PRESENT), held, item("x.test/other:1", State.PULLING));
    // When
    FakeDaemon.Ran ran = daemon.cranelet("prepull", "--wait", A, B);
    // Then
    assertThat(ran.err())
        .isEqualTo(
            """
            cranelet: docker.io/library/a:latest: Queued
            cranelet: registry.test/b:1: Queued
            cranelet: docker.io/library/a:latest: Pulling
            cranelet: docker.io/library/a:latest: Present
            cranelet: registry.test/b:1: the disk is full
            """);
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).contains("Present").contains("Held").doesNotContain("other");
  }

  @Test
  void waitFailsIfOneFailedAndSaysWhy() {
    // Given
    answer(
        item(A, State.PRESENT),
        item(B, State.FAILED).toBuilder().setLastError("401\nUnauthorized").build());
    // When
    FakeDaemon.Ran ran = daemon.cranelet("prepull", A, B, "--wait");
    // Then
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err())
        .isEqualTo(
            """
            cranelet: docker.io/library/a:latest: Present
            cranelet: registry.test/b:1: 401 Unauthorized
            """);
  }

  @Test
  void anImageThatIsTakenOffTheListsIsNotWaitedForForEver() {
    // Given
    answer(item(A, State.QUEUED));
    answer(item(B, State.PRESENT));
    // When
    FakeDaemon.Ran ran = daemon.cranelet("prepull", A, "--wait");
    // Then
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).endsWith("cranelet: " + A + " is not going to be pulled\n");
  }

  @Test
  void aBadReferenceIsToldBeforeAnythingIsAsked() {
    // When
    FakeDaemon.Ran ran = daemon.cranelet("prepull", "Bad Name");
    // Then
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err()).startsWith("cranelet: 'Bad Name' is not an image reference: ");
    assertThat(asked).isEmpty();
  }

  @Test
  void statusTellsHowEachIsDoing() {
    // Given
    Instant now = Pulls.START;
    List<PrePullItem> items =
        List.of(
            item(A, State.PRESENT).toBuilder()
                .setLastSuccess(at(now.minusSeconds(300)))
                .setNextRun(at(now.plusSeconds(7300)))
                .setDigest("docker.io/library/a@sha256:" + "b2".repeat(32))
                .setSource("/etc/crane/prepull.d/base.yaml")
                .build(),
            item(B, State.FAILED).toBuilder()
                .setNextRun(at(now.minusSeconds(1)))
                .setLastError("401 Unauthorized")
                .build());
    // Then
    assertThat(PrePulls.table(items, now))
        .hasToString(
            """
            IMAGE                        STATE     LAST SUCCESS   NEXT RUN   DIGEST         SOURCE                           LAST ERROR
            docker.io/library/a:latest   Present   5m ago         in 2h      b2b2b2b2b2b2   /etc/crane/prepull.d/base.yaml   -
            registry.test/b:1            Failed    -              now        -              command                          401 Unauthorized
            """);
  }

  @Test
  void statusOfNothingIsAHead() {
    // Given
    answer();
    // When
    FakeDaemon.Ran ran = daemon.cranelet("prepull", "status");
    // Then
    assertThat(asked).isEmpty();
    assertThat(ran)
        .isEqualTo(
            new FakeDaemon.Ran(
                0, "IMAGE   STATE   LAST SUCCESS   NEXT RUN   DIGEST   SOURCE   LAST ERROR\n", ""));
  }

  @Test
  void statusHasAShapeInJson() throws IOException {
    // Given
    answer(
        item(A, State.SKIPPED).toBuilder()
            .setLastSuccess(at(Pulls.START))
            .setSource("/etc/crane/config.yaml")
            .build());
    // When
    FakeDaemon.Ran ran = daemon.cranelet("prepull", "status", "--json");
    // Then
    JsonMapper mapper = JsonMapper.builder().build();
    assertThat(mapper.readTree(ran.out()))
        .isEqualTo(
            mapper.readTree(
                """
                [{"image": "docker.io/library/a:latest", "state": "Skipped",
                  "lastSuccess": "2026-01-31T12:00:00Z", "nextRun": null, "digest": "",
                  "source": "/etc/crane/config.yaml", "lastError": ""}]
                """));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "prepull busybox status",
        "prepull --wait status",
        "prepull status busybox",
        "prepull status --wait",
        "prepull --nope",
        "images --nope",
        "images busybox",
        "gc --nope",
      })
  void whatIsNotMeantIsOneLineAndExitCode2(String line) {
    // When
    FakeDaemon.Ran ran = daemon.cranelet(line.split(" ", -1));
    // Then
    assertThat(ran.err()).startsWith("cranelet: ").hasLineCount(1);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.code()).isEqualTo(2);
    assertThat(asked).isEmpty();
  }

  @Test
  void theHelpTellsOfStatus() {
    // When
    FakeDaemon.Ran ran = daemon.cranelet("prepull", "--help");
    // Then
    assertThat(ran.out()).contains("[IMAGE...]").contains("docker.io/library/status");
  }

  private static Timestamp at(Instant t) {
    return Timestamp.newBuilder().setSeconds(t.getEpochSecond()).build();
  }
}
