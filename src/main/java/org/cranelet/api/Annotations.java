package org.cranelet.api;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.cranelet.pod.WireAnnotations;
import org.cranelet.standalone.Refusal;

/** Which labels and annotations a user may not set. */
final class Annotations {
  private static final List<String> OURS =
      List.of(WireAnnotations.MOUNTS, WireAnnotations.RUN_AS, WireAnnotations.READ_ONLY_ROOT);

  private static final List<String> RESERVED_PREFIXES =
      List.of(
          "cranesched",
          "cranelet.org/",
          "io.kubernetes",
          "io.containerd",
          "io.cri-containerd",
          "io.cri-o",
          "io.podman",
          "run.oci");

  /** What runtimes, and NRI plugins in them, act upon: devices, limits, security profiles. */
  private static final Pattern RESERVED_DOMAIN =
      Pattern.compile(
          "([^/]*\\.)?(cdi\\.k8s|nri|crio|cri-o|containerd|security\\.(alpha|beta)\\.kubernetes)"
              + "\\.io(/.*)?",
          Pattern.DOTALL);

  private static final List<String> RESERVED_KEYS =
      List.of("job_id", "step_id", "uid", "job_name", "step_name");

  private Annotations() {}

  /** The user's own labels or annotations, ours taken out. */
  static Map<String, String> users(Map<String, String> given) throws Refusal {
    Map<String, String> users = new LinkedHashMap<>();
    for (Map.Entry<String, String> entry : given.entrySet()) {
      String key = entry.getKey();
      if (OURS.contains(key)) {
        continue;
      }
      Refusal.invalidIf(
          RESERVED_KEYS.contains(key)
              || RESERVED_PREFIXES.stream().anyMatch(key::startsWith)
              || RESERVED_DOMAIN.matcher(key).matches(),
          "the label or annotation '" + key + "' is reserved");
      users.put(key, entry.getValue());
    }
    return users;
  }
}
