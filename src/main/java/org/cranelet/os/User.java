package org.cranelet.os;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;

/**
 * A user of the machine.
 *
 * @param uid his id
 * @param name his login name, or his uid in digits where the machine has no name for it
 * @param gid his primary group
 * @param groups all his groups, the primary one among them
 */
@RegisterForReflection // stands in the journal
public record User(int uid, String name, int gid, List<Integer> groups) {
  public boolean isRoot() {
    return uid == 0;
  }

  public boolean isIn(int group) {
    return gid == group || groups.contains(group);
  }
}
