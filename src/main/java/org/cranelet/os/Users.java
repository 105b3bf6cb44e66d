package org.cranelet.os;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The machine's users and groups, as its name service tells them (files, LDAP, SSSD): {@code
 * getent} and {@code id} are asked, answers are kept for a minute.
 */
public final class Users {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final long KEEP_NANOS = Duration.ofMinutes(1).toNanos();

  private final Commands commands;
  private final Map<Integer, Kept> kept = new ConcurrentHashMap<>();

  private record Kept(User user, long at) {}

  public Users(Commands commands) {
    this.commands = commands;
  }

  /**
   * The user with this uid. One without a passwd entry is himself still: no name but his number,
   * and no group but his gid.
   *
   * @param uid the user's id
   * @param gid the group to use if there is no passwd entry
   * @throws IOException if the name service cannot be asked
   */
  public User byUid(int uid, int gid) throws IOException {
    Kept known = kept.get(uid);
    if (known != null && System.nanoTime() - known.at() < KEEP_NANOS) {
      return known.user();
    }
    Optional<User> found = lookUp(uid);
    found.ifPresent(user -> kept.put(uid, new Kept(user, System.nanoTime())));
    // Not kept: another time it may be another gid.
    return found.orElse(new User(uid, Integer.toUnsignedString(uid), gid, List.of(gid)));
  }

  private Optional<User> lookUp(int uid) throws IOException {
    Commands.Result entry =
        commands.run(TIMEOUT, List.of("getent", "passwd", Integer.toUnsignedString(uid)));
    String[] fields = entry.out().split(":", -1); // passwd(5): name:password:uid:gid:...
    if (!entry.ok() || fields.length < 4) {
      return Optional.empty();
    }
    Commands.Result ids = commands.run(TIMEOUT, List.of("id", "-G", fields[0]));
    if (!ids.ok()) {
      throw new IOException("id -G " + fields[0] + " failed: " + ids.out());
    }
    List<Integer> groups =
        Arrays.stream(ids.out().split("\\s+")).map(Integer::parseUnsignedInt).toList();
    return Optional.of(new User(uid, fields[0], Integer.parseUnsignedInt(fields[3]), groups));
  }
}
