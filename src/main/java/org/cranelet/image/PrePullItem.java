package org.cranelet.image;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.Optional;

/**
 * How an image to be pulled ahead is doing.
 *
 * @param reference its full name
 * @param lastSuccess when it was last pulled, or found to be there
 * @param lastError empty if the last try succeeded
 * @param digest what was on the node at the last success, {@code name@digest}; empty before
 * @param dueUntil until when the run that goes on may begin its pull; absent if none does
 * @param source the file that lists it; empty if a command asked for it
 */
@RegisterForReflection // stands in a file
public record PrePullItem(
    String reference,
    State state,
    Optional<Instant> lastSuccess,
    String lastError,
    String digest,
    Optional<Instant> dueUntil,
    String source) {

  /** Where it is. */
  public enum State {
    /** For its time. */
    WAITING,
    /** For its turn. */
    QUEUED,
    /** Told only: its turn has come. */
    PULLING,
    PRESENT,
    FAILED,
    /** The disk is too full for it. */
    HELD,
    /** It is for another platform. */
    SKIPPED
  }

  static PrePullItem of(String reference, String source) {
    return new PrePullItem(
        reference, State.WAITING, Optional.empty(), "", "", Optional.empty(), source);
  }

  PrePullItem due(Instant until) {
    return new PrePullItem(
        reference, State.WAITING, lastSuccess, lastError, digest, Optional.of(until), source);
  }

  /** Another run wants it, too. */
  PrePullItem dueAtLeast(Instant until) {
    Instant later = dueUntil.filter(until::isBefore).orElse(until);
    return new PrePullItem(
        reference, state, lastSuccess, lastError, digest, Optional.of(later), source);
  }

  /** Listed in this file now. */
  PrePullItem from(String itsSource) {
    return new PrePullItem(reference, state, lastSuccess, lastError, digest, dueUntil, itsSource);
  }

  PrePullItem in(State now) {
    return new PrePullItem(reference, now, lastSuccess, lastError, digest, dueUntil, source);
  }

  PrePullItem held(String why) {
    return new PrePullItem(reference, State.HELD, lastSuccess, why, digest, dueUntil, source);
  }

  /** As it is while nothing is done about it. */
  PrePullItem idle() {
    boolean over =
        switch (state) {
          case PRESENT, FAILED, SKIPPED, WAITING -> true;
          case QUEUED, PULLING, HELD -> false;
        };
    return new PrePullItem(
        reference,
        over ? state : State.WAITING,
        lastSuccess,
        lastError,
        digest,
        Optional.empty(),
        source);
  }

  PrePullItem present(String itsDigest) {
    return new PrePullItem(
        reference,
        State.PRESENT,
        Optional.of(Instant.now()),
        "",
        itsDigest,
        Optional.empty(),
        source);
  }

  /** The run is over without the image. */
  PrePullItem without(State end, String why) {
    return new PrePullItem(reference, end, lastSuccess, why, digest, Optional.empty(), source);
  }
}
