package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Cpu, memory and pids hold for the job as a whole, and are seen where one looks for them. */
class LimitsIT {
  /** Touches so many MiB at once, as the container's first process. */
  private static final String FILL = "exec dd if=/dev/zero of=/dev/null bs=%dM count=1";

  private static NodeUnderTest node;

  @BeforeAll
  static void start() {
    node = NodeUnderTest.started("PidsLimit: 64");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void cpuMemoryAndPidsAreInTheJobsCgroup() {
    String id = node.runDetached("--mem", "64M", "-c", "0.5", "busybox", "sleep", "1000");
    node.awaitState(id, "Running");
    int job = NodeUnderTest.job(id);

    String cpu = node.cgroupFile(job, "cpu", "cpu.cfs_quota_us", "cpu.max");
    String memory = node.cgroupFile(job, "memory", "memory.limit_in_bytes", "memory.max");
    String pids = node.cgroupFile(job, "pids", "pids.max", "pids.max");

    assertThat(cpu).startsWith("50000");
    assertThat(memory).isEqualTo(Long.toString(64L << 20));
    assertThat(pids).isEqualTo("64");
    node.ccon("stop", "-t", "0", id).mustSucceed();
  }

  @Test
  void cpuAndMemoryAreInTheContainersOwnCgroup() {
    var result =
        node.ccon(
            "run",
            "--mem",
            "64M",
            "-c",
            "0.5",
            "busybox",
            "sh",
            "-c",
            "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us"
                + " /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max 2>/dev/null; true");

    assertThat(result.out())
        .containsPattern("(?m)^67108864$")
        .containsPattern("(?m)^50000( 100000)?$");
  }

  @Test
  void outOfMemoryIsSaidByInspectAndPs() {
    var result = node.ccon("run", "--mem", "32M", "busybox", "sh", "-c", FILL.formatted(100));

    String id = node.ccon("ps", "-aq").out().lines().findFirst().orElseThrow();
    JsonNode inspect = node.inspect(id);
    assertThat(result.out()).isEmpty();
    assertThat(result.exit()).isEqualTo(137);
    assertThat(result.err()).contains("memory");
    assertThat(inspect.path("state").asText()).isEqualTo("OutOfMemory");
    assertThat(inspect.path("exitCode").asInt()).isEqualTo(137);
    assertThat(node.ccon("ps", "-a").out()).contains("OutOfMemory (137)");
  }

  @Test
  void twoStepsTogetherCannotUseMoreThanTheJobMay() {
    // Given a job of 64 MiB whose first step keeps 40 MiB in a file in memory
    String id =
        node.runDetached(
            "--mem",
            "64M",
            "busybox",
            "sh",
            "-c",
            "dd if=/dev/zero of=/dev/shm/x bs=1M count=40 2>/dev/null && echo kept; sleep 1000");
    Until.holds("40 MiB are kept", () -> node.ccon("logs", id).out().contains("kept"));

    // When a second step wants 40 MiB, which alone it may have
    var second =
        node.cconIn(NodeUnderTest.job(id), "run", "busybox", "sh", "-c", FILL.formatted(40));

    // Then it is more than the job's 64 MiB
    assertThat(second.out()).isEmpty();
    assertThat(second.exit()).isEqualTo(137);
    node.ccon("stop", "-t", "0", id);
  }

  @Test
  void aForkBombEndsAtThePidsLimitOfItsJob() {
    var result =
        node.ccon(
            "run",
            "busybox",
            "sh",
            "-c",
            // A shell that cannot fork says so and ends. The outer one forks nothing after that.
            "( i=0; while [ $i -lt 200 ]; do sleep 3 & i=$((i+1)); done; echo all forked )"
                + " >/dev/shm/said 2>&1; read -r said </dev/shm/said; echo \"$said\"");

    assertThat(result.out()).as(result.err()).containsPattern("(?i)(can't|cannot) fork");
  }
}
