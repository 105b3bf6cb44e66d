package org.cranelet.job;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cranelet.os.User;
import org.cranelet.pod.Resources;

/** Plain records for tests. */
public final class Records {
  private static final Instant AT = Instant.parse("2026-01-31T12:00:00Z");

  private Records() {}

  /** A job that waits. */
  static JobRecord waiting(long id) {
    return JobRecord.of(spec(id), step(1));
  }

  static JobSpec spec(long id) {
    return spec(id, "job", new User(1000, "alice", 1000, List.of(1000)));
  }

  public static JobSpec spec(long id, String name, User owner) {
    return new JobSpec(
        id,
        name,
        "CPU",
        owner,
        owner.gid(),
        new Resources(1, 64L << 20, 0),
        Optional.empty(),
        "cn15",
        "login",
        AT,
        new JobSpec.PodWish(name, Map.of(), Map.of(), false, List.of(), List.of()));
  }

  public static StepSpec step(int id) {
    return new StepSpec(
        id,
        "step",
        "busybox",
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        "",
        Map.of(),
        List.of(),
        Optional.empty(),
        false,
        Map.of(),
        Map.of(),
        "/home/alice",
        "busybox",
        AT);
  }
}
