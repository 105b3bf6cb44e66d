package org.cranelet.pod;

/** What travels as annotations, because CraneSched's messages have no field for it. */
public final class WireAnnotations {
  /** All mounts, in order, as JSON: {@code [{"host":…,"container":…,"ro":true}]}. */
  public static final String MOUNTS = "cranelet.org/mounts";

  /** {@code UID[:GID]}; CraneSched's field cannot tell 0 from nothing. */
  public static final String RUN_AS = "cranelet.org/run-as";

  /** {@code true}: the container's root file system is read-only. */
  public static final String READ_ONLY_ROOT = "cranelet.org/read-only-root";

  private WireAnnotations() {}
}
