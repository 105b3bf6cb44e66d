package org.cranelet.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.cranelet.cri.v1.ContainerState;
import org.cranelet.cri.v1.ContainerStatusRequest;
import org.cranelet.cri.v1.RuntimeServiceGrpc;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever is killed at whatever stage of a step: it ran once, its true exit code is told once, and
 * nothing is left. The results stand as a table in {@code target/kill-matrix-VERSION.txt}.
 */
@Tag("faults")
class KillMatrixIT {
  /** What is killed. */
  enum Killed {
    CRANELET("cranelet"),
    RUNTIME("runtime"),
    BOTH("both");

    final String text;

    Killed(String text) {
      this.text = text;
    }
  }

  /** Where a step is when the kill comes. */
  enum Stage {
    QUEUED("queued"),
    BEFORE_IMAGE_STATUS("before ImageStatus"),
    AFTER_IMAGE_STATUS("after ImageStatus"),
    BEFORE_PULL_IMAGE("before PullImage"),
    AFTER_PULL_IMAGE("after PullImage"),
    BEFORE_RUN_POD_SANDBOX("before RunPodSandbox"),
    AFTER_RUN_POD_SANDBOX("after RunPodSandbox"),
    BEFORE_CREATE_CONTAINER("before CreateContainer"),
    AFTER_CREATE_CONTAINER("after CreateContainer"),
    BEFORE_START_CONTAINER("before StartContainer"),
    AFTER_START_CONTAINER("after StartContainer"),
    RUNNING("running"),
    BEFORE_STOP_CONTAINER("before StopContainer"),
    AFTER_STOP_CONTAINER("after StopContainer"),
    EXITED("exited, event lost"),
    BEFORE_REMOVE_CONTAINER("before RemoveContainer"),
    AFTER_REMOVE_CONTAINER("after RemoveContainer"),
    BEFORE_STOP_POD_SANDBOX("before StopPodSandbox"),
    AFTER_STOP_POD_SANDBOX("after StopPodSandbox"),
    BEFORE_REMOVE_POD_SANDBOX("before RemovePodSandbox"),
    AFTER_REMOVE_POD_SANDBOX("after RemovePodSandbox");

    final String text;

    Stage(String text) {
      this.text = text;
    }

    /** Whether a call of the runtime is held at this stage. */
    boolean isCall() {
      return text.startsWith("before ") || text.startsWith("after ");
    }

    /** Whether it is about the image, which is got while the sandbox is made. */
    boolean isImages() {
      return text.contains("Image");
    }

    boolean isPull() {
      return this == BEFORE_PULL_IMAGE || this == AFTER_PULL_IMAGE;
    }

    boolean isStop() {
      return this == BEFORE_STOP_CONTAINER || this == AFTER_STOP_CONTAINER;
    }

    /** Whether the container ends by itself before this stage is reached. */
    boolean isAfterEnd() {
      return compareTo(EXITED) > 0;
    }

    Hold hold(FaultyRuntime runtime) {
      String method = text.substring(text.indexOf(' ') + 1);
      return text.startsWith("before ") ? runtime.holdBefore(method) : runtime.holdAfter(method);
    }
  }

  private static final Map<Stage, Map<Killed, String>> RESULTS = new LinkedHashMap<>();

  @RegisterExtension final FaultyNode faulty = new FaultyNode();
  private Programs.Running stop;

  static Stream<Arguments> everything() {
    List<Arguments> all = new ArrayList<>();
    for (Stage stage : Stage.values()) {
      for (Killed killed : Killed.values()) {
        all.add(Arguments.of(stage, killed));
      }
    }
    return all.stream();
  }

