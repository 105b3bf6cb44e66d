package org.cranelet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.grpc.Status.Code;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.cranelet.it.Until;
import org.cranelet.proto.crane.CraneCtldGrpc;
import org.cranelet.proto.crane.JobStatus;
import org.cranelet.proto.crane.SubmitBatchJobReply;
import org.cranelet.proto.node.LogsRequest;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.PullProgress;
import org.cranelet.proto.node.StepDetail;
import org.cranelet.transport.RpcException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A run in the foreground that has to wait for its image. */
@Timeout(60)
class RunProgressTest {
  private final FakeDaemon daemon;

  /** Told by the test: the image is there, so the step goes on. */
  private final CountDownLatch there = new CountDownLatch(1);

  private final AtomicInteger watched = new AtomicInteger();

  RunProgressTest(@TempDir Path dir) throws IOException {
    daemon = new FakeDaemon(dir);
    daemon
        .rpc
        .unary(
            CraneCtldGrpc.getSubmitBatchJobMethod(),
            (peer, q) -> SubmitBatchJobReply.newBuilder().setOk(true).setJobId(1).build())
        .streaming(NodeGrpc.getLogsMethod(), (peer, q, sink) -> there.await())
        .streaming(
            NodeGrpc.getWatchStepMethod(),
            (peer, q, sink) -> {
              sink.send(step(JobStatus.Configuring).build());
              there.await();
              sink.send(step(JobStatus.Running).setStartedAt(now()).build());
              sink.send(
                  step(JobStatus.Failed)
                      .setStartedAt(now())
                      .setEndedAt(now())
                      .setExitCode(7)
                      .build());
            });
  }

  @AfterEach
  void close() {
    there.countDown();
    daemon.close();
  }

  private static StepDetail.Builder step(JobStatus status) {
    return StepDetail.newBuilder().setStatus(status);
  }

  private static Timestamp now() {
    return Timestamp.newBuilder().setSeconds(Pulls.START.getEpochSecond()).build();
  }

  @Test
  void retriesAndTheEndAreToldOnStandardError() {
    // Given
    daemon.rpc.streaming(
        NodeGrpc.getWatchPullMethod(),
        (peer, q, sink) -> {
          sink.send(Pulls.retrying(1, "503 Service Unavailable"));
          Until.holds("it is told", () -> daemon.said().contains("retrying"));
          there.countDown();
        });
    // When
    FakeDaemon.Ran ran = daemon.ccon("run", "busybox");
    // Then
    assertThat(ran.err())
        .matches(
            "ccon: pulling docker.io/library/busybox:latest failed, retrying: 503 Service"
                + " Unavailable\nccon: pulled docker.io/library/busybox:latest in .*\n");
    assertThat(ran.out()).isEmpty();
    assertThat(ran.code()).isEqualTo(7);
  }

  /** A daemon that is older, refuses, or breaks. */
  @ParameterizedTest
  @EnumSource(names = {"UNIMPLEMENTED", "NOT_FOUND", "INTERNAL", "RESOURCE_EXHAUSTED"})
  void aPullThatCannotBeWatchedDisturbsNothing(Code code) {
    // Given
    daemon.rpc.streaming(
        NodeGrpc.getWatchPullMethod(),
        (peer, q, sink) -> {
          there.countDown();
          throw new RpcException(code, "no");
        });
    // When
    FakeDaemon.Ran ran = daemon.ccon("run", "busybox");
    // Then
    assertThat(ran).isEqualTo(new FakeDaemon.Ran(7, "", ""));
  }

  @Test
  void aDaemonThatDoesNotKnowTheCallDisturbsNothing() throws InterruptedException {
    // Given
    LinkedBlockingQueue<String> shown = new LinkedBlockingQueue<>();
    try (Client client = daemon.client()) {
      PullWatch watch = new PullWatch(client, new ContainerId(1, 1), recorder(shown));
      // When
      watch.begin();
      // Then
      assertThat(shown.poll(10, TimeUnit.SECONDS)).isIn("tick", "ended");
    }
  }

