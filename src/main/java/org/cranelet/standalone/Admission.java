package org.cranelet.standalone;

import java.util.HashMap;
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

    /** What there is too little of; absent if it fits. */
    Optional<String> lacking(Need free) {
      if (milliCpus > free.milliCpus) {
        return Optional.of(memoryBytes > free.memoryBytes ? "cpu and memory" : "cpu");
      }
      return memoryBytes > free.memoryBytes ? Optional.of("memory") : Optional.empty();
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
      if (first.isEmpty() || first.get().getValue().lacking(free()).isPresent()) {
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
          return reason(entry.getValue(), before, limits.get().test(jobId), free());
        }
        before++;
      }
      return "";
    }
  }

  /** Why each job waits that does, as {@link #reason} says it, in one look at the line. */
  Map<Long, String> reasons() {
    try (var _ = guard.hold()) {
      LongPredicate mayRunMore = limits.get();
      Need free = free();
      Map<Long, String> reasons = new HashMap<>();
      waiting.forEach(
          (jobId, need) -> {
            int before = reasons.size();
            reasons.put(jobId, reason(need, before, mayRunMore.test(jobId), free));
          });
      return reasons;
    }
  }

  private static String reason(Need need, int before, boolean mayRunMore, Need free) {
    if (!mayRunMore) {
      return "its user runs as many steps as one user may";
    }
    String lacks = need.lacking(free).orElse(before > 0 ? "its turn" : "");
    return before == 0 ? lacks : lacks + ", " + before + " before it";
  }

  private Need free() {
    return new Need(
        node.milliCpus - running.values().stream().mapToLong(Need::milliCpus).sum(),
        node.memoryBytes - running.values().stream().mapToLong(Need::memoryBytes).sum());
  }
}
