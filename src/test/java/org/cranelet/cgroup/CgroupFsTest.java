package org.cranelet.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.cranelet.pod.Resources;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupFsTest {
  private static final Resources HALF_CPU_64M = new Resources(0.5, 64L << 20, 4096);
  private static final String JOB = "/cranelet/job_7";

  private final Path root;

  CgroupFsTest(@TempDir Path dir) {
    this.root = dir;
  }

  // ---- version 2 ----

  @Test
  void version2HasAllLimitsInOneDirectory() throws IOException {
    // Given
    CgroupFs fs = version2();
    fakeFile("cranelet/job_7/memory.swap.max");
    // When
    fs.make(JOB, HALF_CPU_64M);
    // Then
    assertThat(root.resolve("cranelet/job_7/cpu.max")).hasContent("50000 100000");
    assertThat(root.resolve("cranelet/job_7/cpu.weight")).hasContent("50");
    assertThat(root.resolve("cranelet/job_7/memory.max")).hasContent("67108864");
    assertThat(root.resolve("cranelet/job_7/memory.swap.max")).hasContent("0");
    assertThat(root.resolve("cranelet/job_7/pids.max")).hasContent("4096");
  }

  @Test
  void version2HandsControllersDownToTheJobButNoFurther() throws IOException {
    // When
    version2().make(JOB, HALF_CPU_64M);
    // Then
    assertThat(root.resolve("cgroup.subtree_control")).hasContent("+cpu +memory +pids");
    assertThat(root.resolve("cranelet/cgroup.subtree_control")).hasContent("+cpu +memory +pids");
    assertThat(root.resolve("cranelet/job_7/cgroup.subtree_control")).doesNotExist();
  }

  @Test
  void aKernelWithoutSwapAccountingIsNoError() throws IOException {
    // When
    version2().make(JOB, HALF_CPU_64M);
    // Then
    assertThat(root.resolve("cranelet/job_7/memory.swap.max")).doesNotExist();
  }

  @Test
  void noLimitOfProcessesIsMax() throws IOException {
    // When
    version2().make(JOB, new Resources(1, 64L << 20, 0));
    // Then
    assertThat(root.resolve("cranelet/job_7/pids.max")).hasContent("max");
  }

  @Test
  void weightsStayWithinTheKernelsRange() throws IOException {
    // Given
    CgroupFs fs = version2();
    // When
    fs.make("/many", new Resources(500, 64L << 20, 0));
    fs.make("/few", new Resources(0.001, 64L << 20, 0));
    // Then
    assertThat(root.resolve("many/cpu.weight")).hasContent("10000");
    assertThat(root.resolve("few/cpu.weight")).hasContent("1");
    assertThat(root.resolve("few/cpu.max")).hasContent("1000 100000");
  }

  @Test
  void makingItAgainChangesNothing() throws IOException {
    // Given
    CgroupFs fs = version2();
    fs.make(JOB, HALF_CPU_64M);
    // When
    fs.make(JOB, HALF_CPU_64M);
    // Then
    assertThat(root.resolve("cranelet/job_7/memory.max")).hasContent("67108864");
  }

  @Test
  void aLimitThatCannotBeSetIsToldWithItsFile() throws IOException {
    // Given
    CgroupFs fs = version2();
    Path file = Files.createDirectories(root.resolve("cranelet/job_7/memory.max"));

    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> fs.make(JOB, HALF_CPU_64M))
        .withMessageStartingWith("cannot set " + file + " to 67108864: ");
  }

  // ---- version 1 ----

  @Test
  void version1HasEachLimitInItsHierarchy() throws IOException {
    // Given
    CgroupFs fs = version1();
    fakeFile("memory/cranelet/job_7/memory.memsw.limit_in_bytes");
    fakeFile("memory/cranelet/job_7/memory.use_hierarchy");
    // When
    fs.make(JOB, HALF_CPU_64M);
    // Then
    Path memory = root.resolve("memory/cranelet/job_7");
    assertThat(root.resolve("cpu/cranelet/job_7/cpu.cfs_period_us")).hasContent("100000");
    assertThat(root.resolve("cpu/cranelet/job_7/cpu.cfs_quota_us")).hasContent("50000");
    assertThat(root.resolve("cpu/cranelet/job_7/cpu.shares")).hasContent("512");
    assertThat(memory.resolve("memory.limit_in_bytes")).hasContent("67108864");
    assertThat(memory.resolve("memory.memsw.limit_in_bytes")).hasContent("67108864");
    assertThat(memory.resolve("memory.use_hierarchy")).hasContent("1");
    assertThat(root.resolve("pids/cranelet/job_7/pids.max")).hasContent("4096");
  }

  @Test
  void version1WithoutSwapAccountingIsNoError() throws IOException {
    // When
    version1().make(JOB, HALF_CPU_64M);
    // Then
    assertThat(root.resolve("memory/cranelet/job_7/memory.memsw.limit_in_bytes")).doesNotExist();
  }

  // ---- removal ----

  @Test
  void version2IsRemovedWithWhatTheRuntimeLeftBelow() throws IOException {
    // Given
    CgroupFs fs = version2();
    Files.createDirectories(root.resolve("cranelet/job_7/pod/container"));
    Files.createDirectories(root.resolve("cranelet/job_70"));
    // When
    boolean gone = fs.remove(JOB);
    // Then
    assertThat(gone).isTrue();
    assertThat(root.resolve("cranelet/job_7")).doesNotExist();
    assertThat(root.resolve("cranelet/job_70")).isDirectory();
  }

  @Test
  void version1IsRemovedFromEveryHierarchyOnce() throws IOException {
    // Given
    CgroupFs fs = version1();
    for (String hierarchy : new String[] {"cpu", "memory", "pids", "systemd", "cpuset"}) {
      Files.createDirectories(root.resolve(hierarchy).resolve("cranelet/job_7/pod"));
    }
    Files.createSymbolicLink(root.resolve("cpuacct"), Path.of("cpu"));
    // When
    boolean gone = fs.remove(JOB);
    // Then
    assertThat(gone).isTrue();
    for (String hierarchy : new String[] {"cpu", "memory", "pids", "systemd", "cpuset"}) {
      assertThat(root.resolve(hierarchy).resolve("cranelet")).isEmptyDirectory();
    }
  }

  @Test
  void oneThatIsBusyStays() throws IOException {
    // Given: a file stands for a process, rmdir(2) fails for both
    CgroupFs fs = version2();
    fakeFile("cranelet/job_7/pod/busy");
    // When
    boolean gone = fs.remove(JOB);
    // Then
    assertThat(gone).isFalse();
  }

  @Test
  void whatIsGoneIsGone() throws IOException {
    assertThat(version2().remove(JOB)).isTrue();
  }

  private CgroupFs version2() throws IOException {
    fakeFile("cgroup.controllers");
    return new CgroupFs(root);
  }

  private CgroupFs version1() throws IOException {
    for (String hierarchy : new String[] {"cpu", "memory", "pids"}) {
      Files.createDirectories(root.resolve(hierarchy));
    }
    return new CgroupFs(root);
  }

  private void fakeFile(String name) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.resolve("..").normalize());
    Files.createFile(file);
  }
}
