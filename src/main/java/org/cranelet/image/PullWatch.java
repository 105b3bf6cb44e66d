package org.cranelet.image;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import org.cranelet.cri.CriException;
import org.cranelet.cri.containerd.Downloads;
import org.cranelet.cri.containerd.Downloads.Download;
import org.cranelet.transport.RpcException;
import org.jboss.logging.Logger;

/**
 * Tells pulls how far they are, and gives up those that stand still. CRI tells nothing of that;
 * containerd's content store does, but not whose a download is: one that began while only one pull
 * went on is that pull's, and all that went on share it otherwise.
 */
public final class PullWatch {
  private static final Logger LOG = Logger.getLogger(PullWatch.class);

  private final Puller puller;
  private final Supplier<Optional<List<Download>>> downloads;
  private final Supplier<OptionalLong> unpacked;
  private final Duration stallTimeout;
  private final Map<String, Set<Pull>> owners = new HashMap<>(); // by a download's ref
  private final Set<String> undecided = new HashSet<>(); // refs of which an owner has left
  private Map<String, Download> before = Map.of(); // by ref
  private long downloadsMovedAt = System.nanoTime();
  private long unpackedBefore;
  private long unpackedMovedAt = System.nanoTime();

  /**
   * @param downloads see {@link Downloads#list}
   * @param unpacked bytes of all that images take unpacked; empty if the runtime cannot be asked
   */
  public PullWatch(
      Puller puller,
      Supplier<Optional<List<Download>>> downloads,
      Supplier<OptionalLong> unpacked,
      Duration stallTimeout) {
    this.puller = puller;
    this.downloads = downloads;
    this.unpacked = unpacked;
    this.stallTimeout = stallTimeout;
  }

  /** One look; not to be called twice at once. */
  public void look() {
    List<Pull> running = puller.running();
    if (running.isEmpty()) {
      owners.clear();
      undecided.clear();
      before = Map.of();
      return;
    }
    try {
      Optional<List<Download>> inFlight = downloads.get();
      if (inFlight.isPresent()) {
        tell(running, inFlight.get());
        running.forEach(this::giveUpIfStalled);
      }
    } catch (RpcException | CriException e) {
      LOG.debugf("how far pulls are cannot be told: %s", e.getMessage());
    }
  }

  private void tell(List<Pull> running, List<Download> inFlight) {
    Map<Pull, List<Download>> mine = new HashMap<>();
    Set<Pull> sharing = new HashSet<>();
    for (Download d : inFlight) {
      Set<Pull> owning = owners.computeIfAbsent(d.ref(), _ -> new HashSet<>());
      if (owning.removeIf(p -> !running.contains(p) || !p.mayOwn(d))) {
        undecided.add(d.ref());
      }
      boolean moved = !d.equals(before.get(d.ref())); // what a pull left behind does not
      if (moved && (undecided.remove(d.ref()) || owning.isEmpty())) {
        running.stream().filter(p -> p.mayOwn(d)).forEach(owning::add);
      }
      owning.forEach(p -> mine.computeIfAbsent(p, _ -> new ArrayList<>()).add(d));
      if (owning.size() > 1) {
        sharing.addAll(owning);
      }
    }
    Map<String, Download> now = new HashMap<>();
    inFlight.forEach(d -> now.put(d.ref(), d));
    owners.keySet().retainAll(now.keySet());
    undecided.retainAll(now.keySet());
    if (!now.equals(before)) {
      before = now;
      downloadsMovedAt = System.nanoTime();
    }
    running.forEach(p -> p.saw(mine.getOrDefault(p, List.of()), sharing.contains(p)));
  }

  /**
   * While it resolves there is nothing to see, also if all layers are here already and are being
   * unpacked, or if it waits for a layer that another pull fetches; and a layer that stands still
   * may be the other's if they share. Then it is given up only if nothing moves at all.
   */
  private void giveUpIfStalled(Pull pull) {
    if (pull.idle().compareTo(stallTimeout) < 0) {
      return;
    }
    boolean standsStill =
        switch (pull.state()) {
          case PULLING -> !pull.progress().shared() || nothingMoves();
          case RESOLVING -> nothingMoves();
          case UNPACKING, QUEUED, RETRYING -> false;
        };
    if (standsStill) {
      LOG.warnf("image=%s stands still, giving this attempt up", pull.key.reference());
      pull.stall();
    }
  }

  private boolean nothingMoves() {
    return System.nanoTime() - downloadsMovedAt >= stallTimeout.toNanos() && nothingIsUnpacked();
  }

  private boolean nothingIsUnpacked() {
    OptionalLong now = unpacked.get();
    if (now.isEmpty() || now.getAsLong() != unpackedBefore) {
      unpackedBefore = now.orElse(unpackedBefore);
      unpackedMovedAt = System.nanoTime();
      return false;
    }
    return System.nanoTime() - unpackedMovedAt >= stallTimeout.toNanos();
  }
}
