package org.cranelet.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cranelet.os.RecordingCommands;
import org.cranelet.pod.Contribution.ContributionException;
import org.cranelet.pod.PodSpec;
import org.cranelet.pod.Resources;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobSlicesTest {
  private final RecordingCommands commands = new RecordingCommands();
  private final JobSlices slices = new JobSlices("/cranelet", commands);

  @Test
  void theJobsSliceCarriesItsLimits() throws ContributionException {
    // When
    PodSpec applied = slices.apply(pod(), new Resources(1.5, 64L << 20, 4096));
    // Then
    assertThat(applied).isEqualTo(pod().withCgroupParent("cranelet-job_7.slice"));
    assertThat(commands.ran())
        .containsExactly(
            List.of(
                "systemctl",
                "--runtime",
                "set-property",
                "cranelet-job_7.slice",
                "CPUQuota=150.0%",
                "CPUWeight=150",
                "MemoryMax=67108864",
                "MemorySwapMax=0",
                "TasksMax=4096"));
  }

  @Test
  void noLimitOfProcessesIsInfinity() throws ContributionException {
    // When
    slices.apply(pod(), new Resources(1, 64L << 20, 0));
    // Then
    assertThat(commands.ran().getFirst()).contains("TasksMax=infinity");
  }

  @Test
  void aNestedParentIsANestedSlice() throws ContributionException {
    // Given
    JobSlices nested = new JobSlices("/hpc/cranelet", commands);
    // When
    PodSpec applied = nested.apply(pod(), new Resources(1, 64L << 20, 0));
    // Then
    assertThat(applied.cgroupParent()).isEqualTo("hpc-cranelet-job_7.slice");
  }

  @Test
  void aFailureIsToldInSystemctlsWords() {
    // Given
    commands.answer("set-property", 1, "Failed to set unit properties: Access denied");

    assertThatExceptionOfType(ContributionException.class)
        .isThrownBy(() -> slices.apply(pod(), new Resources(1, 64L << 20, 0)))
        .withMessage("cannot limit job 7: systemctl: Failed to set unit properties: Access denied");
  }

  @Test
  void aMachineWithoutSystemdIsToldSo() {
    // Given
    commands.missing("set-property");

    assertThatExceptionOfType(ContributionException.class)
        .isThrownBy(() -> slices.apply(pod(), new Resources(1, 64L << 20, 0)))
        .withMessage("cannot limit job 7: Cannot run program \"systemctl\"");
  }

  @Test
  void undoLeavesNeitherTheSliceNorItsSettings() {
    // When
    boolean undone = slices.undo(7);
    // Then
    assertThat(undone).isTrue();
    assertThat(commands.ran())
        .containsExactly(
            List.of("systemctl", "stop", "cranelet-job_7.slice"),
            List.of("systemctl", "revert", "cranelet-job_7.slice"));
  }

  @Test
  void settingsGoAlsoIfTheSliceCannotBeStopped() {
    // Given
    commands.missing("stop");
    // When
    boolean undone = slices.undo(7);
    // Then
    assertThat(undone).isFalse();
    assertThat(commands.ran().getLast())
        .containsExactly("systemctl", "revert", "cranelet-job_7.slice");
  }

  @ParameterizedTest
  @CsvSource({
    "/cranelet, cranelet.slice/cranelet-job_7.slice",
    "/hpc/cranelet, hpc.slice/hpc-cranelet.slice/hpc-cranelet-job_7.slice"
  })
  void theKernelsKillsOfAJobAreCountedInItsSlice(String parent, String path, @TempDir Path mount)
      throws IOException {
    // Given
    Path slice = Files.createDirectories(mount.resolve(path));
    Files.writeString(slice.resolve("memory.events"), "oom 2\noom_kill 3\n");
    // Then
    assertThat(new JobSlices(parent, commands, mount).memoryKills(7)).isEqualTo(3);
  }

  private static PodSpec pod() {
    return new PodSpec(
        7,
        "job-7-cn15",
        "uid",
        0,
        "cn15",
        false,
        List.of(),
        Optional.empty(),
        "",
        "/logs/7",
        Map.of(),
        Map.of());
  }
}
