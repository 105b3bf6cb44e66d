package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ccon run}: output, exit codes, and what the container finds. */
class RunIT {
  private static NodeUnderTest node;

  @BeforeAll
  static void start() {
    node = NodeUnderTest.started();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void printsItsOutputAndTheDocumentedCommandLineWorks() {
    var result =
        node.ccon("run", "-p", "CPU", "busybox:latest", "--", "echo", "Hello from container");

    assertThat(result.mustSucceed().out()).isEqualTo("Hello from container\n");
    assertThat(result.err()).isEmpty();
    assertThat(node.ccon("ps", "-a").out())
        .contains("Completed (0)", "Hello from container", "cn01");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 125, 126, 127, 137, 255})
  void exitsWithTheContainersOwnExitCode(int code) {
    var result = node.ccon("run", "busybox", "sh", "-c", "exit " + code);

    assertThat(result.exit()).isEqualTo(code);
  }

  @Test
  void aCommandThatIsNotThereIs127AndSaysSo() {
    var result = node.ccon("run", "busybox", "no-such-command");

    assertThat(result.exit()).isEqualTo(127);
    assertThat(result.err()).contains("no-such-command").hasLineCount(1);
  }

  @Test
  void aFileThatCannotBeExecutedIs126() {
    var result = node.ccon("run", "busybox", "/etc/passwd");

    assertThat(result.exit()).isEqualTo(126);
  }

  @Test
  void anImageThatIsNotThereIs125AndNamesTheImage() {
    var result = node.ccon("run", "--pull-policy", "never", "nowhere.invalid/no:image", "true");

    assertThat(result.exit()).isEqualTo(125);
    assertThat(result.err()).contains("nowhere.invalid/no:image", "Never").hasLineCount(1);
  }

  @Test
  void keepsStandardOutputAndStandardErrorApart() {
    var result = node.ccon("run", "busybox", "sh", "-c", "echo out; echo err >&2");

    assertThat(result.out()).isEqualTo("out\n");
    assertThat(result.err()).isEqualTo("err\n");
  }

  @Test
  void losesNoByteOfContainersThatLiveAMoment() {
    for (int i = 0; i < 15; i++) {
      var result = node.ccon("run", "busybox", "echo", "moment " + i);

      assertThat(result.out()).isEqualTo("moment " + i + "\n");
    }
  }

  @Test
  void losesNoByteOfMuchOutput() {
    // It lingers: containerd 1.6 may drop what its own pipes hold when a container ends
    // (docs/ccon.md).
    var result = node.ccon("run", "busybox", "sh", "-c", "seq 1 200000; sleep 2");

    StringBuilder expected = new StringBuilder();
    for (int i = 1; i <= 200_000; i++) {
      expected.append(i).append('\n');
    }
    assertThat(result.out()).isEqualTo(expected.toString());
  }

  @Test
  void passesBinaryOutputUnchanged() {
    var result =
        node.ccon(
            "run", "busybox", "sh", "-c", "printf '\\000\\001\\377\\n\\r\\033[0m\\200end\\n'");

    assertThat(new String(result.stdout(), StandardCharsets.ISO_8859_1))
        .isEqualTo("\0\1\u00ff\n\r\33[0m\u0080end\n");
  }

  @Test
  void theContainerIsConfinedAsEveryContainerShouldBe() {
    var result =
        node.ccon(
            "run",
            "busybox",
            "sh",
            "-c",
            "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status;"
                + " wc -c < /proc/keys; (echo x > /proc/sys/kernel/hostname) 2>&1 | grep -o Read-only");

    assertThat(result.out().replaceAll("\\s+", " "))
        .isEqualTo("NoNewPrivs: 1 Seccomp: 2 0 Read-only ");
  }

  @Test
  void findsItsVariablesItsUsersVariablesAndItsDirectory() {
    var result =
        node.ccon(
            "run",
            "-e",
            "A=b c",
            "-e",
            "HOME",
            "-w",
            "/tmp",
            "busybox",
            "sh",
            "-c",
            "echo \"$A|$HOME|$PWD|$CRANE_JOB_NODELIST|$CRANE_STEP_ID\"; test -n \"$CRANE_JOB_ID\"");

    assertThat(result.mustSucceed().out()).isEqualTo("b c|" + node.userHome(0) + "|/tmp|cn01|1\n");
  }

  @Test
  void readOnlyMakesTheRootFileSystemReadOnly() {
    var result = node.ccon("run", "--read-only", "busybox", "touch", "/x");

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("Read-only file system");
  }

  @Test
  void theEntrypointIsReplaced() {
    var result = node.ccon("run", "--entrypoint", "/bin/echo", "busybox", "-n", "entry");

    assertThat(result.out()).isEqualTo("entry");
  }

  @Test
  void detachedPrintsTheIdAndTheLogsAreThereAfterwards() {
    String id =
        node.runDetached(
            "busybox", "sh", "-c", "echo one; sleep 0.2; echo two >&2; sleep 0.2; echo three");
    node.awaitState(id, "Completed");

    var logs = node.ccon("logs", id);

    assertThat(id).matches("\\d+\\.1");
    assertThat(logs.mustSucceed().out()).isEqualTo("one\nthree\n");
    assertThat(logs.err()).isEqualTo("two\n");
    assertThat(node.ccon("logs", "--tail", "1", id).out()).isEqualTo("three\n");
    assertThat(node.ccon("logs", "-t", id).out()).matches("(?s)\\d{4}-.*Z one\n\\d{4}-.*Z three\n");
    assertThat(node.ccon("logs", "--since", "1h", id).out()).isEqualTo("one\nthree\n");
    assertThat(node.ccon("logs", "--until", "1h", id).out()).isEmpty();
  }

