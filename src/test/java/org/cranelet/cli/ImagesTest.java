package org.cranelet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.Timestamp;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.cranelet.proto.node.CollectGarbageReply;
import org.cranelet.proto.node.CollectImagesReply;
import org.cranelet.proto.node.ImageDetail;
import org.cranelet.proto.node.LeftOver;
import org.cranelet.proto.node.ListImagesReply;
import org.cranelet.proto.node.ListPullsReply;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.PullProgress;
import org.cranelet.proto.node.PullProgress.State;
import org.cranelet.transport.RpcException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cranelet images}, and {@code cranelet gc --images}. */
class ImagesTest {
  private static final Instant NOW = Pulls.START;
  private static final String BUSYBOX = "docker.io/library/busybox";

  private static final ImageDetail SHARED =
      ImageDetail.newBuilder()
          .setId("sha256:" + "a1".repeat(32))
          .addReferences("registry.test:5000/team/busybox:1")
          .addReferences(BUSYBOX + ":latest")
          .addDigests(BUSYBOX + "@sha256:" + "b2".repeat(32))
          .addDigests("registry.test:5000/team/busybox@sha256:" + "c3".repeat(32))
          .setSizeBytes(2_200_000)
          .setLastUsed(at(NOW.minusSeconds(7200)))
          .setPinned("pre-pull list")
          .setEverybody(true)
          .build();

  private static final ImageDetail PRIVATE =
      ImageDetail.newBuilder()
          .setId("sha256:" + "d4".repeat(32))
          .addReferences("a.test/secret:1")
          .setSizeBytes(500)
          .setInUse(true)
          .addUsers("alice")
          .addUsers("bob")
          .build();

  private static final ImageDetail NAMELESS =
      ImageDetail.newBuilder().setId("sha256:" + "e5".repeat(32)).setSizeBytes(1L << 30).build();

  private final FakeDaemon daemon;

  ImagesTest(@TempDir Path dir) throws IOException {
    daemon = new FakeDaemon(dir);
  }

  @AfterEach
  void close() {
    daemon.close();
  }

  private static Timestamp at(Instant t) {
    return Timestamp.newBuilder().setSeconds(t.getEpochSecond()).build();
  }

  private static JsonNode json(FakeDaemon.Ran ran) throws IOException {
    assertThat(ran.err()).isEmpty();
    assertThat(ran.code()).isZero();
    return JsonMapper.builder().build().readTree(ran.out());
  }

  // ---- images ----

  @Test
  void eachNameIsARowAndThoseWithoutOneComeLast() {
    assertThat(Images.table(List.of(NAMELESS, SHARED, PRIVATE), NOW))
        .hasToString(
            """
            REFERENCE                           DIGEST         SIZE      LAST USED   PINNED          USERS
            a.test/secret:1                     -              500 B     in use      -               alice, bob
            docker.io/library/busybox:latest    b2b2b2b2b2b2   2.1 MiB   2h ago      pre-pull list   everybody
            registry.test:5000/team/busybox:1   c3c3c3c3c3c3   2.1 MiB   2h ago      pre-pull list   everybody
            <none>                              -              1.0 GiB   -           -               root only
            """);
  }

  @Test
  void noImagesAreAHead() {
    // Given
    daemon.rpc.unary(
        NodeGrpc.getListImagesMethod(), (peer, q) -> ListImagesReply.getDefaultInstance());
    // When
    FakeDaemon.Ran ran = daemon.cranelet("images");
    // Then
    assertThat(ran)
        .isEqualTo(
            new FakeDaemon.Ran(0, "REFERENCE   DIGEST   SIZE   LAST USED   PINNED   USERS\n", ""));
  }

  @Test
  void imagesHaveAShapeInJson() throws IOException {
    // Given
    daemon.rpc.unary(
        NodeGrpc.getListImagesMethod(),
        (peer, q) -> ListImagesReply.newBuilder().addImages(SHARED).addImages(PRIVATE).build());
    // When
    JsonNode json = json(daemon.cranelet("images", "--json"));
    // Then
    assertThat(json)
        .isEqualTo(
            JsonMapper.builder()
                .build()
                .readTree(
                    """
                    [{"id": "sha256:%s",
                      "references": ["registry.test:5000/team/busybox:1",
                                     "docker.io/library/busybox:latest"],
                      "digests": ["docker.io/library/busybox@sha256:%s",
                                  "registry.test:5000/team/busybox@sha256:%s"],
                      "sizeBytes": 2200000, "lastUsed": "2026-01-31T10:00:00Z", "inUse": false,
                      "pinned": "pre-pull list", "everybody": true, "users": []},
                     {"id": "sha256:%s", "references": ["a.test/secret:1"], "digests": [],
                      "sizeBytes": 500, "lastUsed": null, "inUse": true, "pinned": "",
                      "everybody": false, "users": ["alice", "bob"]}]
                    """
                        .formatted(
                            "a1".repeat(32), "b2".repeat(32), "c3".repeat(32), "d4".repeat(32))));
  }

  @Test
  void aRefusalIsOneLine() {
    // Given
    daemon.rpc.unary(
        NodeGrpc.getListImagesMethod(),
        (peer, q) -> {
          throw new RpcException(Code.PERMISSION_DENIED, "only root may do this");
        });
    // When
    FakeDaemon.Ran ran = daemon.cranelet("images");
    // Then
    assertThat(ran)
        .isEqualTo(new FakeDaemon.Ran(1, "", "cranelet: cranelet says: only root may do this\n"));
  }

  // ---- pulls ----

