package org.cranelet.transport;

/**
 * The process at the other end of a Unix socket, as the kernel noted it when the connection was
 * made ({@code SO_PEERCRED}, unix(7)). A client cannot choose these numbers.
 *
 * @param uid the effective user id, 0 for root
 * @param gid the effective group id
 * @param pid the process that connected; it may be gone by now
 */
public record Peer(int uid, int gid, int pid) {
  public boolean isRoot() {
    return uid == 0;
  }
}
