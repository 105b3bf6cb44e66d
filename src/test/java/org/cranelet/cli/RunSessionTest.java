package org.cranelet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.cranelet.proto.crane.JobStatus;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.StepDetail;
import org.cranelet.transport.RpcException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run in the foreground whose daemon is away for longer than it waits. */
@Timeout(60)
class RunSessionTest {
  @Test
  void outputThatCannotBeReadIsOneLine(@TempDir Path dir) throws Exception {
    // Given
    try (FakeDaemon daemon = new FakeDaemon(dir);
        Client client = daemon.client()) {
      daemon
          .rpc
          .streaming(
              NodeGrpc.getLogsMethod(),
              (peer, q, sink) -> {
                throw new RpcException(Code.UNAVAILABLE, "being restarted");
              })
          .streaming(
              NodeGrpc.getWatchStepMethod(),
              (peer, q, sink) -> {
                sink.send(
                    StepDetail.newBuilder().setStatus(JobStatus.Failed).setExitCode(7).build());
              });
      // When
      FakeDaemon.Ran ran = follow(client, new ByteArrayOutputStream(), 1);
      // Then
      assertThat(ran.code()).isEqualTo(7);
      assertThat(ran.err())
          .startsWith("ccon: the output of 1.1 breaks off: cannot reach cranelet at ")
          .hasLineCount(1);
    }
  }

  @Test
  void anOutageIsToldOfOnce(@TempDir Path dir) throws Exception {
    // Given
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    AtomicInteger refused = new AtomicInteger();
    try (FakeDaemon daemon = new FakeDaemon(dir);
        Client client = daemon.client()) {
      daemon
          .rpc
          .streaming(NodeGrpc.getLogsMethod(), (peer, q, sink) -> {})
          .streaming(
              NodeGrpc.getWatchStepMethod(),
              (peer, q, sink) -> {
                if (said.size() == 0 || refused.get() < 2) {
                  refused.incrementAndGet();
                  throw new RpcException(Code.UNAVAILABLE, "being restarted");
                }
                sink.send(StepDetail.newBuilder().setStatus(JobStatus.Completed).build());
              });
      // When
      FakeDaemon.Ran ran = follow(client, said, 60_000_000_000L);
      // Then
      assertThat(ran)
          .isEqualTo(
              new FakeDaemon.Ran(
                  0,
                  "",
                  "ccon: cranelet does not answer; 1.1 goes on, and this waits up to 60 s for it\n"));
    }
  }

  private static FakeDaemon.Ran follow(
      Client client, ByteArrayOutputStream said, long patienceNanos)
      throws InterruptedException, IOException {
    PrintStream err = System.err;
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    try {
      int code = new RunSession(client, new ContainerId(1, 1), patienceNanos, 0).follow();
      return new FakeDaemon.Ran(code, "", said.toString(StandardCharsets.UTF_8));
    } finally {
      System.setErr(err);
    }
  }
}
