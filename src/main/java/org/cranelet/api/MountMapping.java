package org.cranelet.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.cranelet.pod.Mount;
import org.cranelet.pod.WireAnnotations;
import org.cranelet.proto.crane.ContainerJobAdditionalMeta;
import org.cranelet.standalone.Refusal;

/**
 * Checks what is to be mounted: the annotation's mounts if there are any, else those of
 * CraneSched's own field.
 */
final class MountMapping {
  private static final JsonMapper STRICT =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private MountMapping() {}

  /**
   * In the user's order, as far as the wire has one.
   *
   * @param cwd an absolute path; relative host paths are below it
   */
  static List<Mount> mounts(ContainerJobAdditionalMeta c, String cwd) throws Refusal {
    String ours = c.getAnnotationsOrDefault(WireAnnotations.MOUNTS, "");
    List<Mount> mounts = new ArrayList<>();
    for (Mount m : ours.isEmpty() ? ofField(c) : ofAnnotation(ours)) {
      Refusal.invalidIf(
          !m.containerPath().startsWith("/") || (m.hostPath() + m.containerPath()).contains("\0"),
          "cannot mount at '" + m.containerPath() + "': it must be an absolute path");
      Refusal.invalidIf(
          m.containerPath().replace("/", "").isEmpty(),
          "cannot mount at '" + m.containerPath() + "': that is the container's root");
      Refusal.invalidIf(
          m.hostPath().isEmpty(), "nothing is given to mount at " + m.containerPath());
      mounts.add(
          new Mount(
              Path.of(cwd).resolve(m.hostPath()).toString(), m.containerPath(), m.readOnly()));
    }
    return mounts;
  }

  private static List<Mount> ofAnnotation(String json) throws Refusal {
    try {
      List<Mount> mounts = new ArrayList<>();
      JsonNode all = STRICT.readTree(json);
      Refusal.invalidIf(!all.isArray(), WireAnnotations.MOUNTS + " is not a JSON array");
      for (JsonNode m : all) {
        mounts.add(
            new Mount(
                m.path("host").asText(), m.path("container").asText(), m.path("ro").asBoolean()));
      }
      return mounts;
    } catch (JsonProcessingException e) {
      throw new Refusal(Refusal.Kind.INVALID, WireAnnotations.MOUNTS + " is not JSON");
    }
  }

  private static List<Mount> ofField(ContainerJobAdditionalMeta c) {
    return c.getMountsMap().entrySet().stream()
        .map(m -> ofField(m.getKey(), m.getValue()))
        .toList();
  }

  /** CraneSched's clients pass on what their user wrote behind the container's path. */
  private static Mount ofField(String host, String container) {
    boolean readOnly = container.endsWith(":ro");
    boolean mode = readOnly || container.endsWith(":rw");
    String path = mode ? container.substring(0, container.length() - ":ro".length()) : container;
    return new Mount(host, path, readOnly);
  }
}
