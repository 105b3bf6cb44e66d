package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A runtime that is not there, not yet, not any more, or says nothing: jobs wait, none is dead. */
@Tag("faults")
class RuntimeAwayIT {
  @RegisterExtension final FaultyNode faulty = new FaultyNode();

  @Test
  void aSocketThatAppearsAfterBootIsFoundAndWhatWaitedRuns() {
    faulty.runtime.vanish();
    faulty.prepare();
    faulty.node.startUnready();
    faulty.awaitReady(false);
    String id = faulty.submit("job");

    faulty.runtime.appear();

    faulty.assertGoesOnToItsEnd("job", id);
  }

  @Test
  void aDirectoryInTheSocketsPlaceLeavesTheNodeUnreadyUntilASocketStandsThere() throws IOException {
    faulty.runtime.vanish();
    Files.createDirectory(faulty.runtime.socket());

    assertUnreadyUntilASocketStandsThere();
  }

  @Test
  void aFileInTheSocketsPlaceLeavesTheNodeUnreadyUntilASocketStandsThere() throws IOException {
    faulty.runtime.vanish();
    Files.createFile(faulty.runtime.socket());

    assertUnreadyUntilASocketStandsThere();
  }

  private void assertUnreadyUntilASocketStandsThere() throws IOException {
    faulty.prepare();
    faulty.node.startUnready();
    Until.holds(
        "it names the socket",
        () -> faulty.node.log().contains("CRI version: " + faulty.runtime.socket()));
    faulty.awaitReady(false);

    Files.delete(faulty.runtime.socket());
    faulty.runtime.appear();

    faulty.awaitReady(true);
    faulty.assertNothingLeft();
  }

  @Test
  void aRuntimeThatAcceptsAndNeverAnswersIsNotReadyAndJobsWaitForIt() {
    faulty.runtime.hang();
    faulty.prepare("Deadlines: {Query: 1}");
    faulty.node.startUnready();
    Until.holds("it gave up", () -> faulty.node.log().contains("no answer within 1000 ms"));
    faulty.awaitReady(false);
    String id = faulty.submit("job");
    assertThat(faulty.node.probe("live")).isEqualTo(200);

    faulty.runtime.heal();

    faulty.assertGoesOnToItsEnd("job", id);
  }

  @Test
  void aSocketThatAcceptsAndSpeaksNoHttpIsNotReadyUntilARuntimeStandsThere() throws Exception {
    faulty.runtime.vanish();
    Path socket = faulty.runtime.socket();
    List<SocketChannel> callers = new CopyOnWriteArrayList<>();
    try (ServerSocketChannel mute = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      mute.bind(UnixDomainSocketAddress.of(socket));
      Thread.ofVirtual().start(() -> acceptAll(mute, callers));
      faulty.prepare("Deadlines: {Query: 1}");
      faulty.node.startUnready();
      Until.holds("it gave up", () -> faulty.node.log().contains("no answer within 1000 ms"));
      faulty.awaitReady(false);
      assertThat(faulty.node.probe("live")).isEqualTo(200);
    }
    for (SocketChannel caller : callers) {
      caller.close(); // as the kernel does when the process ends
    }
    Files.delete(socket);
    String id = faulty.submit("job");

    faulty.runtime.appear();

    faulty.assertGoesOnToItsEnd("job", id);
  }

  private static void acceptAll(ServerSocketChannel server, List<SocketChannel> into) {
    try {
      while (true) {
        into.add(server.accept());
      }
    } catch (IOException e) {
      assertThat(server.isOpen()).isFalse();
    }
  }

  @Test
  void aSocketThatNobodyMayOpenIsUsedAllTheSameForTheDaemonIsRoot() throws IOException {
    Files.setPosixFilePermissions(faulty.runtime.socket(), Set.of());
    faulty.start();
    String id = faulty.submit("job");

    faulty.letEnd("job");

    faulty.assertEndedTruly("job", id);
    faulty.assertNothingLeft();
  }

  @Test
  void aNodeThatShallRefuseMeanwhileRefusesJobsAndStepsAndSaysWhyUntilItIsBack() {
    faulty.start("WhileRuntimeAway: refuse");
    String runs = faulty.submit("job");
    faulty.awaitRuns("job");

    faulty.runtime.vanish();
    faulty.awaitReady(false);
    var job = faulty.node.ccon("run", "busybox", "true");
    var step = faulty.node.cconIn(NodeUnderTest.job(runs), "run", "busybox", "true");

    String why = "Failed to get CRI version: " + faulty.runtime.socket();
    assertThat(job.exit()).isEqualTo(125);
    assertThat(job.err()).contains(why).hasLineCount(1);
    assertThat(step.exit()).isEqualTo(125);
    assertThat(step.err()).contains(why).hasLineCount(1);
    assertThat(faulty.node.ccon("ps", "-aq").mustSucceed().out()).hasLineCount(1);
    faulty.runtime.appear();
    faulty.awaitReady(true);
    faulty.node.ccon("run", "busybox", "true").mustSucceed();
    faulty.letEnd("job");
    faulty.assertEndedTruly("job", runs);
    faulty.assertNothingLeft();
  }

