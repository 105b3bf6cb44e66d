package org.cranelet.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.cranelet.pod.Contribution.ContributionException;
import org.cranelet.pod.PodSpec;
import org.cranelet.pod.Resources;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobCgroupsTest {
  private static final Resources RESOURCES = new Resources(1, 64L << 20, 4096);

  private final Path mount;
  private final JobCgroups cgroups;

  JobCgroupsTest(@TempDir Path dir) throws IOException {
    Files.createFile(dir.resolve("cgroup.controllers"));
    this.mount = dir;
    this.cgroups = new JobCgroups("/cranelet", dir);
  }

  @Test
  void thePodIsPutIntoTheJobsCgroup() throws ContributionException {
    // When
    PodSpec applied = cgroups.apply(pod(7), RESOURCES);
    // Then
    assertThat(applied).isEqualTo(pod(7).withCgroupParent("/cranelet/job_7"));
    assertThat(mount.resolve("cranelet/job_7/memory.max")).hasContent("67108864");
  }

  @Test
  void whatCannotBeLimitedDoesNotRun() throws IOException {
    // Given
    Files.createDirectories(mount.resolve("cranelet/job_7/cpu.max"));

    assertThatExceptionOfType(ContributionException.class)
        .isThrownBy(() -> cgroups.apply(pod(7), RESOURCES))
        .withMessageStartingWith("cannot limit job 7: cannot set ");
  }

  @Test
  void undoLeavesTheParentAndNothingOfTheJob() throws IOException {
    // Given
    Files.createDirectories(mount.resolve("cranelet/job_7/pod/container"));
    Files.createDirectories(mount.resolve("cranelet/job_8"));
    // When
    boolean undone = cgroups.undo(7);
    // Then
    assertThat(undone).isTrue();
    assertThat(mount.resolve("cranelet/job_7")).doesNotExist();
    assertThat(mount.resolve("cranelet/job_8")).isDirectory();
  }

  @Test
  void theKernelsKillsOfAJobAreCounted() throws IOException {
    // Given
    Path job = Files.createDirectories(mount.resolve("cranelet/job_7"));
    Files.writeString(job.resolve("memory.events"), "max 9\noom 2\noom_kill 3\noom_group_kill 0\n");
    // Then
    assertThat(cgroups.memoryKills(7)).isEqualTo(3);
    assertThat(cgroups.memoryKills(8)).isZero();
  }

  @Test
  void whatAProcessOfAnotherRunsInIsNoLeftOver() throws IOException {
    // Given
    Files.createDirectories(mount.resolve("cranelet/job_7/pod"));
    Files.writeString(mount.resolve("cranelet/job_7/pod/cgroup.procs"), "4711\n");
    Files.createDirectories(mount.resolve("cranelet/job_8/pod"));
    Files.writeString(mount.resolve("cranelet/job_8/pod/cgroup.procs"), "");
    // When
    List<Long> remains = cgroups.remains(Set.of());
    List<Long> withOurs = cgroups.remains(Set.of(7L));
    // Then
    assertThat(remains).containsExactly(8L);
    assertThat(withOurs).containsExactlyInAnyOrder(7L, 8L);
  }

  private static PodSpec pod(long job) {
    return new PodSpec(
        job,
        "job-" + job + "-cn15",
        "uid",
        0,
        "cn15",
        false,
        List.of(),
        Optional.empty(),
        "",
        "/logs",
        Map.of(),
        Map.of());
  }
}
