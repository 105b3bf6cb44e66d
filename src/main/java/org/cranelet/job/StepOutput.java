package org.cranelet.job;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.cranelet.workspace.CriLog;
import org.cranelet.workspace.StepLogReader;

/** Reads what a step has written, and goes on until it has ended if that is wanted. */
public final class StepOutput {
  /** How often a followed log is looked at; also when the step changes, so ends are prompt. */
  private static final Duration FOLLOW = Duration.ofMillis(50);

  private static final Duration BEGIN = Duration.ofSeconds(30);

  private final JobRunner job;
  private final int stepId;

  /**
   * What is wanted of the output.
   *
   * @param tail only the last lines
   */
  public record Query(
      boolean follow, Optional<Long> tail, Optional<Instant> since, Optional<Instant> until) {}

  /**
   * A piece of output.
   *
   * @param timestamp when the runtime read it, RFC 3339 with nanoseconds
   * @param data as the container wrote it, a newline included where it wrote one
   */
  public record Piece(String timestamp, boolean stderr, byte[] data) {}

  /** Takes the pieces, in order, as many together as are there to be read. */
  public interface Taker {
    void take(List<Piece> pieces) throws InterruptedException;
  }

  /** Pieces that go to the taker together. */
  private static final class Batch {
    private static final int BYTES = 64 << 10;
    private static final int BYTES_OF_AN_EMPTY_PIECE = 64;

    private final Taker taker;
    private List<Piece> pieces = new ArrayList<>();
    private int bytes;

    private Batch(Taker taker) {
      this.taker = taker;
    }

    private void add(Piece piece) throws InterruptedException {
      pieces.add(piece);
      bytes += BYTES_OF_AN_EMPTY_PIECE + piece.data().length;
      if (bytes >= BYTES) {
        handOver();
      }
    }

    private void handOver() throws InterruptedException {
      if (!pieces.isEmpty()) {
        taker.take(pieces);
        pieces = new ArrayList<>();
        bytes = 0;
      }
    }
  }

  public StepOutput(JobRunner job, int stepId) {
    this.job = job;
    this.stepId = stepId;
  }

  /**
   * Hands over what the query wants; when this returns there is no more of it.
   *
   * @throws IOException if the log cannot be read
   */
  public void read(Query query, Taker taker) throws IOException, InterruptedException {
    if (query.follow()) {
      awaitBegin();
    }
    try (StepLogReader log = job.log(stepId)) {
      if (query.tail().isPresent()) {
        log.seekTail(query.tail().get());
      }
      readFrom(log, query, taker);
    }
  }

  /** Waits until the log is there, or never will be. */
  private void awaitBegin() throws InterruptedException {
    JobRunner.Seen seen = job.seen();
    while (step(seen).outcome().isEmpty() && step(seen).startedAt().isEmpty()) {
      seen = job.awaitChange(seen, BEGIN);
    }
  }

  private void readFrom(StepLogReader log, Query query, Taker taker)
      throws IOException, InterruptedException {
    while (true) {
      // Looked at before the log is read: what was written before the end is in it then.
      JobRunner.Seen seen = job.seen();
      boolean ended = step(seen).outcome().isPresent();
      if (!readReady(log, query, taker)) {
        return;
      }
      if (ended || !query.follow()) {
        return;
      }
      job.awaitChange(seen, FOLLOW);
    }
  }

  /** What there is so far; false if nothing that comes after it is wanted. */
  private static boolean readReady(StepLogReader log, Query query, Taker taker)
      throws IOException, InterruptedException {
    Batch batch = new Batch(taker);
    boolean wanted = true;
    for (Optional<CriLog.Entry> e = log.next(); wanted && e.isPresent(); e = log.next()) {
      CriLog.Entry entry = e.get();
      wanted = query.until().isEmpty() || !entry.time().isAfter(query.until().get());
      if (wanted && (query.since().isEmpty() || !entry.time().isBefore(query.since().get()))) {
        batch.add(new Piece(entry.timestamp(), entry.stderr(), entry.data()));
      }
    }
    batch.handOver();
    return wanted;
  }

  private StepRecord step(JobRunner.Seen seen) {
    return seen.record().step(stepId).orElseThrow();
  }
}