  @Test
  void followsALogUntilTheContainerHasEnded() {
    String id =
        node.runDetached("busybox", "sh", "-c", "for i in 1 2 3; do echo $i; sleep 0.3; done");

    var logs = node.ccon("logs", "-f", id);

    assertThat(logs.out()).isEqualTo("1\n2\n3\n");
    assertThat(node.state(id)).isEqualTo("Completed");
  }

  @Test
  void theLogIsBelowTheUsersDirectoryWhileItRunsAndAfterwards() throws IOException {
    String id =
        node.runDetachedAs(NodeUnderTest.ALICE, "busybox", "sh", "-c", "echo begun; sleep 1000");
    Path log =
        node.userHome(NodeUnderTest.ALICE).resolve(NodeUnderTest.job(id) + ".out/1.cn01.log");
    Until.holds(
        "the link leads to the log",
        () -> Files.isSymbolicLink(log) && read(log).contains("begun"));

    node.ccon("stop", "-t", "0", id).mustSucceed();

    Until.holds("the log is in the link's place", () -> !Files.isSymbolicLink(log));
    assertThat(read(log)).matches("(?s)\\S+ stdout F begun\n");
    assertThat(Files.getAttribute(log, "unix:uid")).isEqualTo(NodeUnderTest.ALICE);
  }

  private static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void jsonSaysTheSameForPrograms() {
    JsonNode run =
        NodeUnderTest.json(node.ccon("--json", "run", "-d", "busybox", "true").mustSucceed().out());
    String id = run.path("id").asText();
    node.awaitState(id, "Completed");

    JsonNode ps = NodeUnderTest.json(node.ccon("ps", "-a", "--json").mustSucceed().out());

    assertThat(run.path("step").asInt()).isEqualTo(1);
    assertThat(ps.findValuesAsText("id")).contains(id);
    assertThat(ps.get(0).path("exitCode").asInt()).isZero();
    assertThat(ps.get(0).path("image").asText()).isEqualTo("busybox");
  }

  @Test
  void noWordOfACommandIsTakenForAFile() {
    var result = node.ccon("run", "busybox", "echo", "@/etc/hostname", "@@x");

    assertThat(result.out()).isEqualTo("@/etc/hostname @@x\n");
  }

  @Test
  void outputThatCannotBeWrittenIsNoSuccess() {
    String program = Testbed.programs().resolve("ccon").toString();
    for (String command : List.of("ps -a", "run busybox echo lost", "run -d busybox true")) {
      var result =
          Programs.run(
              Map.of("CRANELET_SOCKET", node.socket().toString()),
              node.userHome(0),
              "sh",
              "-c",
              "exec \"$0\" " + command + " >/dev/full",
              program);

      assertThat(result.exit()).as(command).isEqualTo(1);
      assertThat(result.err()).startsWith("ccon: cannot write ");
    }
    Until.holds("the container has ended", () -> node.ccon("pods", "-q").out().isEmpty());
  }

  @Test
  void ctrlCStopsTheJobAndItsExitCodeIsOurs() {
    var run =
        node.startCcon(
            0,
            "run",
            "busybox",
            "sh",
            "-c",
            "trap 'echo stopping; exit 9' TERM; echo up; while :; do sleep 0.1; done");
    Until.holds("it runs", () -> run.outSoFar().contains("up"));

    run.signal("INT");

    var result = run.await();
    assertThat(result.exit()).isEqualTo(9);
    assertThat(result.out()).isEqualTo("up\nstopping\n");
    assertThat(result.err()).contains("stopping", "Cancelled");
  }

  @Test
  void aSecondCtrlCLeavesTheJobToItsEnd() {
    var run =
        node.startCcon(
            0, "run", "busybox", "sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.1; done");
    Until.holds("it runs", () -> run.outSoFar().contains("up"));

    run.signal("INT");
    Until.holds("it says so", () -> run.errSoFar().contains("stopping"));
    run.signal("INT");

    var result = run.await();
    assertThat(result.exit()).isEqualTo(130);
    assertThat(result.err())
        .containsPattern(
            "ccon: left \\d+\\.1; it goes on to its end, in its grace period at most: ccon ps\n");
  }

  @Test
  void ctrlCBeforeTheJobIsAcceptedStopsItAfterwards() {
    node.signal("STOP"); // it accepts nothing
    var run =
        node.startCcon(
            0, "run", "busybox", "sh", "-c", "trap exit TERM; while :; do sleep 0.1; done");
    try {
      Until.holds("it submits", () -> hasSocket(run.process()));

      run.signal("INT");

      Until.holds("it says so", () -> run.errSoFar().contains("as soon as it is accepted"));
    } finally {
      node.signal("CONT");
    }
    assertThat(run.await().err()).contains("stopping", "Cancelled");
  }

  private static boolean hasSocket(Process process) {
    try (Stream<Path> files = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
      return files.anyMatch(RunIT::isSocket);
    } catch (IOException e) {
      return false; // it has just begun
    }
  }

  private static boolean isSocket(Path file) {
    try {
      return Files.readSymbolicLink(file).toString().startsWith("socket:");
    } catch (IOException e) {
      return false; // closed meanwhile
    }
  }

  @Test
  void killingTheClientDoesNotEndTheJob() {
    var run = node.startCcon(0, "run", "busybox", "sh", "-c", "echo up; sleep 1000");
    Until.holds("it runs", () -> run.outSoFar().contains("up"));
    String id = node.ccon("ps", "-q").out().lines().findFirst().orElseThrow();

    run.signal("KILL");

    run.await();
    assertThat(node.state(id)).isEqualTo("Running");
    node.ccon("stop", "-t", "0", id).mustSucceed();
  }
}
