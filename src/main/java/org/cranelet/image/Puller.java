package org.cranelet.image;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.cranelet.config.ImageSettings;
import org.cranelet.cri.CriException;
import org.cranelet.cri.ImageClient;
import org.cranelet.image.PullAttempt.Passing;
import org.cranelet.image.PullProgress.State;
import org.cranelet.image.reference.Login;
import org.cranelet.image.reference.Reference;
import org.cranelet.metrics.Meters;
import org.cranelet.os.Deadline;
import org.cranelet.os.Guard;
import org.cranelet.pod.StepRef;
import org.jboss.logging.Logger;

/**
 * Pulls images: one pull however many ask, so many at once for jobs and no more, jobs before
 * pre-pulls. One user's slow registry holds nobody else up: the next turn is the user's who has the
 * fewest pulls going on, and the last place is nobody's who has all others. A pull whose last
 * waiter leaves is given up. (How many pre-pulls go on at once, and in which order, is the {@link
 * PrePuller}'s business.)
 */
public final class Puller implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Puller.class);
  private static final Duration FOREVER = Duration.ofDays(36_500);
  private static final Duration LONGEST_DELAY = Duration.ofMinutes(1);

  /**
   * @param maxForJobs how many pulls that a job waits for go on at once
   * @param attempts for a pull that a job waits for
   * @param deadline for all attempts of one pull, unpacking included, waiting for its turn not
   * @param firstDelay before the second attempt; it doubles from then on, up to a minute
   */
  public record Limits(int maxForJobs, int attempts, Duration deadline, Duration firstDelay) {
    public static Limits of(ImageSettings images, Duration deadline) {
      return new Limits(
          images.maxParallelPulls(), images.attempts(), deadline, Duration.ofSeconds(1));
    }
  }

  private final PullAttempt attempt;
  private final Limits limits;
  private final Meters meters;
  private final Guard guard = new Guard();
  private final Map<Pull.Key, Pull> pulls = new HashMap<>(); // guarded
  private final Map<Pull, Thread> threads = new HashMap<>(); // guarded
  private long numbers; // guarded

  /** Where images are. */
  interface Disk {
    /** A pull found no space: removes what nobody needs. */
    void makeRoom();

    /** It may have filled up. */
    void lookIfFull();
  }

  Puller(ImageClient client, ImageRecords records, Limits limits, Disk disk, Meters meters) {
    this.attempt = new PullAttempt(client, records, disk, limits.deadline());
    this.limits = limits;
    this.meters = meters;
  }

  // ---- what others ask ----

  /** The share of one who waits for a pull; closing it leaves. */
  public final class Ticket implements AutoCloseable {
    private final Pull pull;
    private final Pull.Waiter waiter;

    private Ticket(Pull pull, Pull.Waiter waiter) {
      this.pull = pull;
      this.waiter = waiter;
    }

    /**
     * Waits for the image; what the runtime calls it.
     *
     * @throws ImageException if it cannot be had
     * @throws CriException.Unavailable if the runtime is away; ask again
     */
    public String await() throws ImageException, InterruptedException {
      return await(FOREVER);
    }

    /** As {@link #await()}; what is not there in time cannot be had. */
    public String await(Duration most) throws ImageException, InterruptedException {
      try {
        return pull.result.get(most.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        throw PullAttempt.cannotGet(pull, "it is not there after " + most.toSeconds() + " s");
      } catch (ExecutionException e) {
        switch (Objects.requireNonNull(e.getCause())) {
          case ImageException i -> throw new ImageException(String.valueOf(i.getMessage()));
          case CriException c -> throw c;
          case InterruptedException i -> throw new InterruptedException("the daemon is stopping");
          default -> throw new IllegalStateException(e.getCause());
        }
      }
    }

    @Override
    public void close() {
      leave(pull, waiter);
    }
  }

  /** Asks for an image on behalf of a step of a user's. */
  public Ticket forStep(Reference reference, Optional<Login> login, StepRef step, int uid) {
    return join(
        new Pull.Key(reference, login), new Pull.Waiter(Optional.of(step), uid), limits.attempts());
  }

  /** Asks for an image before anybody needs it. */
  public Ticket ahead(Reference reference, Optional<Login> login, int attempts) {
    return join(new Pull.Key(reference, login), new Pull.Waiter(Optional.empty(), 0), attempts);
  }

  /** How far the image is that a step waits for; absent if it waits for none. */
  public Optional<PullProgress> progress(StepRef step) {
    return all().stream().filter(p -> p.isFor(step)).findFirst().map(Pull::progress);
  }

  /** All pulls, those that go on first, then in the order in which their turn comes. */
  public List<PullProgress> progress() {
    return all().stream().map(Turn::of).sorted(TURNS).map(t -> t.pull().progress()).toList();
  }

  /** What decides about the order, at one moment. */
  private record Turn(Pull pull, boolean running, boolean forJobs) {
    static Turn of(Pull p) {
      return new Turn(p, p.isRunning(), p.isForJobs());
    }
  }

  private static final Comparator<Turn> TURNS =
      Comparator.comparing((Turn t) -> !t.running())
          .thenComparing(t -> !t.forJobs())
          .thenComparingLong(t -> t.pull().number);

  private List<Pull> all() {
    try (var _ = guard.hold()) {
      return List.copyOf(pulls.values());
    }
  }

  List<Pull> running() {
    return all().stream().filter(Pull::isRunning).toList();
  }

  public long runningCount() {
    return running().size();
  }

  /** Those that wait for their turn or for the next attempt. */
  public long queuedCount() {
    return all().stream().filter(p -> !p.isRunning()).count();
  }

  /** Waits until no job waits for a pull; whether that is so by then. */
  boolean awaitNoJobs(Deadline latest) throws InterruptedException {
    try (var _ = guard.hold()) {
      while (pulls.values().stream().anyMatch(Pull::isForJobs)) {
        if (latest.isOver()) {
          return false;
        }
        guard.await(latest.left());
      }
      return true;
    }
  }

  // ---- joining and leaving ----

  private Ticket join(Pull.Key key, Pull.Waiter waiter, int attempts) {
    try (var _ = guard.hold()) {
      Pull pull = pulls.get(key);
      if (pull == null) {
        pull = new Pull(key, numbers++);
        pulls.put(key, pull);
      }
      pull.join(waiter, attempts);
      if (!threads.containsKey(pull)) {
        threads.put(pull, start(pull));
      }
      guard.signalAll(); // a job may now wait for what was a pre-pull
      return new Ticket(pull, waiter);
    }
  }

  private Thread start(Pull pull) {
    return Thread.ofVirtual().name("pull-" + pull.key.reference()).start(() -> run(pull));
  }

  private void leave(Pull pull, Pull.Waiter waiter) {
    try (var _ = guard.hold()) {
      if (pull.leave(waiter) && threads.containsKey(pull) && !pull.result.isDone()) {
        LOG.infof("image=%s nobody waits for it any more", pull.key.reference());
        Objects.requireNonNull(threads.get(pull)).interrupt();
        forget(pull);
      }
      guard.signalAll();
    }
  }

  private void forget(Pull pull) {
    pulls.remove(pull.key, pull);
    threads.remove(pull);
  }

  // ---- a pull's life ----

  private void run(Pull pull) {
    String outcome = "failed";
    try {
      pull.result.complete(
          Failsafe.with(
                  RetryPolicy.<String>builder()
                      .handleIf(e -> e instanceof Passing && pull.mayTryAgain())
                      .withMaxAttempts(-1)
                      .withBackoff(limits.firstDelay(), LONGEST_DELAY)
                      .withJitter(0.25)
                      .build())
              .get(() -> attempt(pull)));
      outcome = "ok";
    } catch (Passing e) {
      pull.result.completeExceptionally(
          PullAttempt.cannotGet(pull, String.valueOf(e.getMessage())));
    } catch (FailsafeException e) {
      Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
      outcome = cause instanceof InterruptedException ? "cancelled" : outcome;
      pull.result.completeExceptionally(cause);
    } catch (RuntimeException e) {
      boolean givenUp = Thread.currentThread().isInterrupted();
      outcome = givenUp ? "cancelled" : e instanceof CriException ? "unavailable" : outcome;
      pull.result.completeExceptionally(givenUp ? new InterruptedException() : e);
    } catch (Error e) {
      pull.result.completeExceptionally(e); // nobody shall wait for ever
      throw e;
    } finally {
      meters.imagePull(outcome);
      try (var _ = guard.hold()) {
        forget(pull);
        guard.signalAll();
      }
    }
  }

  private String attempt(Pull pull) throws InterruptedException, ImageException {
    awaitTurn(pull);
    try {
      return attempt.run(pull);
    } finally {
      pull.endAttempt();
      try (var _ = guard.hold()) {
        if (pull.isRunning()) {
          pull.state(State.QUEUED);
        }
        guard.signalAll();
      }
    }
  }

  private void awaitTurn(Pull pull) throws InterruptedException {
    try (var _ = guard.hold()) {
      pull.state(State.QUEUED);
      while (!hasTurn(pull)) {
        guard.await();
      }
      if (pulls.get(pull.key) != pull) {
        throw new InterruptedException("nobody waits for it any more");
      }
      pull.beginAttempt();
      guard.signalAll(); // another is the next now, and there may be room for it, too
    }
  }

  /** Pre-pulls begin only while no job's pull waits or goes on. */
  private boolean hasTurn(Pull pull) {
    if (pulls.get(pull.key) != pull) {
      return true; // given up
    }
    List<Pull> forJobs = pulls.values().stream().filter(Pull::isForJobs).toList();
    if (!forJobs.contains(pull)) {
      return forJobs.isEmpty();
    }
    Map<Integer, Long> running =
        forJobs.stream()
            .filter(Pull::isRunning)
            .collect(Collectors.groupingBy(Pull::owner, Collectors.counting()));
    boolean isNext =
        forJobs.stream()
            .filter(p -> p.state() == State.QUEUED && mayHaveMore(p.owner(), running))
            .min(
                Comparator.comparingLong((Pull p) -> running.getOrDefault(p.owner(), 0L))
                    .thenComparingLong(p -> p.number))
            .filter(p -> p == pull)
            .isPresent();
    return isNext && forJobs.stream().filter(Pull::isRunning).count() < limits.maxForJobs();
  }

  /** Root may have all places. */
  private boolean mayHaveMore(int uid, Map<Integer, Long> running) {
    return uid == 0 || running.getOrDefault(uid, 0L) < Math.max(1, limits.maxForJobs() - 1);
  }

  /** Gives all pulls up. */
  @Override
  public void close() {
    try (var _ = guard.hold()) {
      threads.values().forEach(Thread::interrupt);
    }
  }
}
