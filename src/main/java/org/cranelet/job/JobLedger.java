package org.cranelet.job;

import java.io.IOException;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.cranelet.os.Deadline;
import org.cranelet.os.Guard;
import org.jboss.logging.Logger;

/**
 * One job's record, in memory and in the journal, and everybody who waits for it to change.
 *
 * <p>What a crash may not lose is {@linkplain #write written}; what is found again by looking (a
 * phase, a start time) is only {@linkplain #note noted} and goes to disk with the next write. While
 * the disk refuses, the job goes on with the record in memory; only those stages that must not run
 * before they are recorded {@linkplain #awaitWritten wait}.
 */
final class JobLedger {
  private static final Logger LOG = Logger.getLogger(JobLedger.class);

  private final Guard guard = new Guard();
  private final Journal journal;
  private volatile JobRecord record; // written under guard
  private long revision; // guarded by guard
  private boolean behind; // the journal lacks the newest; guarded by guard

  JobLedger(Journal journal, JobRecord record) {
    this.journal = journal;
    this.record = record;
  }

  /** For changes that belong together. */
  Guard.Held hold() {
    return guard.hold();
  }

  JobRecord view() {
    return record; // never waits for a disk
  }

  JobRunner.Seen seen() {
    try (var _ = guard.hold()) {
      return new JobRunner.Seen(record, revision);
    }
  }

  /** Waits for a record newer than the one seen, or until the time is over. */
  JobRunner.Seen awaitChange(JobRunner.Seen last, Duration most) throws InterruptedException {
    try (var _ = guard.hold()) {
      Deadline until = Deadline.in(most);
      while (revision == last.revision() && !until.isOver()) {
        guard.await(until.left());
      }
      return seen();
    }
  }

  /** Waits for any change; to be called by the holder, in a loop. */
  void await() throws InterruptedException {
    guard.await();
  }

  void note(UnaryOperator<JobRecord> change) {
    try (var _ = guard.hold()) {
      record = change.apply(record);
      changed();
    }
  }

  /** Changes the record and the journal; if the disk refuses, {@link #catchUp} tries again. */
  void write(UnaryOperator<JobRecord> change) {
    try (var _ = guard.hold()) {
      record = change.apply(record);
      behind = true;
      catchUp();
      changed();
    }
  }

  /**
   * Changes the journal, then the record.
   *
   * @throws IOException if the disk refuses; nothing has changed then
   */
  void writeOrRefuse(UnaryOperator<JobRecord> change) throws IOException {
    try (var _ = guard.hold()) {
      JobRecord changed = change.apply(record);
      journal.write(changed);
      record = changed;
      behind = false;
      changed();
    }
  }

  /**
   * Writes what the disk refused before; does nothing if it refused nothing.
   *
   * @return false if the disk refuses still
   */
  boolean catchUp() {
    try (var _ = guard.hold()) {
      if (behind) {
        journal.write(record);
        behind = false;
        guard.signalAll();
      }
      return true;
    } catch (IOException e) {
      LOG.debugf("job=%d cannot be recorded yet: %s", view().jobId(), e.getMessage());
      return false;
    }
  }

  /** Waits until the journal holds what the record says, for as long as the disk takes. */
  void awaitWritten() throws InterruptedException {
    try (var _ = guard.hold()) {
      while (behind) {
        guard.await();
      }
    }
  }

  /** Wakes all who wait. */
  void changed() {
    try (var _ = guard.hold()) {
      revision++;
      guard.signalAll();
    }
  }
}
