package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A daemon that was stopped or killed goes on where the world stands. */
class RestartIT {
  private NodeUnderTest node;

  @BeforeEach
  void start() {
    node = NodeUnderTest.started();
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @Test
  void afterKillWhatRanIsWatchedAgainAndWhatEndedMeanwhileHasItsTrueExitCode() throws IOException {
    // Given a container that will end while nobody watches, one that goes on, and one that waits
    Path go = node.userHome(0).resolve("go");
    String ends =
        node.runDetached(
            "-c",
            "1",
            "--mem",
            "50M",
            "-v",
            node.userHome(0) + ":/d",
            "busybox",
            "sh",
            "-c",
            "until [ -e /d/go ]; do sleep 0.1; done; exit 5");
    String goesOn =
        node.runDetached(
            "-c",
            "1",
            "--mem",
            "50M",
            "busybox",
            "sh",
            "-c",
            "trap 'exit 6' TERM; while :; do sleep 0.1; done");
    String waits = node.runDetached("-c", "2", "--mem", "50M", "busybox", "sh", "-c", "exit 8");
    node.awaitState(ends, "Running");
    node.awaitState(goesOn, "Running");

    // When
    node.kill();
    Files.createFile(go);
    Until.holds("the first has ended", () -> runningTasks() == 3); // the other, and both pods
    node.start();

    // Then
    node.awaitState(ends, "Failed");
    assertThat(node.inspect(ends).path("exitCode").asInt()).isEqualTo(5);
    assertThat(node.state(goesOn)).isEqualTo("Running");
    node.ccon("stop", goesOn).mustSucceed();
    assertThat(node.inspect(goesOn).path("exitCode").asInt()).isEqualTo(6);
    node.awaitState(waits, "Failed");
    assertThat(node.inspect(waits).path("exitCode").asInt()).isEqualTo(8);
  }

  private long runningTasks() {
    List<String> ours = node.atRuntime();
    return node.testbed
        .ctr("tasks", "ls")
        .lines()
        .filter(line -> line.contains("RUNNING") && ours.contains(line.split("\\s+")[0]))
        .count();
  }

  @Test
  void stoppingTheDaemonDisturbsNoContainerAndAForegroundRunGoesOn() {
    var run =
        node.startCcon(
            0,
            "run",
            "busybox",
            "sh",
            "-c",
            "echo before; until [ -e /go ]; do sleep 0.1; [ $((i=i+1)) -lt 60 ] || break; done; echo after");
    Until.holds("it runs", () -> run.outSoFar().contains("before"));

    int exit = node.stop();
    node.start();

    var result = run.await();
    assertThat(exit).isIn(0, 143);
    assertThat(result.mustSucceed().out()).isEqualTo("before\nafter\n");
  }

  @Test
  void aStopInFlightWhenTheDaemonIsStoppedIsCarriedOutByTheNext() throws IOException {
    Path data = node.userHome(0);
    String id =
        node.runDetached(
            "-v",
            data + ":/d",
            "busybox",
            "sh",
            "-c",
            "trap 'touch /d/asked; until [ -e /d/go ]; do sleep 0.1; done; exit 6' TERM;"
                + " touch /d/runs; while :; do sleep 0.1; done");
    Until.holds("it runs", () -> Files.exists(data.resolve("runs")));
    var stop = node.startCcon(0, "stop", "-t", "60", id);
    Until.holds("it was asked to stop", () -> Files.exists(data.resolve("asked")));

    int exit = node.stop();
    stop.await();
    Files.createFile(data.resolve("go"));
    node.start();

    node.awaitState(id, "Cancelled");
    assertThat(exit).isIn(0, 143);
    assertThat(node.inspect(id).path("exitCode").asInt()).isEqualTo(6);
  }

  @Test
  void jobIdsGoOnCounting() {
    String before = node.runDetached("busybox", "true");
    node.awaitState(before, "Completed");

    node.kill();
    node.start();

    assertThat(NodeUnderTest.job(node.runDetached("busybox", "true")))
        .isEqualTo(NodeUnderTest.job(before) + 1);
  }

  @Test
  void aSecondDaemonOnTheSameDirectoryIsRefused() throws IOException {
    // Given: nothing but the directory is the first one's
    Path config = node.home.resolve("second.yaml");
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    Files.writeString(
        config,
        Files.readString(node.config())
            .replace(
                "HealthListen: 127.0.0.1:" + node.healthPort, "HealthListen: 127.0.0.1:" + free)
            .replace("Socket: " + node.socket(), "Socket: " + node.home.resolve("second.sock")));
    // When
    var second = node.cranelet("serve", "--node", "cn01", "--config", config.toString());
    // Then
    assertThat(second.exit()).isEqualTo(1);
    assertThat(second.err()).contains("another cranelet uses " + node.tempDir());
    assertThat(node.probe("ready")).isEqualTo(200);
  }
}
