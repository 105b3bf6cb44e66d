package org.cranelet.image;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.cranelet.config.ImageSettings;
import org.cranelet.cri.CriException;
import org.cranelet.cri.ImageClient;
import org.cranelet.cri.ImageInfo;
import org.cranelet.cri.RegistryAuth;
import org.cranelet.image.PullProgress.State;
import org.cranelet.image.reference.Login;
import org.cranelet.image.reference.Reference;
import org.cranelet.metrics.Meters;
import org.cranelet.os.Guard;
import org.cranelet.pod.StepRef;
import org.jboss.logging.Logger;

/**
 * Pulls images: one pull however many ask, so many at once and no more, jobs before pre-pulls. A
 * pull whose last waiter leaves is given up.
 */
public final class Puller implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Puller.class);
  private static final Duration FOREVER = Duration.ofDays(36_500);
  private static final Duration LONGEST_DELAY = Duration.ofMinutes(1);

  /**
   * @param maxForJobs how many pulls that a job waits for go on at once
   * @param maxForPrePulls how many others do
   * @param attempts for a pull that a job waits for
   * @param deadline for one attempt, unpacking included
   * @param firstDelay before the second attempt; it doubles from then on, up to a minute
   */
  public record Limits(
      int maxForJobs, int maxForPrePulls, int attempts, Duration deadline, Duration firstDelay) {
    public static Limits of(ImageSettings images, int prePulls, Duration deadline) {
      return new Limits(
          images.maxParallelPulls(), prePulls, images.attempts(), deadline, Duration.ofSeconds(1));
    }
  }

  private final ImageClient client;
  private final ImageRecords records;
  private final Limits limits;
  private final Disk disk;
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
    this.client = client;
    this.records = records;
    this.limits = limits;
    this.disk = disk;
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
        throw cannotGet(pull, "it is not there after " + most.toSeconds() + " s");
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

  /** Asks for an image on behalf of a step. */
  public Ticket forStep(Reference reference, Optional<Login> login, StepRef step) {
    return join(
        new Pull.Key(reference, login), new Pull.Waiter(Optional.of(step), 0), limits.attempts());
  }

  /**
   * Asks for an image before anybody needs it.
   *
   * @param priority the higher the earlier, among pre-pulls
   */
  public Ticket ahead(Reference reference, Optional<Login> login, int priority, int attempts) {
    return join(
        new Pull.Key(reference, login), new Pull.Waiter(Optional.empty(), priority), attempts);
  }

  /** How far the image is that a step waits for; absent if it waits for none. */
  public Optional<PullProgress> progress(StepRef step) {
    return all().stream().filter(p -> p.isFor(step)).findFirst().map(Pull::progress);
  }

  /** All pulls, those that go on first, then in the order in which their turn comes. */
  public List<PullProgress> progress() {
    return all().stream()
        .sorted(Comparator.comparing((Pull p) -> !p.isRunning()).thenComparing(TURNS))
        .map(Pull::progress)
        .toList();
  }

  private List<Pull> all() {
    try (var _ = guard.hold()) {
      return List.copyOf(pulls.values());
    }
  }

  List<Pull> running() {
    return all().stream().filter(Pull::isRunning).toList();
  }

  public int runningCount() {
    return running().size();
  }

  /** Those that wait for their turn or for the next attempt. */
  public int queuedCount() {
    return all().size() - runningCount();
  }

  // ---- joining and leaving ----

  private Ticket join(Pull.Key key, Pull.Waiter waiter, int attempts) {
    try (var _ = guard.hold()) {
      Pull pull = pulls.get(key);
      if (pull == null) {
        pull = new Pull(key, numbers++, attempts);
        pulls.put(key, pull);
      }
      pull.join(waiter);
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
      if (pull.leave(waiter) && threads.containsKey(pull)) {
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
                      .handle(Passing.class)
                      .withMaxAttempts(pull.attempts)
                      .withBackoff(limits.firstDelay(), LONGEST_DELAY)
                      .withJitter(0.25)
                      .build())
              .get(() -> attempt(pull)));
      outcome = "ok";
    } catch (Passing e) {
      pull.result.completeExceptionally(cannotGet(pull, String.valueOf(e.getMessage())));
    } catch (FailsafeException e) {
      Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
      outcome = cause instanceof InterruptedException ? "cancelled" : outcome;
      pull.result.completeExceptionally(cause);
    } catch (RuntimeException e) {
      boolean givenUp = Thread.currentThread().isInterrupted();
      outcome = givenUp ? "cancelled" : outcome;
      pull.result.completeExceptionally(givenUp ? new InterruptedException() : e);
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
      return once(pull);
    } catch (CriException.NotFound | CriException.Refused | CriException.Unimplemented e) {
      throw failed(pull, String.valueOf(e.getMessage()));
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

  /** What a failure means: an exception that is tried again, or one that is not. */
  private ImageException failed(Pull pull, String message) {
    PullFailure failure = PullFailure.of(pull.key.reference(), message);
    switch (failure.kind()) {
      case LOGIN -> {
        return cannotGet(pull, failure.said() + advice(pull.key));
      }
      case FINAL -> {
        return cannotGet(pull, failure.said());
      }
      case NO_SPACE -> disk.makeRoom();
      case PASSING -> {}
    }
    throw passing(pull, failure.said());
  }

  private static String advice(Pull.Key key) {
    return key.login()
        .map(login -> " (asked as " + login.username() + ")")
        .orElse(" (asked without a login: ccon login " + key.reference().registry() + ")");
  }

  private static Passing passing(Pull pull, String said) {
    LOG.warnf("image=%s trying again: %s", pull.key.reference(), said);
    pull.failed(said);
    return new Passing(said);
  }

  private void awaitTurn(Pull pull) throws InterruptedException {
    try (var _ = guard.hold()) {
      pull.state(State.QUEUED);
      while (!hasTurn(pull)) {
        guard.await();
      }
      pull.beginAttempt();
      guard.signalAll(); // another is the next now, and there may be room for it, too
    }
  }

  private static final Comparator<Pull> TURNS =
      Comparator.comparing((Pull p) -> !p.isForJobs())
          .thenComparing(Comparator.comparingInt(Pull::priority).reversed())
          .thenComparingLong(p -> p.number);

  /** Pre-pulls have a number of their own and begin only while no job's pull waits or goes on. */
  private boolean hasTurn(Pull pull) {
    boolean forJobs = pull.isForJobs();
    List<Pull> running = pulls.values().stream().filter(Pull::isRunning).toList();
    List<Pull> queued =
        new ArrayList<>(pulls.values().stream().filter(p -> p.state() == State.QUEUED).toList());
    long jobsRunning = running.stream().filter(Pull::isForJobs).count();
    queued.sort(TURNS);
    boolean isNext =
        queued.stream().filter(p -> p.isForJobs() == forJobs).findFirst().equals(Optional.of(pull));
    if (forJobs) {
      return isNext && jobsRunning < limits.maxForJobs();
    }
    return isNext
        && jobsRunning == 0
        && queued.stream().noneMatch(Pull::isForJobs)
        && running.size() - jobsRunning < limits.maxForPrePulls();
  }

  private String once(Pull pull) throws ImageException, InterruptedException {
    if (pull.key.login().isEmpty()) {
      return fetch(pull);
    }
    intend(pull);
    try {
      return fetch(pull);
    } finally {
      records.settled(pull.key.reference());
    }
  }

  /** Without that record, what is pulled with a login now would be everybody's after a crash. */
  private void intend(Pull pull) {
    try {
      records.intend(pull.key.reference(), client.list());
    } catch (IOException e) {
      throw passing(pull, "cannot record whose it is: " + e.getMessage());
    }
  }

  private String fetch(Pull pull) throws ImageException, InterruptedException {
    Reference reference = pull.key.reference();
    Optional<Login> login = pull.key.login();
    LOG.infof("image=%s pulling", reference);
    try {
      client.pull(reference.toString(), login.map(Puller::auth), limits.deadline());
    } catch (CriException e) {
      if (pull.endAttempt()) {
        throw passing(pull, "nothing arrived from the registry for " + idle(pull));
      }
      if (e instanceof CriException.DeadlineExceeded) {
        throw cannotGet(pull, "the pull took more than " + limits.deadline().toSeconds() + " s");
      }
      throw e;
    }
    pull.endAttempt();
    ImageInfo image =
        client
            .status(reference.toString())
            .orElseThrow(() -> cannotGet(pull, "it was removed as soon as it was there"));
    records.pulled(reference, image, login.isPresent());
    LOG.infof("image=%s pulled: %s", reference, image.id());
    Thread.startVirtualThread(disk::lookIfFull);
    return image.id();
  }

  private static String idle(Pull pull) {
    return pull.idle().toSeconds() + " s";
  }

  /** A scheme binds the login to its host (design: costly facts, 7). */
  private static RegistryAuth auth(Login login) {
    String server = "https://" + Reference.endpointOf(login.registry());
    return new RegistryAuth(server, login.isToken() ? "" : login.username(), login.password());
  }

  private static ImageException cannotGet(Pull pull, String why) {
    return new ImageException("cannot get image " + pull.key.reference() + ": " + why);
  }

  /** A failure that another attempt may not have. */
  private static final class Passing extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Passing(String message) {
      super(message);
    }
  }

  /** Gives all pulls up. */
  @Override
  public void close() {
    try (var _ = guard.hold()) {
      threads.values().forEach(Thread::interrupt);
    }
  }
}
