package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A disk that is full or read-only: nothing is accepted, nothing that runs is lost. */
class DiskIT {
  private Path disk;
  private NodeUnderTest node;
  private String runs;

  @BeforeEach
  void start() throws IOException {
    disk = Files.createTempDirectory(Path.of("/var/tmp"), "cranelet-disk-");
    sh("mount -t tmpfs -o size=4m,mode=0755 tmpfs " + disk);
    node = NodeUnderTest.started("TempDir: " + disk + "/containers");
    runs =
        node.runDetached(
            "-v",
            node.userHome(0) + ":/d",
            "busybox",
            "sh",
            "-c",
            "until [ -e /d/go ]; do sleep 0.1; done; exit 5");
    node.awaitState(runs, "Running");
  }

  @AfterEach
  void stop() throws IOException {
    node.close();
    sh("umount " + disk);
    Files.delete(disk);
  }

  @Test
  void whileItIsFullSubmissionsAreRefusedWithTheReasonAndWhatRunsKeepsItsExitCode()
      throws IOException {
    sh("dd if=/dev/zero of=" + disk + "/fill bs=4k 2>/dev/null || true");

    assertRefusedAndEndsMeanwhile("No space left on device");
    sh("rm " + disk + "/fill");

    assertHealed();
  }

  @Test
  void aDaemonStartedWhileItIsFullRefusesSubmissionsAndWatchesOn() throws IOException {
    sh("dd if=/dev/zero of=" + disk + "/fill bs=4k 2>/dev/null || true");
    node.kill();
    node.startUnready();

    assertRefusedAndEndsMeanwhile("No space left on device");
    sh("rm " + disk + "/fill");

    assertHealed();
  }

  @Test
  void whileItIsReadOnlySubmissionsAreRefusedWithTheReasonAndWhatRunsKeepsItsExitCode()
      throws IOException {
    // On top of itself: the runtime has the log open for writing, which a remount would not allow.
    sh("mount --bind " + disk + " " + disk + " && mount -o remount,ro,bind " + disk);

    assertRefusedAndEndsMeanwhile("Read-only file system");
    sh("umount --lazy " + disk);

    assertHealed();
  }

  private void assertRefusedAndEndsMeanwhile(String reason) throws IOException {
    var refused = node.ccon("run", "busybox", "true");
    assertThat(refused.exit()).isEqualTo(125);
    assertThat(refused.err()).contains(reason);
    assertThat(node.probe("ready")).isEqualTo(503);
    var status = node.cranelet("status");
    assertThat(status.exit()).isNotZero();
    assertThat(status.out()).contains("the journal cannot be written: ");
    Files.createFile(node.userHome(0).resolve("go"));
    Until.holds("its end is known", () -> node.inspect(runs).path("exitCode").asInt() == 5);
  }

  private void assertHealed() {
    Until.holds("ready again", () -> node.probe("ready") == 200);
    node.assertNothingLeft();
    node.kill();
    node.start();
    assertThat(node.state(runs)).isEqualTo("Failed");
    assertThat(node.inspect(runs).path("exitCode").asInt()).isEqualTo(5);
    node.ccon("run", "busybox", "true").mustSucceed();
  }

  private static void sh(String script) {
    Programs.run(Map.of(), Path.of("/"), "sh", "-c", script).mustSucceed();
  }
}
