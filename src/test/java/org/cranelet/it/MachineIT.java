package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.cranelet.it.Machine.Boot;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * On a machine of its own kernel, with systemd and cgroup v2: limits, the unit, and what a reboot
 * and power cuts leave. A boot takes a minute, so the tests of a nested class look at what the same
 * boots told.
 */
@Tag("vm")
class MachineIT {
  private static final String REBOOTED = "the machine rebooted while it ran";
  private static final String MIB_64 = Long.toString(64L << 20);

  /** What one boot with one script told. */
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  abstract static class OneBoot {
    private final Machine machine = new Machine();
    private final String script;
    private final String[] args;
    Boot boot;

    OneBoot(String script, String... args) {
      this.script = script;
      this.args = args;
    }

    @BeforeAll
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void run() {
      boot = machine.boot(script, args);
    }

    @AfterAll
    void close() {
      machine.close();
    }

    @Test
    void nothingIsLeft() {
      assertThat(boot.text("left-overs")).isEmpty();
    }
  }

  /** What src/test/vm/limits.sh told of three jobs: of half a cpu and 64 MiB, and two that fill. */
  abstract static class Limits extends OneBoot {
    Limits(String driver) {
      super("limits", driver);
    }

    @Test
    void cpuMemoryAndPidsAreInTheJobsCgroup() {
      assertThat(boot.text("job/cpu.max")).isEqualTo("50000 100000");
      assertThat(boot.text("job/cpu.weight")).isEqualTo("50");
      assertThat(boot.text("job/memory.max")).isEqualTo(MIB_64);
      assertThat(boot.text("job/memory.swap.max")).isEqualTo("0");
      assertThat(boot.text("job/pids.max")).isEqualTo("64");
    }

    @Test
    void cpuAndMemoryAreInTheContainersCgroupWhichIsBelowTheJobs() {
      assertThat("/sys/fs/cgroup" + boot.text("container.path"))
          .startsWith(boot.text("job/path") + "/");
      assertThat(boot.text("container/cpu.max")).isEqualTo("50000 100000");
      assertThat(boot.text("container/memory.max")).isEqualTo(MIB_64);
      assertThat(boot.text("container/memory.swap.max")).isEqualTo("0");
    }

    @Test
    void outOfMemoryIsTold() {
      JsonNode inspect = boot.json("fill.json");
      assertThat(inspect.path("state").asText()).isEqualTo("OutOfMemory");
      assertThat(inspect.path("reason").asText()).contains("more memory than it may");
      assertThat(boot.text("fill.exit")).isEqualTo("137");
    }

    @Test
    void twoStepsTogetherCannotUseMoreMemoryThanTheJobMay() {
      assertThat(boot.json("second.json").path("state").asText()).isEqualTo("OutOfMemory");
      assertThat(boot.text("second.exit")).isEqualTo("137");
      assertThat(boot.text("first.state")).isEqualTo("Running");
    }

    @Test
    void aForkBombEndsAtThePidsLimit() {
      assertThat(boot.text("forks")).contains("can't fork");
    }
  }

  @Nested
  class LimitsByTheRuntimesOwnCgroups extends Limits {
    LimitsByTheRuntimesOwnCgroups() {
      super("cgroupfs");
    }

    @Test
    void theJobsCgroupIsBelowTheConfiguredParent() {
      assertThat(boot.text("job/path")).isEqualTo("/sys/fs/cgroup/cranelet/job_1");
    }
  }

  @Nested
  class LimitsBySystemdsSlices extends Limits {
    LimitsBySystemdsSlices() {
      super("systemd");
    }

    @Test
    void theJobHasASlice() {
      assertThat(boot.text("job/path"))
          .isEqualTo("/sys/fs/cgroup/cranelet.slice/cranelet-job_1.slice");
    }
  }

  /** The daemon as a unit of systemd, and one container all the while. */
  @Nested
  class Unit extends OneBoot {
    Unit() {
      super("unit");
    }

    @Test
    void itIsActiveOnceStarted() {
      assertThat(boot.text("active")).isEqualTo("active");
    }

    /** Where CraneSched's documents look for it. */
    @Test
    void itsLogIsAFileToo() {
      assertThat(boot.text("craned.log")).contains("audit user=");
    }

    /** It would hold the passwords of jobs that wait for their images. */
    @Test
    void itWritesNoCoreFile() {
      assertThat(boot.text("core").split(" +")).containsSubsequence("size", "0", "0", "bytes");
    }

    @Test
    void aRestartDisturbsNoContainer() {
      assertThat(boot.text("container.restart")).isEqualTo(boot.text("container"));
    }

    @Test
    void aKilledDaemonIsStartedAgainAndDisturbsNoContainer() {
      assertThat(boot.text("container.kill")).isEqualTo(boot.text("container"));
    }

    @Test
    void aStopEndsInTimeAndDisturbsNoContainer() {
      assertThat(boot.text("stop.result")).isEqualTo("success");
      assertThat(boot.text("container.stop")).isEqualTo(boot.text("container"));
    }

    @Test
    void theLastDaemonTellsItsTrueExitCode() {
      assertThat(boot.job(1).path("exitCode").asInt()).isEqualTo(6);
      assertThat(boot.runs(1)).isEqualTo(1);
    }
  }

  /** The clock is set an hour forward and two back under a job that may take 150 s. */
  @Nested
  class ClockJumps extends OneBoot {
    ClockJumps() {
      super("clock");
    }

    @Test
    void noJobEndsEarlyWhenTheClockIsSetForward() {
      assertThat(boot.text("state.forward")).isEqualTo("Running");
    }

