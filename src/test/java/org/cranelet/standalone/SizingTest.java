package org.cranelet.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.cranelet.config.ConfigException;
import org.cranelet.config.ConfigLoader;
import org.cranelet.config.ConfigLoader.MachineFacts;
import org.cranelet.config.Partition;
import org.cranelet.pod.Resources;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizingTest {
  private static final long MIB = 1L << 20;
  private static final String FILE =
      """
      Nodes:
        - {name: cn15, cpu: 4, memory: 8G}
        - {name: cn16, cpu: 4, memory: 8G}
      Partitions:
        - {name: CPU, nodes: "cn[15-16]"}
        - {name: PERCPU, nodes: ALL, DefaultMemPerCpu: 100, MaxMemPerCpu: 200}
        - {name: PERNODE, nodes: ALL, DefaultMemPerNode: 300, MaxMemPerNode: 400}
        - {name: TIGHT, nodes: ALL, DefaultMemPerCpu: 1000, MaxMemPerCpu: 500}
        - {name: OTHER, nodes: cn16}
      DefaultPartition: CPU
      Container:
        Enabled: true
        RuntimeEndpoint: /run/c.sock
        PidsLimit: 77
      """;

  private final Path dir;

  SizingTest(@TempDir Path dir) {
    this.dir = dir;
  }

  // ---- partitions ----

  @Test
  void withoutAPartitionItIsTheDefaultOne() throws Exception {
    Partition partition = sizing(FILE).partition(Optional.empty());

    assertThat(partition.name()).isEqualTo("CPU");
  }

  @Test
  void withoutAPartitionAndADefaultItIsRefused() throws Exception {
    Sizing sizing = sizing(FILE.replace("DefaultPartition: CPU\n", ""));

    assertRefused(
        Refusal.Kind.PARTITION,
        "no partition given, and there is no DefaultPartition: use -p",
        () -> sizing.partition(Optional.empty()));
  }

  @Test
  void anUnknownPartitionIsRefusedWithThoseThereAre() throws Exception {
    Sizing sizing = sizing(FILE);

    assertRefused(
        Refusal.Kind.PARTITION,
        "no partition is named 'GPU'; there are: CPU, PERCPU, PERNODE, TIGHT, OTHER",
        () -> sizing.partition(Optional.of("GPU")));
  }

  @Test
  void aPartitionOfOtherNodesIsRefused() throws Exception {
    Sizing sizing = sizing(FILE);

    assertRefused(
        Refusal.Kind.PARTITION,
        "node cn15 is not in partition OTHER",
        () -> sizing.partition(Optional.of("OTHER")));
  }

  // ---- cpus ----

  @Test
  void aJobThatSaysNothingHasOneCpuAndItsShareOfMemory() throws Exception {
    Resources given = give("CPU", Optional.empty(), 1, Optional.empty());

    assertThat(given).isEqualTo(new Resources(1, 2048 * MIB, 77));
  }

  @Test
  void tasksMultiplyCpus() throws Exception {
    Resources given = give("CPU", Optional.of(0.5), 3, Optional.of(64 * MIB));

    assertThat(given.cpus()).isEqualTo(1.5);
  }

  @Test
  void moreCpusThanTheNodeHasAreRefused() {
    assertRefused(
        Refusal.Kind.RESOURCES,
        "it asks for 4.5 cpus, node cn15 has 4",
        () -> give("CPU", Optional.of(4.5), 1, Optional.empty()));
  }

  @Test
  void allCpusOfTheNodeAreGiven() throws Exception {
    Resources given = give("CPU", Optional.of(4.0), 1, Optional.empty());

    assertThat(given).isEqualTo(new Resources(4, 8192 * MIB, 77));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, 0.001, Double.NaN, Double.NEGATIVE_INFINITY})
  void lessCpuThanTheKernelKnowsIsRefused(double cpus) {
    assertRefused(
        Refusal.Kind.INVALID,
        "a job needs at least 0.01 cpus",
        () -> give("CPU", Optional.of(cpus), 1, Optional.empty()));
  }

  // ---- memory ----

  @ParameterizedTest
  @CsvSource({
    "CPU,     2,    4096",
    "CPU,     0.5,  1024",
    "PERCPU,  2,    200",
    "PERCPU,  0.5,  50",
    "PERNODE, 2,    300",
    "TIGHT,   1,    500" // nobody is refused for what he did not ask for
  })
  void withoutMemoryItIsThePartitionsDefault(String partition, double cpus, long mib)
      throws Exception {
    Resources given = give(partition, Optional.of(cpus), 1, Optional.empty());

    assertThat(given.memoryBytes()).isEqualTo(mib * MIB);
  }

  @Test
  void aSmallShareIsRoundedUpToWhatRuncNeeds() throws Exception {
    Resources given = give("PERCPU", Optional.of(0.04), 1, Optional.empty());

    assertThat(given.memoryBytes()).isEqualTo(6 * MIB);
  }

  @Test
  void theMemoryAskedForIsForTheWholeJob() throws Exception {
    Resources given = give("CPU", Optional.of(2.0), 2, Optional.of(100 * MIB));

    assertThat(given.memoryBytes()).isEqualTo(100 * MIB);
  }

  @Test
  void moreMemoryThanTheNodeHasIsRefused() {
    assertRefused(
        Refusal.Kind.RESOURCES,
        "it asks for 9G memory, node cn15 has 8G",
        () -> give("CPU", Optional.empty(), 1, Optional.of(9216 * MIB)));
  }

  @ParameterizedTest
  @CsvSource({"PERCPU, 2, 401M, 400M", "PERNODE, 2, 401M, 400M"})
  void moreMemoryThanThePartitionAllowsIsRefused(
      String partition, double cpus, String asked, String allowed) {
    assertRefused(
        Refusal.Kind.RESOURCES,
        "it asks for " + asked + " memory, partition " + partition + " allows " + allowed,
        () -> give(partition, Optional.of(cpus), 1, Optional.of(401 * MIB)));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 6 * MIB - 1})
  void lessMemoryThanRuncNeedsIsRefused(long bytes) {
    assertRefused(
        Refusal.Kind.INVALID,
        "a job needs at least 6M memory",
        () -> give("CPU", Optional.empty(), 1, Optional.of(bytes)));
  }

  // ---- tools ----

  private Sizing sizing(String yaml) throws IOException, ConfigException {
    Path file = Files.writeString(dir.resolve("config.yaml"), yaml);
    return new Sizing(ConfigLoader.load(file, new MachineFacts("cn15", 1, MIB), Optional.empty()));
  }

  private Resources give(String partition, Optional<Double> cpus, int tasks, Optional<Long> memory)
      throws IOException, ConfigException, Refusal {
    Sizing sizing = sizing(FILE);
    return sizing.resources(
        new ResourceRequest(Optional.of(partition), cpus, tasks, memory),
        sizing.partition(Optional.of(partition)));
  }

  private static void assertRefused(Refusal.Kind kind, String message, ThrowingCallable call) {
    Refusal refusal = assertThatExceptionOfType(Refusal.class).isThrownBy(call).actual();
    assertThat(refusal).hasMessage(message);
    assertThat(refusal.kind()).isEqualTo(kind);
  }
}
