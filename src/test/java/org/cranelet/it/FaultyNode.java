package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * For each test a node whose runtime is a {@link FaultyRuntime}, and jobs that tell how often they
 * ran. After the test nothing may be left, and a failed test shows what the daemons logged.
 */
final class FaultyNode implements BeforeEachCallback, AfterEachCallback {
  /** How every job of {@link #submit} ends unless it is killed. */
  static final int EXIT = 7;

  private static final Set<String> ENDED =
      Set.of("Completed", "Failed", "OutOfMemory", "Cancelled", "ExceedTimeLimit");

  /** Tells by a line that it runs, waits for a file, ends; politely at SIGTERM, too. */
  private static final String SCRIPT =
      "trap 'exit 7' TERM; echo ran >> /d/%1$s.ran;"
          + " until [ -e /d/%1$s.go ]; do sleep 0.05; done; exit 7";

  final Testbed testbed = Testbed.current();
  FaultyRuntime runtime;
  NodeUnderTest node;
  private Set<String> leasesBefore;

  @Override
  public void beforeEach(ExtensionContext context) {
    leasesBefore = testbed.leases();
    runtime = FaultyRuntime.listening();
  }

  /** A running node behind the faulty runtime. */
  void start(String... containerLines) {
    prepare(containerLines);
    node.start();
  }

  /** A node that is not started yet. */
  void prepare(String... containerLines) {
    List<String> lines = new ArrayList<>(List.of(containerLines));
    lines.add(runtime.setting());
    node = new NodeUnderTest(lines.toArray(String[]::new));
  }

  // ---- jobs ----

  /** A job by a name of the test's own; its container's id. */
  String submit(String name, String... options) {
    return submitOf("busybox", name, options);
  }

  /** As {@link #submit}, with an image that is pulled although it may be there. */
  String submitWithPull(String name) {
    return submitOf(testbed.get("TESTBED_IMAGE_BUSYBOX"), name, "--pull-policy", "Always");
  }

  private String submitOf(String image, String name, String... options) {
    List<String> args = new ArrayList<>(List.of("--mem", "50M", "-v", data() + ":/d"));
    args.addAll(List.of(options));
    args.addAll(List.of(image, "sh", "-c", SCRIPT.formatted(name)));
    return node.runDetached(args.toArray(String[]::new));
  }

  private Path data() {
    return node.userHome(0);
  }

  /** Lets the job of this name end. */
  void letEnd(String name) {
    try {
      Files.writeString(data().resolve(name + ".go"), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void awaitRuns(String name) {
    Until.holds(name + " runs", () -> timesRun(name) > 0);
  }

  int timesRun(String name) {
    Path file = data().resolve(name + ".ran");
    try {
      return Files.exists(file) ? Files.readAllLines(file).size() : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean hasEnded(String id) {
    return ENDED.contains(node.state(id));
  }

  /** The job ran once, ended by itself, and is told once. */
  void assertEndedTruly(String name, String id) {
    assertEnded(name, id, "Failed");
  }

  /** The runtime is back, or about to be: the job goes on to its true end and leaves nothing. */
  void assertGoesOnToItsEnd(String name, String id) {
    awaitReady(true);
    letEnd(name);
    assertEndedTruly(name, id);
    assertNothingLeft();
  }

  void assertEnded(String name, String id, String state) {
    Until.holds(id + " has ended", () -> hasEnded(id));
    JsonNode end = node.inspect(id);
    assertThat(end.path("state").asText()).as(end.toPrettyString()).isEqualTo(state);
    assertThat(end.path("exitCode").asInt()).as(end.toPrettyString()).isEqualTo(EXIT);
    assertThat(timesRun(name)).as("times that %s ran", name).isEqualTo(1);
    JsonNode all = NodeUnderTest.json(node.ccon("ps", "-a", "--json").mustSucceed().out());
    assertThat(StreamSupport.stream(all.spliterator(), false))
        .filteredOn(c -> c.path("id").asText().equals(id))
        .singleElement()
        .matches(c -> c.path("exitCode").asInt() == EXIT);
  }

  /** The ids at the runtime of this test's containers, or of its sandboxes. */
  List<String> atRuntime(String kind) {
    List<String> kinds =
        testbed
            .ctr("containers", "ls", "-q", "labels.\"io.cri-containerd.kind\"==" + kind)
            .lines()
            .toList();
    return node.atRuntime().stream().filter(kinds::contains).toList();
  }

  /** The process of this test's only container, or sandbox. */
  ProcessHandle process(String kind) {
    return ProcessHandle.of(testbed.pid(atRuntime(kind).getFirst())).orElseThrow();
  }

  void awaitReady(boolean ready) {
    Until.holds(ready ? "ready" : "not ready", () -> node.probe("ready") == (ready ? 200 : 503));
  }

  void assertNothingLeft() {
    node.assertNothingLeft();
    assertThat(testbed.leases()).as("addresses of pods").isEqualTo(leasesBefore);
  }

  // ---- the end ----

  @Override
  public void afterEach(ExtensionContext context) {
    context
        .getExecutionException()
        .filter(e -> node != null)
        .ifPresent(e -> System.err.println(context.getDisplayName() + "\n" + node.wholeLog()));
    try {
      runtime.heal();
      testbed.startRuntime();
      if (node != null) {
        node.close();
      }
    } finally {
      runtime.close();
    }
  }
}
