package org.cranelet.cri.containerd;

import java.util.Map;

/** Where containerd's CRI plugin keeps its things. */
final class CriNamespace {
  /** For calls to containerd's own services. */
  static final Map<String, String> HEADERS = Map.of("containerd-namespace", "k8s.io");

  private CriNamespace() {}
}
