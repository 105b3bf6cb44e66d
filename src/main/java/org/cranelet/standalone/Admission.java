package org.cranelet.standalone;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.cranelet.config.Node;
import org.cranelet.os.Guard;
import org.cranelet.pod.Resources;

/**
 * Who runs and who waits: first in, first out, against the node's cpu and memory. A job that does
 * not fit holds back those behind it, so that large ones do not starve; one whose user runs as much
 * as one user may lets others pass.
 */
final class Admission {
  private static final double MILLI = 1000;

  /** Cpus in thousandths, so that halves and thirds add up. */
  private record Need(long milliCpus, long memoryBytes) {
    static Need of(Resources r) {
      return new Need(Math.round(r.cpus() * MILLI), r.memoryBytes());
    }
  }

  private final Guard guard = new Guard();
  private final Map<Long, Need> running = new LinkedHashMap<>();
  private final Map<Long, Need> waiting = new LinkedHashMap<>();
  private final Need node;
  private final Supplier<LongPredicate> limits;

  /**
   * @param limits tells, for one look at the line, whether the owner of the job with an id may run
   *     one more
   */
  Admission(Node node, Supplier<LongPredicate> limits) {
    this.limits = limits;
    this.node = new Need((long) (node.cpus() * MILLI), node.memoryBytes());
  }

  /** Counts a job that runs already (after a restart). */
  void adopt(long jobId, Resources resources) {
    try (var _ = guard.hold()) {
      running.put(jobId, Need.of(resources));
    }
  }

  void enqueue(long jobId, Resources resources) {
    try (var _ = guard.hold()) {
      waiting.put(jobId, Need.of(resources));
    }
  }

  /** The next job that fits, which runs from now on; none if the first that may does not fit. */
  Optional<Long> admitNext() {
    try (var _ = guard.hold()) {
      LongPredicate mayRunMore = limits.get();
      Optional<Map.Entry<Long, Need>> first =
          waiting.entrySet().stream().filter(e -> mayRunMore.test(e.getKey())).findFirst();
      if (first.isEmpty() || lacking(first.get().getValue()).isPresent()) {
        return Optional.empty();
      }
      waiting.remove(first.get().getKey());
      running.put(first.get().getKey(), first.get().getValue());
      return Optional.of(first.get().getKey());
    }
  }

  /** Takes a job out, whether it ran or waited. */
  void release(long jobId) {
    try (var _ = guard.hold()) {
      running.remove(jobId);
      waiting.remove(jobId);
    }
  }

  int waiting() {
    try (var _ = guard.hold()) {
      return waiting.size();
    }
  }

  /** Why a job waits, and how many are before it: {@code cpu, 3 before it}. */
  String reason(long jobId) {
    try (var _ = guard.hold()) {
      int before = 0;
      for (Map.Entry<Long, Need> entry : waiting.entrySet()) {
        if (entry.getKey() == jobId) {
          if (!limits.get().test(jobId)) {
            return "its user runs as many steps as one user may";
          }
          String lacks = lacking(entry.getValue()).orElse(before > 0 ? "its turn" : "");
          return before == 0 ? lacks : lacks + ", " + before + " before it";
        }
        before++;
      }
      return "";
    }
  }

  private Optional<String> lacking(Need need) {
    long cpus = node.milliCpus - running.values().stream().mapToLong(Need::milliCpus).sum();
    long memory = node.memoryBytes - running.values().stream().mapToLong(Need::memoryBytes).sum();
    if (need.milliCpus > cpus) {
      return Optional.of(need.memoryBytes > memory ? "cpu and memory" : "cpu");
    }
    return need.memoryBytes > memory ? Optional.of("memory") : Optional.empty();
  }
}
