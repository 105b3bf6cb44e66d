package org.cranelet.os;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Command lines that run with a user's credentials and nothing more (setpriv(1)). */
public final class AsUser {
  private AsUser() {}

  /**
   * {@code argv}, to be run as the user: his uid, the group, his other groups, no capabilities, and
   * no way to gain any.
   */
  public static List<String> command(User user, int gid, List<String> argv) {
    List<String> all = new ArrayList<>();
    all.add("setpriv");
    all.add("--reuid=" + Integer.toUnsignedString(user.uid()));
    all.add("--regid=" + Integer.toUnsignedString(gid));
    all.add(groups(user));
    all.add("--inh-caps=-all");
    all.add("--no-new-privs");
    all.add("--");
    all.addAll(argv);
    return all;
  }

  private static String groups(User user) {
    return user.groups().isEmpty()
        ? "--clear-groups"
        : "--groups="
            + user.groups().stream()
                .map(Integer::toUnsignedString)
                .collect(Collectors.joining(","));
  }
}