  @Test
  void aRuntimeThatStopsAnsweringEndsNoRunningJob() {
    faulty.start("Deadlines: {Query: 1}");
    String id = faulty.submit("job");
    faulty.awaitRuns("job");

    faulty.runtime.hang();
    faulty.awaitReady(false);
    assertThat(faulty.hasEnded(id)).isFalse();
    faulty.runtime.heal();

    faulty.assertGoesOnToItsEnd("job", id);
  }

  @Test
  void aJobThatIsStoppedWhileTheRuntimeIsAwayIsCancelledThenAndNeverRuns() {
    faulty.start();
    faulty.runtime.vanish();
    faulty.awaitReady(false);
    String id = faulty.submit("job");

    faulty.node.startCcon(0, "stop", id);
    faulty.node.awaitState(id, "Cancelled");

    faulty.runtime.appear();
    faulty.awaitReady(true);
    faulty.assertNothingLeft();
    assertThat(faulty.timesRun("job")).isZero();
  }

  @Test
  void sixRestartsUnderTwentyPodsEndNoJobLeakNoAddressAndReadyFollows() {
    faulty.start();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      ids.add(faulty.submit("job" + i, "-c", "0.05"));
    }
    for (int i = 0; i < 20; i++) {
      faulty.awaitRuns("job" + i);
    }

    for (int restart = 0; restart < 6; restart++) {
      if (restart % 2 == 0) {
        faulty.testbed.killRuntime();
      } else {
        faulty.testbed.stopRuntime();
      }
      faulty.awaitReady(false);
      faulty.testbed.startRuntime();
      faulty.awaitReady(true);
    }

    assertThat(ids).noneMatch(faulty::hasEnded);
    for (int i = 0; i < 20; i++) {
      faulty.letEnd("job" + i);
    }
    for (int i = 0; i < 20; i++) {
      faulty.assertEndedTruly("job" + i, ids.get(i));
    }
    faulty.assertNothingLeft();
  }

  @Test
  void aStopInFlightWhenTheRuntimeRestartsIsCarriedOut() {
    faulty.start();
    Path asked = faulty.node.userHome(0).resolve("asked");
    String id =
        faulty.node.runDetached(
            "-v",
            faulty.node.userHome(0) + ":/d",
            "busybox",
            "sh",
            "-c",
            "trap 'touch /d/asked' TERM; echo ran >> /d/job.ran;"
                + " until [ -e /d/job.go ]; do sleep 0.05; done; exit 7");
    faulty.awaitRuns("job");
    Programs.Running stop = faulty.node.startCcon(0, "stop", "-t", "60", id);
    Until.holds("it was asked to stop", () -> Files.exists(asked));

    faulty.testbed.killRuntime();
    faulty.testbed.startRuntime();
    faulty.letEnd("job");

    faulty.assertEnded("job", id, "Cancelled");
    stop.await().mustSucceed();
    faulty.assertNothingLeft();
  }

  @Test
  @Tag("exits-kept") // containerd 1.x asks its shims afterwards
  void aContainerThatExitsWhileTheRuntimeIsAwayHasItsTrueExitCode() {
    String id = exitWhileTheRuntimeIsAway();

    faulty.assertEndedTruly("job", id);
    faulty.assertNothingLeft();
  }

  @Test
  @Tag("exits-lost") // containerd 2.x removes shims without a process as leaked, their codes with
  // them
  void aContainerWhoseExitCodeTheRuntimeLostFailsAndSaysSo() {
    String id = exitWhileTheRuntimeIsAway();

    faulty.node.awaitState(id, "Failed");
    assertThat(faulty.node.inspect(id).path("exitCode").asInt()).isEqualTo(125);
    assertThat(faulty.node.inspect(id).path("reason").asText())
        .isEqualTo("the runtime lost it, and with it the exit code");
    faulty.assertNothingLeft();
  }

  private String exitWhileTheRuntimeIsAway() {
    faulty.start();
    String id = faulty.submit("job");
    faulty.awaitRuns("job");
    ProcessHandle process = faulty.process("container");

    faulty.testbed.killRuntime();
    faulty.letEnd("job");
    Until.holds("it has exited", () -> !process.isAlive());
    faulty.testbed.startRuntime();
    return id;
  }

  @Test
  void aSocketLostForAWhileEndsNeitherWhatRunsNorWhatIsBeingMade() {
    faulty.start();
    String runs = faulty.submit("runs", "-c", "1");
    faulty.awaitRuns("runs");
    Hold create = faulty.runtime.holdBefore("CreateContainer");
    String made = faulty.submit("made", "-c", "1");
    create.await();

    faulty.runtime.vanish();
    create.lose();
    long end = System.nanoTime() + 15_000_000_000L; // the time itself is the fault
    Until.holds("15 s are over", () -> System.nanoTime() > end);
    faulty.awaitReady(false);
    faulty.runtime.appear();

    faulty.letEnd("runs");
    faulty.letEnd("made");
    faulty.assertEndedTruly("runs", runs);
    faulty.assertEndedTruly("made", made);
    faulty.assertNothingLeft();
  }
}
