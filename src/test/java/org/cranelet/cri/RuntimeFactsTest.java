package org.cranelet.cri;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.cranelet.config.Deadlines;
import org.cranelet.cri.v1.RuntimeCondition;
import org.cranelet.cri.v1.RuntimeServiceGrpc;
import org.cranelet.cri.v1.StatusResponse;
import org.cranelet.metrics.Meters;
import org.cranelet.transport.RpcClient;
import org.cranelet.transport.RpcServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RuntimeFactsTest {
  private static final RuntimeCondition RUNTIME = condition("RuntimeReady", true);
  private static final RuntimeCondition NETWORK = condition("NetworkReady", true);
  private static final RuntimeCondition DEPRECATED =
      condition("ContainerdHasNoDeprecationWarnings", false);

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private final RpcServer server = new RpcServer(vertx);
  private final RpcClient rpc;
  private final RuntimeFacts facts;
  private final Logger logger = Logger.getLogger(RuntimeFacts.class.getName());
  private final Said said = new Said();
  private volatile List<RuntimeCondition> conditions = List.of();

  RuntimeFactsTest(@TempDir Path dir) throws IOException {
    Path socket = dir.resolve("r.sock");
    server.unary(
        RuntimeServiceGrpc.getStatusMethod(),
        (peer, q) -> {
          StatusResponse.Builder answer = StatusResponse.newBuilder();
          answer.getStatusBuilder().addAllConditions(conditions);
          return answer.build();
        });
    server.listen(socket);
    rpc = new RpcClient(vertx, socket);
    Duration enough = Duration.ofSeconds(30);
    Deadlines deadlines = new Deadlines(enough, enough, enough, enough, enough, enough, enough);
    Meters meters = new Meters(new SimpleMeterRegistry());
    facts = new RuntimeClient(rpc, deadlines, "it", meters).facts();
    logger.addHandler(said);
  }

  @AfterEach
  void close() {
    logger.removeHandler(said);
    rpc.close();
    server.close();
    vertx.close();
  }

  @Test
  void aWarningOfTheRuntimesDoesNotMakeItUnready() {
    // Given
    conditions = List.of(RUNTIME, NETWORK, DEPRECATED);
    // When
    RuntimeStatus status = facts.status();
    // Then
    assertThat(status).isEqualTo(new RuntimeStatus(true, ""));
  }

  @Test
  void aWarningIsLoggedOnceUntilItIsGone() {
    // Given
    conditions = List.of(DEPRECATED);
    facts.status();
    facts.status();
    assertThat(said.lines)
        .singleElement()
        .asString()
        .contains("ContainerdHasNoDeprecationWarnings is false: Because of this");
    conditions = List.of(condition(DEPRECATED.getType(), true));
    facts.status();
    conditions = List.of(DEPRECATED);
    // When
    facts.status();
    // Then
    assertThat(said.lines).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RuntimeReady", "NetworkReady"})
  void withoutRuntimeOrNetworkItIsNotReady(String type) {
    // Given
    conditions = List.of(DEPRECATED, condition(type, false));
    // When
    RuntimeStatus status = facts.status();
    // Then
    assertThat(status).isEqualTo(new RuntimeStatus(false, type + " is false: Because of this"));
  }

  private static RuntimeCondition condition(String type, boolean status) {
    return RuntimeCondition.newBuilder()
        .setType(type)
        .setStatus(status)
        .setReason("Because")
        .setMessage("of this")
        .build();
  }

  private static final class Said extends Handler {
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();

    @Override
    public void publish(LogRecord line) {
      lines.add(
          line instanceof org.jboss.logmanager.ExtLogRecord ext
              ? ext.getFormattedMessage()
              : line.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
