package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cranelet.it.NodeUnderTest.ALICE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.cranelet.mount.PinnedMounts;
import org.cranelet.os.ChildProcesses;
import org.cranelet.pod.ContainerSpec;
import org.cranelet.pod.Contribution.ContributionException;
import org.cranelet.pod.Identity;
import org.cranelet.pod.Mount;
import org.cranelet.pod.Resources;
import org.cranelet.pod.StepRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Bind mounts, and that what was allowed is what is mounted. */
class MountsIT {
  private static NodeUnderTest node;

  @BeforeAll
  static void start() {
    node = NodeUnderTest.started();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  /**
   * Each time with all that is mounted below it, but never with what is pinned: that would double
   * the node's mounts each time. And what others have mounted can be unmounted meanwhile.
   */
  @Test
  void theWholeMachineMayBeMountedAgainAndAgain() throws IOException {
    long before = mountsOfTheMachine();
    String id =
        node.runDetachedAs(
            ALICE, "-v", "/:/a", "-v", "/:/b", "-v", "/:/c", "-v", "/:/d", "busybox", "sleep",
            "1000");
    node.awaitState(id, "Running");

    assertThat(mountsOfTheMachine()).isLessThan(6 * before + 20);
    node.ccon("run", "busybox", "true").mustSucceed();
    Until.holds("nothing is left of the other job", () -> node.atRuntime().size() == 2);
    node.cconAs(ALICE, "stop", "-t", "0", id).mustSucceed();
    node.assertNothingLeft();
  }

  private static long mountsOfTheMachine() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mountinfo")).size();
  }

  @Test
  void theSamePathTwiceOnceReadOnlyRelativeToTheCurrentDirectory() throws IOException {
    Path data = Files.createDirectory(node.userHome(ALICE).resolve("data"));
    Files.writeString(data.resolve("f"), "content\n");
    Files.setAttribute(data, "unix:uid", ALICE);

    var result =
        node.cconAs(
            ALICE,
            "run",
            "-v",
            "data:/r:ro",
            "-v",
            "data:/w",
            "busybox",
            "sh",
            "-c",
            "cat /r/f; touch /r/no; touch /w/yes && ls /w");

    assertThat(result.mustSucceed().out()).isEqualTo("content\nf\nyes\n");
    assertThat(result.err()).contains("Read-only file system");
    assertThat(Files.getAttribute(data.resolve("yes"), "unix:uid")).isEqualTo(ALICE);
  }

  @Test
  void aSingleFile() throws IOException {
    Path file = node.userHome(0).resolve("one file");
    Files.writeString(file, "single\n");

    var result = node.ccon("run", "-v", "one file:/f", "busybox", "cat", "/f");

    assertThat(result.mustSucceed().out()).isEqualTo("single\n");
  }

  @Test
  void aPathThatIsNotThereIsRefusedByName() {
    var result = node.ccon("run", "-v", "/no/such/path:/m", "busybox", "true");

    assertThat(result.exit()).isEqualTo(125);
    assertThat(result.err()).contains("cannot mount /no/such/path").hasLineCount(1);
  }

  @Test
  void aSocketOrAPipeIsRefused() throws IOException {
    Path fifo = node.home.resolve("fifo");
    Programs.run(Map.of(), node.home, "mkfifo", fifo.toString()).mustSucceed();
    var pipe = node.ccon("run", "-v", fifo + ":/p", "busybox", "true");

    assertThat(pipe.exit()).isEqualTo(125);
    assertThat(pipe.err()).contains("cannot mount " + fifo + ": neither a file nor a directory");

    var socket = node.ccon("run", "-v", node.socket() + ":/s", "busybox", "true");

    assertThat(socket.exit()).isEqualTo(125);
    assertThat(socket.err()).contains("cannot mount " + node.socket());
  }