  @ParameterizedTest(name = "{0}, {1} killed")
  @MethodSource("everything")
  void itRanOnceAndItsTrueExitCodeIsToldOnce(Stage stage, Killed killed) {
    RESULTS.computeIfAbsent(stage, s -> new LinkedHashMap<>()).put(killed, "FAILED");
    // What ends just when the stream is opened again is found by the next relist; but nobody shall
    // find what ended before the kill.
    faulty.start("RelistInterval: " + (stage == Stage.EXITED ? 3600 : 2));
    Reached reached = reach(stage);

    kill(killed);
    reached.hold.lose();
    faulty.runtime.events(EventFault.NONE);
    startAgain(killed);

    faulty.letEnd("before");
    faulty.letEnd("job");
    faulty.assertEnded("job", reached.id, stage.isStop() ? "Cancelled" : "Failed");
    faulty.assertNothingLeft();
    if (stop != null) {
      stop.await();
    }
    RESULTS.get(stage).put(killed, "ok");
  }

  /** A job at its stage, and the call that is held there. */
  private record Reached(String id, Hold hold) {}

  private Reached reach(Stage stage) {
    if (stage == Stage.QUEUED) {
      faulty.submit("before", "-c", "2");
      faulty.awaitRuns("before");
    }
    Hold hold = stage.isCall() ? stage.hold(faulty.runtime) : new Hold("nowhere", true);
    if (stage == Stage.EXITED) {
      faulty.runtime.events(EventFault.LOSE);
    }
    String id = stage.isPull() ? faulty.submitWithPull("job") : faulty.submit("job", "-c", "2");
    if (stage.isAfterEnd()) {
      faulty.letEnd("job");
    }
    if (stage == Stage.RUNNING || stage == Stage.EXITED || stage.isStop()) {
      faulty.node.awaitState(id, "Running");
      faulty.awaitRuns("job");
    }
    if (stage == Stage.EXITED) {
      endUnnoticed();
    }
    if (stage.isStop()) {
      stop = faulty.node.startCcon(0, "stop", id);
    }
    if (stage.isCall()) {
      hold.await();
    }
    if (stage.isImages()) {
      // Nothing else shall be in flight when the kill comes.
      Until.holds("the sandbox is made", () -> faulty.runtime.answered("RunPodSandbox") == 1);
    }
    return new Reached(id, hold);
  }

  private void endUnnoticed() {
    String container = faulty.atRuntime("container").getFirst();
    faulty.letEnd("job");
    // A containerd killed before it has noted an exit code itself has lost it for everybody.
    Until.holds("the runtime knows that it has ended", () -> hasExitedAtRuntime(container));
  }

  private boolean hasExitedAtRuntime(String container) {
    return faulty
            .runtime
            .direct()
            .call(
                RuntimeServiceGrpc.getContainerStatusMethod(),
                ContainerStatusRequest.newBuilder().setContainerId(container).build(),
                Duration.ofSeconds(30))
            .getStatus()
            .getState()
        == ContainerState.CONTAINER_EXITED;
  }

  private void kill(Killed killed) {
    if (killed != Killed.RUNTIME) {
      faulty.node.kill();
    }
    if (killed != Killed.CRANELET) {
      faulty.testbed.killRuntime();
    }
  }

  private void startAgain(Killed killed) {
    if (killed != Killed.CRANELET) {
      faulty.testbed.startRuntime();
    }
    if (killed != Killed.RUNTIME) {
      faulty.node.start();
    }
  }

  @AfterAll
  static void writeTable() throws IOException {
    StringBuilder table = new StringBuilder();
    table.append("%-26s%-10s%-10s%-10s%n".formatted("killed:", "cranelet", "runtime", "both"));
    RESULTS.forEach(
        (stage, row) -> {
          table.append("%-26s".formatted(stage.text));
          for (Killed killed : Killed.values()) {
            table.append("%-10s".formatted(row.getOrDefault(killed, "-")));
          }
          table.append("%n".formatted());
        });
    long tests = RESULTS.values().stream().mapToLong(Map::size).sum();
    table.append("%d tests on containerd %s%n".formatted(tests, Testbed.current().version()));
    Path file = Path.of("target", "kill-matrix-" + Testbed.current().version() + ".txt");
    Files.writeString(file, table.toString().replaceAll("(?m) +$", ""));
  }
}