  @Test
  void detachedNothingIsWatched() {
    // Given
    daemon.rpc.streaming(
        NodeGrpc.getWatchPullMethod(), (peer, q, sink) -> watched.incrementAndGet());
    // When
    FakeDaemon.Ran ran = daemon.ccon("run", "-d", "busybox");
    // Then
    assertThat(ran).isEqualTo(new FakeDaemon.Ran(0, "1.1\n", ""));
    assertThat(watched).hasValue(0);
  }

  @Test
  void aStreamThatToldNothingYetIsAskedAgain() throws InterruptedException {
    // Given
    daemon.rpc.streaming(
        NodeGrpc.getWatchPullMethod(),
        (peer, q, sink) -> {
          if (watched.incrementAndGet() == 2) {
            sink.send(Pulls.pulling(1, 2));
          }
        });
    LinkedBlockingQueue<String> shown = new LinkedBlockingQueue<>();
    try (Client client = daemon.client()) {
      PullWatch watch = new PullWatch(client, new ContainerId(1, 1), recorder(shown));
      // When
      watch.begin();
      // Then
      awaitWord(shown, "Pulling");
      awaitWord(shown, "ended");
      assertThat(watched).hasValue(2);
    }
  }

  @Test
  void nothingIsShownAfterTheContainerHasBegun() throws InterruptedException {
    // Given
    CountDownLatch closed = new CountDownLatch(1);
    daemon.rpc.streaming(
        NodeGrpc.getWatchPullMethod(),
        (peer, q, sink) -> {
          sink.send(Pulls.pulling(1, 2));
          there.await();
          sink.send(Pulls.pulling(2, 2));
          closed.countDown();
        });
    LinkedBlockingQueue<String> shown = new LinkedBlockingQueue<>();
    try (Client client = daemon.client()) {
      PullWatch watch = new PullWatch(client, new ContainerId(1, 1), recorder(shown));
      watch.begin();
      awaitWord(shown, "Pulling");
      // When
      watch.arrived();
      there.countDown();
      // Then
      assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
      awaitWord(shown, "arrived");
      assertThat(shown).isEmpty();
    }
  }

  @Test
  void theDisplayIsToldBeforeTheFirstByteOfOutput() throws InterruptedException {
    // Given
    ByteArrayOutputStream terminal = new ByteArrayOutputStream();
    LogPrinter printer =
        new LogPrinter(terminal, terminal, false, () -> terminal.writeBytes(ascii("<erased>")), "");
    daemon.rpc.streaming(
        NodeGrpc.getLogsMethod(),
        (peer, q, sink) -> {
          sink.send(LogPrinterTest.chunks("O a\n"));
          sink.send(LogPrinterTest.chunks("O b\n"));
        });
    // When
    try (Client client = daemon.client()) {
      printer.print(client.stream(NodeGrpc.getLogsMethod(), LogsRequest.getDefaultInstance()));
    }
    // Then
    assertThat(terminal.toString(StandardCharsets.UTF_8)).isEqualTo("<erased>a\nb\n");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static void awaitWord(LinkedBlockingQueue<String> shown, String word)
      throws InterruptedException {
    String next = "";
    while (!next.equals(word)) {
      next = shown.poll(Duration.ofSeconds(10).toMillis(), TimeUnit.MILLISECONDS);
      assertThat(next).describedAs("until %s is shown", word).isNotNull();
    }
  }

  private static PullDisplay recorder(LinkedBlockingQueue<String> shown) {
    return new PullDisplay() {
      @Override
      public void progress(PullProgress progress) {
        shown.add(PullText.state(progress.getState()));
      }

      @Override
      public void tick() {
        shown.add("tick");
      }

      @Override
      public void ended() {
        shown.add("ended");
      }

      @Override
      public void arrived() {
        shown.add("arrived");
      }
    };
  }
}