  /**
   * Alice swaps a directory of hers for a link to root's, without pause, while root pins it a
   * thousand times: what is pinned is her own directory or nothing.
   */
  @Test
  void aSwappedLinkNeverMountsWhatTheUserMayNotRead() throws Exception {
    Path secret = Files.createDirectory(node.home.resolve("secret"));
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rwx------"));
    Files.writeString(secret.resolve("canary"), "canary");
    Path hers = Files.createDirectory(node.userHome(ALICE).resolve("swap"));
    Files.setAttribute(hers, "unix:uid", ALICE);
    Path target = hers.resolve("dir");
    Files.createDirectory(hers.resolve("real"));
    Files.createSymbolicLink(hers.resolve("evil"), secret);
    Files.createSymbolicLink(hers.resolve("good"), hers.resolve("real"));
    Path pins = Files.createDirectory(node.home.resolve("pins"));
    PinnedMounts mounts = new PinnedMounts(pins, new ChildProcesses());
    AtomicBoolean done = new AtomicBoolean();
    Thread swapper = Thread.ofPlatform().start(() -> swap(hers, target, done));
    int mounted = 0;
    int refused = 0;
    try {
      for (int i = 1; i <= 1000; i++) {
        StepRef step = new StepRef(i, 1);
        try {
          mounts.apply(spec(step, target));
          mounted++;
          assertThat(pins.resolve(i + "/1-0/canary")).doesNotExist();
        } catch (ContributionException e) {
          refused++;
        }
        mounts.undo(step);
      }
    } finally {
      done.set(true);
      swapper.join(Duration.ofSeconds(10));
    }
    assertThat(mounted).as("pinned her own").isPositive();
    assertThat(refused).as("caught the link to root's").isPositive();
    assertThat(pins).isEmptyDirectory();
  }

  /** Replaces the link atomically, as fast as it goes: now hers, now root's. */
  private static void swap(Path directory, Path target, AtomicBoolean done) {
    try {
      for (int i = 0; !done.get(); i++) {
        Path next = directory.resolve("next");
        Files.createSymbolicLink(
            next, Files.readSymbolicLink(directory.resolve(i % 2 == 0 ? "good" : "evil")));
        Files.move(next, target, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static ContainerSpec spec(StepRef step, Path source) {
    Identity alice = new Identity(ALICE, ALICE, List.of());
    return new ContainerSpec(
        step,
        alice,
        "c",
        "image",
        List.of(),
        List.of(),
        "",
        Map.of(),
        List.of(new Mount(source.toString(), "/m", false)),
        java.util.Optional.of(alice),
        new Resources(1, 1 << 30, 0),
        false,
        "1.log",
        Map.of(),
        Map.of());
  }

  /** The same through the whole product, while jobs start. */
  @Test
  void jobsWhoseSourceIsSwappedNeverSeeTheSecret() throws Exception {
    Path secret = Files.createDirectory(node.home.resolve("secret2"));
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rwx------"));
    Files.writeString(secret.resolve("canary"), "canary");
    Path hers = Files.createDirectory(node.userHome(ALICE).resolve("swap2"));
    Files.setAttribute(hers, "unix:uid", ALICE);
    Files.createFile(Files.createDirectory(hers.resolve("real")).resolve("hers"));
    Files.createSymbolicLink(hers.resolve("evil"), secret);
    Files.createSymbolicLink(hers.resolve("good"), hers.resolve("real"));
    AtomicBoolean done = new AtomicBoolean();
    Path target = hers.resolve("dir");
    Files.createSymbolicLink(target, hers.resolve("real")); // so that the first finds something
    Thread swapper = Thread.ofPlatform().start(() -> swap(hers, target, done));
    try {
      for (int i = 0; i < 10; i++) {
        var result =
            node.cconAs(
                ALICE, "run", "-v", target + ":/m", "busybox", "sh", "-c", "ls /m; cat /m/canary");

        if (result.exit() == 125) {
          assertThat(result.out()).isEmpty();
          assertThat(result.err()).contains("cannot mount " + target + ": ");
        } else {
          assertThat(result.exit()).as(result.err()).isEqualTo(1); // cat's: there is no canary
          assertThat(result.out()).isEqualTo("hers\n");
        }
      }
    } finally {
      done.set(true);
      swapper.join(Duration.ofSeconds(10));
    }
  }
}
