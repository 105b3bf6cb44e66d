package org.cranelet.config;

import java.util.Locale;

/** When an image is fetched from its registry (CraneSched's documents, "镜像拉取策略"). */
public enum PullPolicy {
  ALWAYS("Always"),
  IF_NOT_PRESENT("IfNotPresent"),
  NEVER("Never"),
  /** CraneSched's newer rule: Always for {@code latest} or no tag, IfNotPresent otherwise. */
  AUTO("auto");

  private final String text;

  PullPolicy(String text) {
    this.text = text;
  }

  /**
   * Reads a policy in any case, with or without dashes.
   *
   * @throws IllegalArgumentException if it is none of ours
   */
  public static PullPolicy parse(String text) {
    String plain = text.replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
    for (PullPolicy policy : values()) {
      if (policy.text.toLowerCase(Locale.ROOT).equals(plain)) {
        return policy;
      }
    }
    throw new IllegalArgumentException(
        "'" + text + "' is not a pull policy: Always, IfNotPresent or Never");
  }

  @Override
  public String toString() {
    return text;
  }
}