  @Test
  void pullsTellHowFarTheyAreAndWhoWaits() {
    // Given
    List<PullProgress> pulls =
        List.of(
            Pulls.pulling(12.3, 50).toBuilder().setWaitingSteps(3).build(),
            Pulls.pulling(12.3, 50).toBuilder()
                .setShared(true)
                .setPrePull(true)
                .setReference("a.test/big:1")
                .build(),
            Pulls.in(State.QUEUED).setWaitingSteps(1).setPrePull(true).build(),
            Pulls.retrying(2, "503 Service\nUnavailable"));
    // Then
    assertThat(ImagesCommand.table(pulls, NOW.plusSeconds(41)))
        .hasToString(
            """
            IMAGE                              STATE      PROGRESS                  ELAPSED   WAITING    ATTEMPT   LAST ERROR
            docker.io/library/busybox:latest   Pulling    12.3 / 50.0 MiB (24 %)    41 s      3          1         -
            a.test/big:1                       Pulling    ~12.3 / 50.0 MiB (24 %)   41 s      pre-pull   1         -
            docker.io/library/busybox:latest   Queued     -                         41 s      1          1         -
            docker.io/library/busybox:latest   Retrying   -                         41 s      0          2         503 Service Unavailable
            """);
  }

  @Test
  void noPullsAreAHead() {
    // Given
    daemon.rpc.unary(
        NodeGrpc.getListPullsMethod(), (peer, q) -> ListPullsReply.getDefaultInstance());
    // When
    FakeDaemon.Ran ran = daemon.cranelet("images", "--pulls");
    // Then
    assertThat(ran.out())
        .isEqualTo("IMAGE   STATE   PROGRESS   ELAPSED   WAITING   ATTEMPT   LAST ERROR\n");
  }

  @Test
  void pullsHaveAShapeInJson() throws IOException {
    // Given
    PullProgress pull =
        Pulls.pulling(1, 2).toBuilder().setWaitingSteps(3).setAttempt(2).setLastError("x").build();
    daemon.rpc.unary(
        NodeGrpc.getListPullsMethod(),
        (peer, q) -> ListPullsReply.newBuilder().addPulls(pull).build());
    // When
    JsonNode json = json(daemon.cranelet("--json", "images", "--pulls"));
    // Then
    assertThat(json)
        .isEqualTo(
            JsonMapper.builder()
                .build()
                .readTree(
                    """
                    [{"image": "docker.io/library/busybox:latest", "state": "Pulling",
                      "bytes": 1048576, "totalBytes": 2097152, "shared": false,
                      "since": "2026-01-31T12:00:00Z", "waitingSteps": 3, "prePull": false,
                      "attempt": 2, "lastError": "x"}]
                    """));
  }

  // ---- gc ----

  @Test
  void gcTellsWhatItRemovedAndHowMuch() {
    // Given
    List<Boolean> dryRuns = new ArrayList<>();
    daemon.rpc.unary(
        NodeGrpc.getCollectImagesMethod(),
        (peer, q) -> {
          dryRuns.add(q.getDryRun());
          return CollectImagesReply.newBuilder().addRemoved(NAMELESS).addRemoved(PRIVATE).build();
        });
    // When
    FakeDaemon.Ran dry = daemon.cranelet("gc", "--images", "--dry-run");
    // Then
    assertThat(dry)
        .isEqualTo(
            new FakeDaemon.Ran(
                0,
                """
                IMAGE ID       REFERENCES        SIZE      LAST USED
                e5e5e5e5e5e5   <none>            1.0 GiB   -
                d4d4d4d4d4d4   a.test/secret:1   500 B     in use
                would remove 2 images, 1.0 GiB
                """,
                ""));
    // When
    FakeDaemon.Ran wet = daemon.cranelet("gc", "--images");
    // Then
    assertThat(dryRuns).containsExactly(true, false);
    assertThat(wet.out()).endsWith("\nremoved 2 images, 1.0 GiB\n");
  }

  @Test
  void gcWithoutImagesIsAboutLeftOvers() {
    // Given
    daemon.rpc.unary(
        NodeGrpc.getCollectGarbageMethod(), (peer, q) -> CollectGarbageReply.getDefaultInstance());
    // Then
    assertThat(daemon.cranelet("gc")).isEqualTo(new FakeDaemon.Ran(0, "KIND   JOB   NAME\n", ""));
  }

  @Test
  void gcSaysWhatItCouldNotRemove() {
    // Given
    daemon.rpc.unary(
        NodeGrpc.getCollectGarbageMethod(),
        (peer, q) ->
            CollectGarbageReply.newBuilder()
                .addLeftOvers(LeftOver.newBuilder().setKind("sandbox").setName("ab").setJobId(7))
                .addKept(LeftOver.newBuilder().setKind("mount").setName("7.1").setJobId(7))
                .build());
    // Then
    assertThat(daemon.cranelet("gc"))
        .isEqualTo(
            new FakeDaemon.Ran(
                1,
                "KIND      JOB   NAME\nsandbox   7     ab\n",
                "cranelet: cannot remove mount 7.1 of job 7: the daemon's log says why\n"));
  }

  @Test
  void gcOfImagesHasTheShapeOfImagesInJson() throws IOException {
    // Given
    daemon.rpc.unary(
        NodeGrpc.getCollectImagesMethod(),
        (peer, q) -> CollectImagesReply.newBuilder().addRemoved(PRIVATE).build());
    // When
    JsonNode json = json(daemon.cranelet("gc", "--images", "--json"));
    // Then
    assertThat(json.findValuesAsText("sizeBytes")).containsExactly("500");
  }
}