    @Test
    void noJobEndsLateWhenTheClockIsSetBack() {
      assertThat(boot.text("state.back")).isEqualTo("Running");
      assertThat(seconds("ended") - seconds("before")).isBetween(150L, 400L);
    }

    @Test
    void jobsAreRunAndTheirEndsSeenAfterEither() {
      assertThat(boot.text("code.forward")).isEqualTo("7");
      assertThat(boot.text("code.back")).isEqualTo("8");
    }

    /** clock.sh waits for it. */
    @Test
    void whatIsDoneAgainAndAgainIsDoneWhenTheClockIsSetBack() {
      assertThat(boot.text("cranelet.log"))
          .contains("job=99 cgroup of job 99 belongs to no live job: removed");
    }

    private long seconds(String file) {
      return Long.parseLong(boot.text(file));
    }
  }

  /**
   * The life of one machine: a reboot under jobs 1 (runs), 2 and 3 (wait); then the power is cut
   * when 4 and 5 were accepted, when 6 had begun, and when the end of 7 was told.
   */
  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  class RebootAndPowerCuts {
    private final Machine machine = new Machine();
    private Boot before;
    private Boot afterReboot;
    private Boot afterCutAtAcceptance;
    private Boot afterCutAtStart;
    private Boot afterCutAtEnd;

    @BeforeAll
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void run() {
      before = machine.boot("reboot");
      afterReboot = machine.bootAndCut("cut-accepted", "accepted: ");
      afterCutAtAcceptance = machine.bootAndCut("cut-started", "started: ");
      afterCutAtStart = machine.bootAndCut("cut-ended", "ended: ");
      afterCutAtEnd = machine.boot("after-cuts");
    }

    @AfterAll
    void close() {
      machine.close();
    }

    @Test
    void whatRanWhenTheMachineRebootedHasFailedForThatReason() {
      assertThat(before.jobs()).containsExactly(1, 2, 3);
      assertDiedWithTheMachine(afterReboot, 1);
      assertThat(afterReboot.runs(1)).isEqualTo(1);
    }

    @Test
    void whatWaitedWhenTheMachineRebootedRunsThen() {
      assertEnded(afterReboot, 2, "Completed", 0);
      assertEnded(afterReboot, 3, "Failed", 7);
      assertThat(afterReboot.runs(2)).isEqualTo(1);
      assertThat(afterReboot.runs(3)).isEqualTo(1);
    }

    @Test
    void idsGoOnCountingAfterARebootAndPowerCuts() {
      assertThat(afterReboot.console()).contains("accepted: 5.1");
      assertThat(afterCutAtAcceptance.console()).contains("started: 6.1");
      assertThat(afterCutAtEnd.jobs()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    }

    @Test
    void whatWasToldAcceptedRunsAfterThePowerCutOrHasFailedForThatReason() {
      // 4 was being made, and may have begun
      if (afterCutAtAcceptance.job(4).path("state").asText().equals("Failed")) {
        assertDiedWithTheMachine(afterCutAtAcceptance, 4);
        assertThat(afterCutAtAcceptance.runs(4)).isLessThanOrEqualTo(1);
      } else {
        assertEnded(afterCutAtAcceptance, 4, "Completed", 0);
        assertThat(afterCutAtAcceptance.runs(4)).isEqualTo(1);
      }
      assertEnded(afterCutAtAcceptance, 5, "Failed", 8);
      assertThat(afterCutAtAcceptance.runs(5)).isEqualTo(1);
    }

    @Test
    void whatHadBegunIsNotRunAgainAfterThePowerCut() {
      assertDiedWithTheMachine(afterCutAtStart, 6);
      assertThat(afterCutAtStart.runs(6)).isEqualTo(1);
    }

    @Test
    void anEndThatWasToldStandsAfterThePowerCut() {
      assertThat(afterCutAtStart.console()).contains("ended: 9");
      assertEnded(afterCutAtEnd, 7, "Failed", 9);
      assertThat(afterCutAtEnd.runs(7)).isEqualTo(1);
    }

    @Test
    void theNodeWorksAfterAllOfIt() {
      assertThat(afterCutAtEnd.text("works")).isEqualTo("works");
    }

    @Test
    void whatIsLookedForAsLeftIsThereWhileAJobRuns() {
      assertThat(before.text("left-overs").lines().map(line -> line.split(": ", 2)[0]))
          .contains(
              "container",
              "cgroup",
              "unit",
              "unit file",
              "address",
              "network namespace",
              "mount",
              "process");
    }

    @Test
    void nothingIsLeftAfterAnyOfIt() {
      for (Boot boot : List.of(afterReboot, afterCutAtAcceptance, afterCutAtStart, afterCutAtEnd)) {
        // A lease that the cut emptied is nobody's any more: the network plugin's own loss.
        assertThat(boot.text("left-overs").lines())
            .filteredOn(line -> !line.startsWith("emptied lease: "))
            .isEmpty();
      }
    }

    private void assertEnded(Boot boot, int job, String state, int exitCode) {
      JsonNode inspect = boot.job(job);
      assertThat(inspect.path("state").asText()).as(inspect.toString()).isEqualTo(state);
      assertThat(inspect.path("exitCode").asInt()).as(inspect.toString()).isEqualTo(exitCode);
    }

    private void assertDiedWithTheMachine(Boot boot, int job) {
      JsonNode inspect = boot.job(job);
      assertThat(inspect.path("state").asText()).as(inspect.toString()).isEqualTo("Failed");
      assertThat(inspect.path("reason").asText()).as(inspect.toString()).isEqualTo(REBOOTED);
    }
  }
}
