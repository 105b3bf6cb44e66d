package org.cranelet.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Consumer;
import org.cranelet.cli.term.Words;
import org.cranelet.proto.node.PullProgress;
import org.cranelet.proto.node.PullProgress.State;
import org.jspecify.annotations.Nullable;

/** Into a file or a pipe: a line now and then, and none for a pull that is over soon. */
final class PullLines implements PullDisplay {
  private static final Duration FIRST = Duration.ofSeconds(2);
  private static final Duration EACH = Duration.ofSeconds(30);

  private final Consumer<String> say;
  private final InstantSource clock;
  private @Nullable PullProgress last;
  private @Nullable Instant next;
  private @Nullable Instant ended;
  private boolean said;
  private boolean over;

  PullLines(Consumer<String> say, InstantSource clock) {
    this.say = say;
    this.clock = clock;
  }

  @Override
  public void progress(PullProgress progress) {
    if (over) {
      return;
    }
    if (next == null) {
      next = clock.instant().plus(FIRST);
    }
    if (failed(progress)) {
      say(
          "pulling %s failed, retrying: %s"
              .formatted(progress.getReference(), Words.plain(progress.getLastError())));
    }
    last = progress;
    ended = null;
    tick();
  }

  /** Whether a try has failed since the last message, however many were missed between. */
  private boolean failed(PullProgress progress) {
    boolean retrying = progress.getState() == State.RETRYING;
    boolean told = last != null && last.getState() == State.RETRYING;
    boolean another = last != null && progress.getAttempt() > last.getAttempt();
    return retrying ? !told || another : another && !told;
  }

  @Override
  public void tick() {
    Instant now = clock.instant();
    if (over || ended != null || last == null || next == null || now.isBefore(next)) {
      return;
    }
    next = now.plus(EACH);
    if (last.getState() != State.RETRYING) { // that was told
      say("pulling " + last.getReference() + ": " + PullText.words(last, now));
    }
  }

  @Override
  public void ended() {
    ended = clock.instant();
  }

  @Override
  public void arrived() {
    if (said && !over && last != null) {
      Instant end = ended == null ? clock.instant() : ended;
      say("pulled " + last.getReference() + " in " + Words.elapsed(PullText.elapsed(last, end)));
    }
    over = true;
  }

  private void say(String line) {
    said = true;
    say.accept("ccon: " + line);
  }
}
