package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Output that is larger than one log file. */
class LogRotationIT {
  private static final int BLOCKS = 60;
  private static final int BLOCK = 1000;

  /** Counts, for about six seconds: the log is looked at every second. */
  private static final String COUNT =
      "i=0; while [ $i -lt "
          + BLOCKS
          + " ]; do seq $((i * "
          + BLOCK
          + ")) $((i * "
          + BLOCK
          + " + "
          + (BLOCK - 1)
          + ")); sleep 0.1; i=$((i + 1)); done";

  private static final String EXPECTED =
      IntStream.range(0, BLOCKS * BLOCK)
          .mapToObj(Integer::toString)
          .collect(Collectors.joining("\n", "", "\n"));

  private NodeUnderTest node;

  @BeforeEach
  void start() {
    node = NodeUnderTest.started("Logs: { MaxSize: 64K, MaxFiles: 100 }");
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @Test
  void whoeverFollowsOrReadsLaterGetsEveryLineOnce() throws IOException {
    String id = node.runDetached("busybox", "sh", "-c", COUNT);
    var follows = node.startCcon(0, "logs", "-f", id);

    String followed = follows.await().mustSucceed().out();

    assertThat(parts(id)).as("files of the log").isGreaterThan(2);
    assertThat(followed).isEqualTo(EXPECTED);
    assertThat(node.ccon("logs", id).mustSucceed().out()).isEqualTo(EXPECTED);
    assertThat(node.ccon("logs", "--tail", "50000", id).mustSucceed().out())
        .startsWith("10000\n")
        .endsWith("59999\n");
    Path theUsers = node.userHome(0).resolve(NodeUnderTest.job(id) + ".out/1.cn01.log");
    assertThat(Files.readAllLines(theUsers)).hasSize(BLOCKS * BLOCK);
  }

  @Test
  void aForegroundRunLosesNothingIfCraneletIsKilledMeanwhile() {
    var run = node.startCcon(0, "run", "busybox", "sh", "-c", COUNT);
    Until.holds("rotated", () -> run.outSoFar().contains("\n15000\n"));

    node.kill();
    node.start();

    assertThat(run.await().mustSucceed().out()).isEqualTo(EXPECTED);
  }

  @Test
  void linesOfAMegabyteAndBinaryOutputPassUnchanged() {
    String everyByte =
        "i=0; while [ $i -lt 256 ]; do printf \"\\\\$(printf %03o $i)\"; i=$((i + 1)); done >/b;"
            + " for k in 1 2 3 4 5 6 7 8 9 10 11; do cat /b /b >/c; mv /c /b; done;";
    String script =
        everyByte
            + " cat /b; echo; head -c 1048576 /dev/zero | tr '\\0' x; echo;"
            + " sleep 1.5; echo last; sleep 1.5";
    String id = node.runDetached("busybox", "sh", "-c", script);

    byte[] followed = node.startCcon(0, "logs", "-f", id).await().mustSucceed().stdout();

    assertThat(parts(id)).isGreaterThan(1);
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    IntStream.range(0, 256 << 11).forEach(i -> expected.write(i & 0xff));
    expected.writeBytes(("\n" + "x".repeat(1 << 20) + "\nlast\n").getBytes(StandardCharsets.UTF_8));
    assertThat(Arrays.equals(followed, expected.toByteArray())).as("byte by byte").isTrue();
    assertThat(node.ccon("logs", id).mustSucceed().stdout()).isEqualTo(followed);
  }

  @Test
  void withTheOldestFileTheOldestOutputIsLostAndNoMoreIsKept() {
    node.close();
    node = NodeUnderTest.started("Logs: { MaxSize: 64K, MaxFiles: 2 }");
    String id = node.runDetached("busybox", "sh", "-c", COUNT);
    node.awaitState(id, "Completed");

    assertThat(parts(id)).isEqualTo(2);
    String rest = node.ccon("logs", id).mustSucceed().out();
    assertThat(EXPECTED).endsWith(rest);
    assertThat(rest).isNotEmpty().isNotEqualTo(EXPECTED);
  }

  private long parts(String id) {
    String[] files = node.tempDir().resolve("logs/" + NodeUnderTest.job(id)).toFile().list();
    return files == null ? 0 : files.length;
  }
}
