package org.cranelet.cli;

import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.cranelet.proto.node.PullProgress;
import org.cranelet.proto.node.PullProgress.State;

/** Pulls for tests, and a clock that goes on when it is told to. */
final class Pulls {
  static final Instant START = Instant.parse("2026-01-31T12:00:00Z");
  static final String NAME = "docker.io/library/busybox:latest";
  static final long MIB = 1 << 20;

  private Pulls() {}

  static PullProgress.Builder in(State state) {
    return PullProgress.newBuilder()
        .setReference(NAME)
        .setState(state)
        .setAttempt(1)
        .setSince(Timestamp.newBuilder().setSeconds(START.getEpochSecond()));
  }

  static PullProgress pulling(double mebibytes, double total) {
    return in(State.PULLING)
        .setBytes((long) (mebibytes * MIB))
        .setTotalBytes((long) (total * MIB))
        .build();
  }

  static PullProgress retrying(int attempt, String reason) {
    return in(State.RETRYING).setAttempt(attempt).setLastError(reason).build();
  }

  /** Begins at {@link #START}. */
  static final class Clock implements InstantSource {
    private Instant now = START;

    @Override
    public Instant instant() {
      return now;
    }

    void pass(Duration time) {
      now = now.plus(time);
    }
  }
}
