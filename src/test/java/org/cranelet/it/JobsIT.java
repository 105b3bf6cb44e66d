package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Admission, steps, stopping, time limits. */
class JobsIT {
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
  void aHundredJobsAtOnceAllCompleteWithTheirOwnOutput() throws Exception {
    Map<String, Integer> ids = new ConcurrentHashMap<>();
    try (Submitter submitter = new Submitter(node);
        var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 100; i++) {
        int number = i;
        executor.submit(() -> ids.put(submitter.submit("echo", "job " + number), number));
      }
      executor.shutdown();
      assertThat(executor.awaitTermination(60, java.util.concurrent.TimeUnit.SECONDS)).isTrue();

      Map<String, String> states = submitter.awaitAllEnded(ids.keySet());

      assertThat(ids).hasSize(100);
      assertThat(states.values()).containsOnly("Completed");
      Map<String, String> outputs = new HashMap<>();
      ids.keySet().forEach(id -> outputs.put(id, submitter.output(id)));
      ids.forEach((id, number) -> assertThat(outputs).containsEntry(id, "job " + number + "\n"));
    }
    node.assertNothingLeft();
  }

  @Test
  void whatIsCancelledAndWhatIsNotIsAnsweredAndStandsInTheAuditLog() {
    try (Submitter submitter = new Submitter(node)) {
      String id = submitter.submit("sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done");
      int job = NodeUnderTest.job(id);
      node.awaitState(id, "Running");

      var both = submitter.cancel(job, 1, 9);
      submitter.awaitAllEnded(Set.of(id));
      Until.holds("its pod is gone", () -> node.ccon("pods", "-q").out().isEmpty());
      var whole = submitter.cancel(job);
      var unknown = submitter.cancel(999_999);
      node.ccon("stop", id);

      assertThat(both.getCancelled(0).getStepsList()).containsExactly(1);
      assertThat(both.getNotCancelled(0).getStepId()).isEqualTo(9);
      assertThat(whole.getCancelledCount()).isZero();
      assertThat(unknown.getNotCancelled(0).getReason()).isEqualTo("no such job");
      assertThat(audit(job))
          .containsExactly(
              "submit job=" + job + ": ok",
              "cancel step=" + job + ".1: ok",
              "cancel step=" + job + ".9: no such step",
              "cancel job=" + job + ": it has ended",
              "stop step=" + job + ".1: it has ended");
      assertThat(audit(999_999)).isEmpty();
    }
  }

  /** What was asked to be done to a job, and whether it was. */
  private static List<String> audit(int job) {
    return node.log()
        .lines()
        .filter(line -> line.contains("audit user=root uid=0 "))
        .filter(line -> line.matches(".* (job|step)=" + job + "[.:].*"))
        .map(line -> line.replaceFirst(".*uid=0 ", ""))
        .toList();
  }

  @Test
  void jobsWaitInLineAndAreToldWhyAndHowManyAreBefore() {
    String first = node.runDetached("-c", "2", "--mem", "100M", "busybox", "sleep", "1000");
    String second = node.runDetached("-c", "1", "--mem", "100M", "busybox", "true");
    String third = node.runDetached("-c", "1", "--mem", "100M", "busybox", "true");

    String ps = node.ccon("ps").out();

    assertThat(ps).containsPattern(second.replace(".", "\\.") + ".*Pending: cpu ");
    assertThat(ps).containsPattern(third.replace(".", "\\.") + ".*Pending: cpu, 1 before it ");
    node.ccon("stop", third).mustSucceed();
    assertThat(node.state(third)).isEqualTo("Cancelled");
    node.ccon("stop", "-t", "0", first).mustSucceed();
    node.awaitState(second, "Completed");
  }

  @Test
  void whatCanNeverFitIsRefusedAtOnceWithTheReason() {
    var cpu = node.ccon("run", "-c", "3", "busybox", "true");
    var memory = node.ccon("run", "--mem", "5G", "busybox", "true");

    assertThat(cpu.exit()).isEqualTo(125);
    assertThat(cpu.err()).contains("3", "has 2").hasLineCount(1);
    assertThat(memory.err()).contains("5G", "has 4G").hasLineCount(1);
  }

  @Test
  void partitionsAreChecked() {
    var unknown = node.ccon("-p", "GPU", "run", "busybox", "true");
    var elsewhere = node.ccon("run", "-p", "OTHER", "busybox", "true");

    assertThat(unknown.err()).contains("no partition is named 'GPU'", "CPU, OTHER");
    assertThat(elsewhere.err()).contains("cn01 is not in partition OTHER");
    assertThat(unknown.exit()).isEqualTo(125);
  }

  @Test
  void devicesAreRefusedUntilTheyAreReallyGiven() {
    var result = node.ccon("--gres", "gpu:a100:1", "run", "busybox", "true");

    assertThat(result.exit()).isEqualTo(125);
    assertThat(result.err()).contains("gres").hasLineCount(1);
  }

  @Test
  void overItsTimeLimitAJobEndsAndSaysSo() {
    var result =
        node.ccon(
            "--time",
            "0:0:1",
            "run",
            "busybox",
            "sh",
            "-c",
            "trap 'exit 4' TERM; while :; do sleep 0.1; done");

    String id = node.ccon("ps", "-aq").out().lines().findFirst().orElseThrow();
    assertThat(result.exit()).isEqualTo(4);
    assertThat(node.state(id)).isEqualTo("ExceedTimeLimit");
  }

  @Test
  void stopWaitsForGraceThenKills() {
    String deaf =
        node.runDetached(
            "busybox", "sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.1; done");
    String polite =
        node.runDetached(
            "busybox", "sh", "-c", "trap 'exit 3' TERM; echo up; while :; do sleep 0.1; done");
    for (String id : new String[] {deaf, polite}) {
      Until.holds(id + " is up", () -> node.ccon("logs", id).out().contains("up"));
    }

    node.ccon("stop", "-t", "1", deaf, polite).mustSucceed();

    assertThat(node.inspect(deaf).path("exitCode").asInt()).isEqualTo(137);
    assertThat(node.inspect(polite).path("exitCode").asInt()).isEqualTo(3);
    assertThat(node.state(polite)).isEqualTo("Cancelled");
  }

  /** It counts tenths of a second from SIGTERM on; 10 s are the default. */
  @Test
  void stopGivesTheGraceThatItIsTold() {
    String id =
        node.runDetached(
            "busybox",
            "sh",
            "-c",
            "trap 'while :; do sleep 0.1; echo tick; done' TERM; echo up; while :; do sleep 0.1; done");
    Until.holds(id + " is up", () -> node.ccon("logs", id).out().contains("up"));

    node.ccon("stop", "-t", "4", id).mustSucceed();

    assertThat(node.ccon("logs", id).out().lines().filter("tick"::equals).count())
        .isBetween(10L, 60L);
  }

  @Test
  void stepsAreAppendedToTheJobsPodAndEndWithIt() {
    String id = node.runDetached("busybox", "sleep", "1000");
    node.awaitState(id, "Running");
    int job = NodeUnderTest.job(id);

    var appended =
        node.cconIn(
            job, "run", "busybox", "sh", "-c", "hostname; echo step $CRANE_STEP_ID; exit 6");
    var background = node.cconIn(job, "run", "-d", "busybox", "sleep", "1000");

    String backgroundId = background.mustSucceed().out().strip();
    assertThat(appended.out()).isEqualTo("job-" + job + "-cn01\nstep 2\n");
    assertThat(appended.exit()).isEqualTo(6);
    assertThat(backgroundId).isEqualTo(job + ".3");
    node.ccon("stop", "-t", "0", id).mustSucceed();
    Until.holds("the job has ended", () -> node.state(backgroundId).equals("Cancelled"));
    var late = node.cconIn(job, "run", "busybox", "true");
    assertThat(late.exit()).isEqualTo(125);
    assertThat(late.err()).contains("has ended");
  }

  @Test
  void waitReturnsWhenAllStepsOfTheJobHaveEnded() {
    String id = node.runDetached("busybox", "sleep", "1");

    node.cconIn(NodeUnderTest.job(id), "wait", "-t", "0.1").mustSucceed();

    assertThat(node.state(id)).isEqualTo("Completed");
  }
}
