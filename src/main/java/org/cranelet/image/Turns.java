package org.cranelet.image;

import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import org.cranelet.os.Deadline;
import org.cranelet.os.Guard;

/**
 * Lets so many go on at once and no more: of those whose time has come the highest priority first,
 * then who came first.
 */
final class Turns {
  private static final Comparator<Turn> ORDER =
      Comparator.comparingInt((Turn t) -> t.priority).reversed().thenComparingLong(t -> t.number);

  private final int most;
  private final Guard guard = new Guard();
  private final Set<Turn> waiting = new HashSet<>(); // guarded
  private int going; // guarded
  private long numbers; // guarded

  Turns(int most) {
    this.most = most;
  }

  /**
   * A place among those that wait; closing it gives it up, or ends the turn that it became. Whoever
   * comes behind it waits for it, also before it asks for its turn.
   *
   * @param from when its time comes: it is in nobody's way before
   * @param until when its time is over
   */
  Turn join(int priority, Deadline from, Deadline until) {
    try (var _ = guard.hold()) {
      Turn turn = new Turn(priority, numbers++, from, until);
      waiting.add(turn);
      return turn;
    }
  }

  /** One's place, or one's turn. */
  final class Turn implements AutoCloseable {
    private final int priority;
    private final long number;
    private Deadline from; // guarded
    private Deadline until; // guarded
    private boolean hasCome; // guarded

    private Turn(int priority, long number, Deadline from, Deadline until) {
      this.priority = priority;
      this.number = number;
      this.from = from;
      this.until = until;
    }

    /** Its time comes at the earlier, and is over at the later of what was said and this. */
    void extend(Deadline otherFrom, Deadline otherUntil) {
      try (var _ = guard.hold()) {
        from = otherFrom.isBefore(from) ? otherFrom : from;
        until = until.isBefore(otherUntil) ? otherUntil : until;
        guard.signalAll();
      }
    }

    /** Waits until its time comes. */
    void awaitTime() throws InterruptedException {
      try (var _ = guard.hold()) {
        while (!from.isOver()) {
          guard.await(from.left());
        }
      }
    }

    /** Whether its time is over. */
    boolean isOver() {
      try (var _ = guard.hold()) {
        return until.isOver();
      }
    }

    /** Waits for the turn; whether it has come by then. */
    boolean await(Deadline latest) throws InterruptedException {
      try (var _ = guard.hold()) {
        while (!isNext() || going >= most) {
          if (latest.isOver()) {
            return false;
          }
          guard.await(latest.left());
        }
        waiting.remove(this);
        hasCome = true;
        going++;
        guard.signalAll(); // another is the next now, and there may be room for it, too
        return true;
      }
    }

    private boolean isNext() {
      return waiting.stream()
          .filter(t -> t.from.isOver())
          .min(ORDER)
          .filter(this::equals)
          .isPresent();
    }

    /** Takes the place again that it had before its turn came. */
    void giveBack() {
      try (var _ = guard.hold()) {
        close();
        waiting.add(this);
      }
    }

    @Override
    public void close() {
      try (var _ = guard.hold()) {
        if (hasCome) {
          hasCome = false;
          going--;
        }
        waiting.remove(this);
        guard.signalAll();
      }
    }
  }
}
