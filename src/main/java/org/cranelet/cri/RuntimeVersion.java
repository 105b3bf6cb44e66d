package org.cranelet.cri;

/** What answered the version handshake, such as {@code containerd 1.6.20 (CRI v1)}. */
public record RuntimeVersion(String name, String version, String apiVersion) {
  public boolean isContainerd() {
    return name.equals("containerd");
  }

  /** Whether this is containerd before 2.0, which gives each CRI event to one subscriber only. */
  public boolean sharesEvents() {
    return isContainerd() && (plain().startsWith("1.") || plain().startsWith("0."));
  }

  private String plain() {
    return version.startsWith("v") ? version.substring(1) : version;
  }

  @Override
  public String toString() {
    return name + " " + plain() + " (CRI " + apiVersion + ")";
  }
}
