package org.cranelet.cri;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.cranelet.config.Deadlines;
import org.cranelet.cri.v1.RuntimeCondition;
import org.cranelet.cri.v1.RuntimeConfigRequest;
import org.cranelet.cri.v1.RuntimeServiceGrpc;
import org.cranelet.cri.v1.StatusRequest;
import org.cranelet.cri.v1.StatusResponse;
import org.cranelet.cri.v1.VersionRequest;
import org.cranelet.cri.v1.VersionResponse;
import org.jboss.logging.Logger;

/**
 * What the runtime says of itself: version, health and configuration. Every method but {@link
 * #endpoint} asks it and throws {@link CriException}.
 */
public final class RuntimeFacts {
  private static final Logger LOG = Logger.getLogger(RuntimeFacts.class);

  /** The conditions without which no pod can run (CRI's api.proto, RuntimeStatus). */
  private static final Set<String> NEEDED = Set.of("RuntimeReady", "NetworkReady");

  private final Set<String> remarked = ConcurrentHashMap.newKeySet();
  private final CriCalls calls;
  private final Deadlines deadlines;

  RuntimeFacts(CriCalls calls, Deadlines deadlines) {
    this.calls = calls;
    this.deadlines = deadlines;
  }

  /** The runtime's socket, for messages. */
  Path endpoint() {
    return calls.client().path();
  }

  public RuntimeVersion version() {
    VersionResponse v =
        calls.call(
            RuntimeServiceGrpc.getVersionMethod(),
            VersionRequest.newBuilder().setVersion("v1").build(),
            "",
            deadlines.query());
    return new RuntimeVersion(v.getRuntimeName(), v.getRuntimeVersion(), v.getRuntimeApiVersion());
  }

  /**
   * Only CRI's own conditions say whether pods can run: runtimes add others, such as containerd's
   * warnings of deprecated settings, and are well with those false.
   */
  public RuntimeStatus status() {
    Optional<RuntimeCondition> missing = Optional.empty();
    for (RuntimeCondition c : status(false).getStatus().getConditionsList()) {
      if (!NEEDED.contains(c.getType())) {
        remark(c);
      } else if (!c.getStatus() && missing.isEmpty()) {
        missing = Optional.of(c);
      }
    }
    return missing
        .map(c -> new RuntimeStatus(false, words(c)))
        .orElseGet(() -> new RuntimeStatus(true, ""));
  }

  /** Logs a condition when it becomes false; we are asked again and again. */
  private void remark(RuntimeCondition c) {
    if (c.getStatus()) {
      remarked.remove(c.getType());
    } else if (remarked.add(c.getType())) {
      LOG.warnf("the runtime runs pods all the same: %s", words(c));
    }
  }

  private static String words(RuntimeCondition c) {
    return c.getType() + " is false: " + c.getReason() + " " + c.getMessage();
  }

  /**
   * RuntimeConfig's answer; containerd before 2.0 has no such call, but shows its configuration.
   */
  public CgroupDriver cgroupDriver() {
    try {
      return switch (calls
          .call(
              RuntimeServiceGrpc.getRuntimeConfigMethod(),
              RuntimeConfigRequest.getDefaultInstance(),
              "",
              deadlines.query())
          .getLinux()
          .getCgroupDriver()) {
        case SYSTEMD -> CgroupDriver.SYSTEMD;
        default -> CgroupDriver.CGROUPFS;
      };
    } catch (CriException.Unimplemented e) {
      JsonNode containerd = config().path("containerd");
      String handler = containerd.path("defaultRuntimeName").asText("runc");
      JsonNode options = containerd.path("runtimes").path(handler).path("options");
      return options.path("SystemdCgroup").asBoolean(false)
          ? CgroupDriver.SYSTEMD
          : CgroupDriver.CGROUPFS;
    }
  }

  /**
   * The image that sandboxes are made of, as configured at the runtime; absent if it does not tell.
   */
  public Optional<String> sandboxImage() {
    return Optional.of(config().path("sandboxImage").asText("")).filter(name -> !name.isEmpty());
  }

  /** containerd shows its configuration as JSON; nothing is in it where a runtime does not. */
  private JsonNode config() {
    try {
      String json = status(true).getInfoMap().getOrDefault("config", "{}");
      return JsonMapper.builder().build().readTree(json);
    } catch (JsonProcessingException e) {
      return MissingNode.getInstance();
    }
  }

  private StatusResponse status(boolean verbose) {
    return calls.call(
        RuntimeServiceGrpc.getStatusMethod(),
        StatusRequest.newBuilder().setVerbose(verbose).build(),
        "",
        deadlines.query());
  }
}
