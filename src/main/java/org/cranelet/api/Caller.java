package org.cranelet.api;

import org.cranelet.os.User;

/** Who calls, from the kernel's peer credentials and the machine's user database. */
record Caller(User user) {
  boolean isRoot() {
    return user.isRoot();
  }

  /** Whether this caller may see and act on what belongs to {@code owner}. */
  boolean mayTouch(User owner) {
    return isRoot() || user.uid() == owner.uid();
  }
}
