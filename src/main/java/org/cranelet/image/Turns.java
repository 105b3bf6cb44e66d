package org.cranelet.image;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import org.cranelet.os.Deadline;
import org.cranelet.os.Guard;

/** Lets so many go on at once and no more: the highest priority first, then who came first. */
final class Turns {
  private static final Comparator<Turn> ORDER =
      Comparator.comparingInt((Turn t) -> t.priority).reversed().thenComparingLong(t -> t.number);

  private final int most;
  private final Guard guard = new Guard();
  private final Queue<Turn> waiting = new PriorityQueue<>(ORDER); // guarded
  private int going; // guarded
  private long numbers; // guarded

  Turns(int most) {
    this.most = most;
  }

  /** A place among those that wait; closing it gives it up, or ends the turn that it became. */
  Turn join(int priority) {
    try (var _ = guard.hold()) {
      Turn turn = new Turn(priority, numbers++);
      waiting.add(turn);
      return turn;
    }
  }

  /** One's place, or one's turn. */
  final class Turn implements AutoCloseable {
    private final int priority;
    private final long number;
    private boolean hasCome; // guarded

    private Turn(int priority, long number) {
      this.priority = priority;
      this.number = number;
    }

    /** Waits for the turn; whether it has come in time. */
    boolean await(Deadline until) throws InterruptedException {
      try (var _ = guard.hold()) {
        while (waiting.peek() != this || going >= most) {
          if (until.isOver()) {
            return false;
          }
          guard.await(until.left());
        }
        waiting.remove();
        hasCome = true;
        going++;
        guard.signalAll(); // another is the next now, and there may be room for it, too
        return true;
      }
    }

    @Override
    public void close() {
      try (var _ = guard.hold()) {
        if (hasCome) {
          hasCome = false;
          going--;
        } else {
          waiting.remove(this);
        }
        guard.signalAll();
      }
    }
  }
}
