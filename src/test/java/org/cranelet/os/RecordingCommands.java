package org.cranelet.os;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Runs nothing and remembers what it was asked to run. Every program succeeds without a word unless
 * an answer was given for it.
 */
public final class RecordingCommands implements Commands {
  /** What a held program is for its test. */
  public static final long HELD_PID = 4242;

  private final List<List<String>> ran = new ArrayList<>();
  private final List<List<String>> held = new ArrayList<>();
  private final List<Answer> answers = new ArrayList<>();
  private String firstLine = "";
  private boolean holderLives = true;
  private int open;

  private record Answer(
      Predicate<List<String>> which, Function<List<String>, Optional<Result>> result) {}

  /** Lets every command line that holds this word end so. */
  public RecordingCommands answer(String word, int exitCode, String out) {
    answers.add(
        new Answer(argv -> argv.contains(word), argv -> Optional.of(new Result(exitCode, out))));
    return this;
  }

  /** Lets every command line that holds this word fail as if the program were not there. */
  public RecordingCommands missing(String word) {
    answers.add(new Answer(argv -> argv.contains(word), argv -> Optional.empty()));
    return this;
  }

  /** What held programs write first. */
  public RecordingCommands heldSays(String line) {
    firstLine = line;
    return this;
  }

  /** Held programs turn out to be dead when somebody looks. */
  public RecordingCommands heldDies() {
    holderLives = false;
    return this;
  }

  @Override
  public Result run(Duration timeout, List<String> argv) throws IOException {
    ran.add(List.copyOf(argv));
    for (Answer answer : answers) {
      if (answer.which().test(argv)) {
        return answer
            .result()
            .apply(argv)
            .orElseThrow(() -> new IOException("Cannot run program \"" + argv.getFirst() + "\""));
      }
    }
    return new Result(0, "");
  }

  @Override
  public Held hold(Duration timeout, List<String> argv) {
    held.add(List.copyOf(argv));
    open++;
    return new FakeHeld();
  }

  /** All that ran to its end, in order. */
  public List<List<String>> ran() {
    return List.copyOf(ran);
  }

  /** All that was started to stay, in order. */
  public List<List<String>> held() {
    return List.copyOf(held);
  }

  /** How many held programs were not closed. */
  public int open() {
    return open;
  }

  private final class FakeHeld implements Held {
    @Override
    public long pid() {
      return HELD_PID;
    }

    @Override
    public String firstLine() {
      return firstLine;
    }

    @Override
    public boolean isAlive() {
      return holderLives;
    }

    @Override
    public void close() {
      open--;
    }
  }
}
