package org.cranelet.standalone;

import java.util.Optional;
import org.cranelet.config.CraneConfig;
import org.cranelet.config.Node;
import org.cranelet.config.Partition;
import org.cranelet.config.Size;
import org.cranelet.pod.Resources;

/** Turns what was asked for into what is given, or says why it can never be. */
final class Sizing {
  private static final long MIN_MEMORY_BYTES = 6L << 20; // runc starts nothing with less
  private static final double MIN_CPUS = 0.01; // the kernel's smallest quota is 1 ms of 100 ms

  private final CraneConfig config;

  Sizing(CraneConfig config) {
    this.config = config;
  }

  Partition partition(Optional<String> wanted) throws Refusal {
    Optional<String> name = wanted.or(config::defaultPartition);
    if (name.isEmpty()) {
      throw new Refusal(
          Refusal.Kind.PARTITION, "no partition given, and there is no DefaultPartition: use -p");
    }
    Optional<Partition> partition = config.partition(name.get());
    if (partition.isEmpty()) {
      throw new Refusal(
          Refusal.Kind.PARTITION,
          "no partition is named '" + name.get() + "'; there are: " + names());
    }
    if (!partition.get().holds(config.node().name())) {
      throw new Refusal(
          Refusal.Kind.PARTITION,
          "node " + config.node().name() + " is not in partition " + name.get());
    }
    return partition.get();
  }

  private String names() {
    return String.join(", ", config.partitions().stream().map(Partition::name).toList());
  }

  Resources resources(ResourceRequest request, Partition partition) throws Refusal {
    Node node = config.node();
    double cpus = request.cpusPerTask().orElse(1.0) * request.tasks();
    if (!(cpus >= MIN_CPUS)) {
      throw new Refusal(Refusal.Kind.INVALID, "a job needs at least " + MIN_CPUS + " cpus");
    }
    if (cpus > node.cpus()) {
      throw new Refusal(
          Refusal.Kind.RESOURCES,
          "it asks for " + cpus + " cpus, node " + node.name() + " has " + node.cpus());
    }
    long memory = request.memoryBytes().orElseGet(() -> defaultMemory(partition, cpus));
    if (memory < MIN_MEMORY_BYTES) {
      throw new Refusal(
          Refusal.Kind.INVALID, "a job needs at least " + Size.text(MIN_MEMORY_BYTES) + " memory");
    }
    checkMemory(memory, cpus, partition);
    return new Resources(cpus, memory, config.container().pidsLimit());
  }

  /** Without either default: the node's memory divided by its cpus, for each cpu of the job. */
  private long defaultMemory(Partition partition, double cpus) {
    Node node = config.node();
    long memory;
    if (partition.defaultMemPerCpu() > 0) {
      memory = (long) (partition.defaultMemPerCpu() * cpus);
    } else if (partition.defaultMemPerNode() > 0) {
      memory = partition.defaultMemPerNode();
    } else {
      memory = (long) ((double) node.memoryBytes() / node.cpus() * cpus);
    }
    long most = Math.min(node.memoryBytes(), limit(partition, cpus));
    return Math.min(Math.max(memory, MIN_MEMORY_BYTES), most);
  }

  private static long limit(Partition partition, double cpus) {
    long limit = partition.maxMemPerNode() > 0 ? partition.maxMemPerNode() : Long.MAX_VALUE;
    return partition.maxMemPerCpu() > 0
        ? Math.min(limit, (long) (partition.maxMemPerCpu() * cpus))
        : limit;
  }

  private void checkMemory(long memory, double cpus, Partition partition) throws Refusal {
    Node node = config.node();
    if (memory > node.memoryBytes()) {
      throw new Refusal(
          Refusal.Kind.RESOURCES,
          "it asks for "
              + Size.text(memory)
              + " memory, node "
              + node.name()
              + " has "
              + Size.text(node.memoryBytes()));
    }
    if (memory > limit(partition, cpus)) {
      throw new Refusal(
          Refusal.Kind.RESOURCES,
          "it asks for "
              + Size.text(memory)
              + " memory, partition "
              + partition.name()
              + " allows "
              + Size.text(limit(partition, cpus)));
    }
  }
}
