package org.cranelet.image;

import java.time.Instant;
import org.cranelet.image.reference.Reference;

/**
 * How far a pull is.
 *
 * @param bytes so far, over all layers; 0 where the runtime cannot tell
 * @param totalBytes of the layers known so far
 * @param shared whether other pulls run too, so that bytes may be theirs
 * @param since when it was first asked for
 * @param waitingSteps how many steps wait for it
 * @param attempt from 1; 0 before the first
 * @param lastError why the attempt before failed; empty if none did
 */
public record PullProgress(
    Reference reference,
    State state,
    long bytes,
    long totalBytes,
    boolean shared,
    Instant since,
    int waitingSteps,
    int attempt,
    String lastError) {

  /** What a pull does at the moment. */
  public enum State {
    /** Other pulls go first. */
    QUEUED,
    /** No layer has begun to arrive. */
    RESOLVING,
    /** Layers arrive. */
    PULLING,
    /** All have arrived. */
    UNPACKING,
    /** The last attempt failed and the next one is due soon. */
    RETRYING
  }
}
