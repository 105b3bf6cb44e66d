package org.cranelet.image;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.cranelet.os.Guard;

/**
 * Images that a container is about to be made of, by id, and such as are being pulled, by name: no
 * runtime can tell, and they stay.
 */
final class ImageHolds {
  private final Guard guard = new Guard();
  private final Map<String, Integer> held = new HashMap<>(); // guarded
  private final Set<String> beingRemoved = new HashSet<>(); // guarded

  /**
   * Waits while the image is being removed; whether it is still there is to be asked then.
   *
   * @param id or a name
   */
  void hold(String id) throws InterruptedException {
    try (var _ = guard.hold()) {
      while (beingRemoved.contains(id)) {
        guard.await();
      }
      held.merge(id, 1, Integer::sum);
    }
  }

  void release(String id) {
    try (var _ = guard.hold()) {
      held.computeIfPresent(id, (_, n) -> n == 1 ? null : n - 1);
    }
  }

  boolean isHeld(String id) {
    try (var _ = guard.hold()) {
      return held.containsKey(id);
    }
  }

  /**
   * Removes an image unless somebody holds it, by its id or by one of its names.
   *
   * @param removal tells whether it removed it
   * @return whether it was removed
   */
  boolean unlessHeld(Set<String> idAndNames, BooleanSupplier removal) {
    try (var _ = guard.hold()) {
      if (!Collections.disjoint(held.keySet(), idAndNames)
          || !Collections.disjoint(beingRemoved, idAndNames)) {
        return false;
      }
      beingRemoved.addAll(idAndNames);
    }
    try {
      return removal.getAsBoolean();
    } finally {
      try (var _ = guard.hold()) {
        beingRemoved.removeAll(idAndNames);
        guard.signalAll();
      }
    }
  }
}
