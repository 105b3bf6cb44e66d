package org.cranelet.image;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import java.util.function.UnaryOperator;
import org.cranelet.config.PrePullSettings;
import org.cranelet.config.PullPolicy;
import org.cranelet.cri.CriException;
import org.cranelet.cri.ImageInfo;
import org.cranelet.cri.Patiently;
import org.cranelet.image.PrePullItem.State;
import org.cranelet.image.reference.Login;
import org.cranelet.image.reference.Reference;
import org.cranelet.os.Deadline;
import org.cranelet.os.Guard;
import org.jboss.logging.Logger;

/**
 * Pulls the images of the lists before any job needs them: at start, by schedule, when a list
 * changes, and when asked. A run that was cut off is taken up again. Each image waits for its turn
 * here, where disk and window are looked at; the {@link Puller} then lets jobs go first.
 */
public final class PrePuller implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(PrePuller.class);

  private final Images images;
  private final PrePullLists lists;
  private final PrePullSettings settings;
  private final DoubleSupplier usedPercent;
  private final LoginFinder logins;
  private final PrePullFile file;
  private final Duration lookEvery;
  private final Turns turns;
  private final Guard guard = new Guard();
  private final Map<String, PrePullItem> items = new LinkedHashMap<>(); // guarded
  private final Map<String, Run> running = new HashMap<>(); // guarded

  /** An image that is being got. */
  private record Run(Turns.Turn turn, Thread thread) {}

  /**
   * @param usedPercent how full the disk with the images is
   * @param file where it is kept what was begun and how it went
   * @param lookEvery how often one that waits looks whether it may go on
   */
  PrePuller(
      Images images,
      PrePullLists lists,
      PrePullSettings settings,
      DoubleSupplier usedPercent,
      LoginFinder logins,
      Path file,
      Duration lookEvery) {
    this.images = images;
    this.lists = lists;
    this.settings = settings;
    this.usedPercent = usedPercent;
    this.logins = logins;
    this.file = new PrePullFile(file);
    this.lookEvery = lookEvery;
    this.turns = new Turns(settings.parallel());
  }

  // ---- when ----

  /** Takes up what was cut off, and runs the lists if they are to be run at start. */
  public void start() {
    Duration delay = jitter(); // a power cut starts all nodes at once
    try (var _ = guard.hold()) {
      for (PrePullItem item : file.read()) {
        Optional<Instant> due = item.dueUntil().filter(Instant.now()::isBefore);
        if (due.isPresent() || lists.all().containsKey(item.reference())) {
          items.put(item.reference(), item.idle());
        }
        due.map(until -> Duration.between(Instant.now(), until))
            .ifPresent(left -> begin(Reference.parse(item.reference()), left, within(left, delay)));
      }
      write();
    }
    if (settings.atStart()) {
      runLists();
    }
  }

  /** Little may be left of the window of what was cut off. */
  private static Duration within(Duration window, Duration delay) {
    Duration most = window.dividedBy(2);
    return delay.compareTo(most) < 0 ? delay : most;
  }

  /** A run of all lists, as the schedule wants it. */
  public void runLists() {
    run(lists.all().values(), jitter());
  }

  /** Reads lists again that have changed, and runs what is new in them. */
  public void lookAgain() {
    run(lists.lookAgain(), jitter());
  }

  private void run(Collection<PrePullLists.Listed> which, Duration delay) {
    if (which.isEmpty()) {
      return;
    }
    try (var _ = guard.hold()) {
      which.forEach(l -> begin(l.reference(), settings.window(), delay));
      write();
    }
  }

  private Duration jitter() {
    long most = settings.jitter().toMillis();
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(most + 1));
  }

  /**
   * Pulls images now.
   *
   * @param references full names; empty: those of the lists
   * @return how they are doing
   */
  public List<PrePullItem> now(List<Reference> references) {
    List<Reference> all = new ArrayList<>(references);
    if (all.isEmpty()) {
      lists.all().values().forEach(l -> all.add(l.reference()));
    }
    try (var _ = guard.hold()) {
      all.forEach(reference -> begin(reference, settings.deadline(), Duration.ZERO));
      write();
    }
    List<String> names = all.stream().map(Reference::toString).toList();
    return items().stream().filter(i -> names.contains(i.reference())).toList();
  }

  /** All that are listed or were asked for. */
  public List<PrePullItem> items() {
    try (var _ = guard.hold()) {
      Map<String, PrePullLists.Listed> listed = lists.all();
      items.values().removeIf(i -> isDropped(i, listed));
      listed.forEach((name, l) -> list(name, l.line().source()));
      return List.copyOf(items.values());
    }
  }

  /** It may have been asked for by a command, or stood in another file. */
  private void list(String name, String source) {
    items.merge(name, PrePullItem.of(name, source), (old, _) -> old.from(source));
  }

  private boolean isDropped(PrePullItem item, Map<String, PrePullLists.Listed> listed) {
    return !item.source().isEmpty()
        && !listed.containsKey(item.reference())
        && !running.containsKey(item.reference());
  }

  // ---- one image ----

  /**
   * To be called by the holder, who writes the file. One that is being got already has the longer
   * window of the two, and waits no longer than either wants.
   */
  private void begin(Reference reference, Duration window, Duration delay) {
    String name = reference.toString();
    Instant due = Instant.now().plus(window); // for the file: it outlives this process
    Deadline from = Deadline.in(delay);
    Deadline until = Deadline.in(window);
    Run before = running.get(name);
    if (before != null) {
      before.turn().extend(from, until);
      items.computeIfPresent(name, (_, item) -> item.dueAtLeast(due));
      return;
    }
    Optional<PrePullSettings.Image> line = line(reference);
    String source = line.map(PrePullSettings.Image::source).orElse("");
    items.merge(name, PrePullItem.of(name, source).due(due), (old, _) -> old.due(due));
    int priority = line.map(PrePullSettings.Image::priority).orElse(100);
    Turns.Turn turn = turns.join(priority, from, until);
    Thread thread =
        Thread.ofVirtual().name("prepull-" + name).unstarted(() -> runToEnd(reference, turn));
    running.put(name, new Run(turn, thread));
    thread.start();
  }

  private void runToEnd(Reference reference, Turns.Turn turn) {
    String name = reference.toString();
    try (turn) {
      turn.awaitTime();
      PrePullItem end = get(reference, turn);
      try (var _ = guard.hold()) {
        update(name, _ -> end);
        running.remove(name); // who sees that it is over may begin it again
      }
    } catch (InterruptedException e) {
      LOG.debugf("image=%s pre-pull goes on after the restart", name);
    } finally {
      try (var _ = guard.hold()) {
        running.computeIfPresent(name, (_, run) -> run.turn() == turn ? null : run);
      }
    }
  }

  /** What has become of it. */
  private PrePullItem get(Reference reference, Turns.Turn turn) throws InterruptedException {
    String name = reference.toString();
    Optional<PrePullSettings.Image> line = line(reference);
    Optional<String> platform = line.flatMap(PrePullSettings.Image::platform);
    if (platform.isPresent() && !platform.get().equals(PrePullLists.platform())) {
      return item(name)
          .without(
              State.SKIPPED,
              "it is for " + platform.get() + ", this is " + PrePullLists.platform());
    }
    PullPolicy policy = line.map(PrePullSettings.Image::policy).orElse(PullPolicy.IF_NOT_PRESENT);
    while (true) {
      Optional<ImageInfo> there = there(reference, policy); // a job may have brought it meanwhile
      if (there.isPresent()) {
        return present(item(name), there.get());
      }
      boolean full = isFull();
      if (turn.isOver()) {
        return full
            ? item(name).without(State.HELD, tooFull())
            : item(name).without(State.FAILED, "the window ended before its turn came");
      }
      if (full) {
        update(name, item -> item.held(tooFull()));
        Thread.sleep(lookEvery);
      } else {
        update(name, item -> item.in(State.QUEUED));
        if (hasTurn(turn)) {
          return fetch(reference, policy);
        }
      }
    }
  }

  /** Whether it may be pulled now; waits for that a while. */
  private boolean hasTurn(Turns.Turn turn) throws InterruptedException {
    Deadline latest = Deadline.in(lookEvery);
    if (!images.awaitNoJobs(latest) || !turn.await(latest)) {
      return false;
    }
    // Those before it may have filled the disk, and taken the rest of its window.
    if (images.awaitNoJobs(Deadline.in(Duration.ZERO)) && !isFull() && !turn.isOver()) {
      return true;
    }
    turn.giveBack();
    return false;
  }

  /** What is there needs neither turn nor room. */
  private Optional<ImageInfo> there(Reference reference, PullPolicy policy) {
    try {
      return images.there(reference, policy);
    } catch (CriException e) {
      return Optional.empty(); // the runtime is away; the pull will wait for it
    }
  }

  private PrePullItem fetch(Reference reference, PullPolicy policy) throws InterruptedException {
    String name = reference.toString();
    try {
      Images.AheadWish wish =
          new Images.AheadWish(
              reference, policy, login(reference), settings.attempts(), settings.deadline());
      ImageInfo image = Patiently.within(wish.deadline(), () -> images.ahead(wish));
      return present(item(name), image);
    } catch (ImageException | IOException | RuntimeException e) {
      LOG.warnf("image=%s cannot be pre-pulled: %s", reference, e.getMessage());
      return item(name).without(State.FAILED, String.valueOf(e.getMessage()));
    }
  }

  private static PrePullItem present(PrePullItem item, ImageInfo image) {
    LOG.infof("image=%s pre-pulled: it is there", item.reference());
    return item.present(image.digests().stream().findFirst().orElse(image.id()));
  }

  /** As the lists have it now. */
  private Optional<PrePullSettings.Image> line(Reference reference) {
    return Optional.ofNullable(lists.all().get(reference.toString()))
        .map(PrePullLists.Listed::line);
  }

  private String tooFull() {
    return "the disk is used to " + settings.diskThreshold() + " % or more";
  }

  private boolean isFull() {
    try {
      return usedPercent.getAsDouble() >= settings.diskThreshold();
    } catch (CriException e) {
      return false; // the runtime is away; the pull will wait for it
    }
  }

  private Optional<Login> login(Reference reference) throws IOException {
    Optional<Path> credentials = line(reference).flatMap(PrePullSettings.Image::credentials);
    return credentials.isEmpty()
        ? Optional.empty()
        : Optional.of(logins.require(credentials.get(), reference.registry()));
  }

  // ---- what is known ----

  private PrePullItem item(String name) {
    try (var _ = guard.hold()) {
      return Objects.requireNonNull(items.get(name));
    }
  }

  private void update(String name, UnaryOperator<PrePullItem> change) {
    try (var _ = guard.hold()) {
      PrePullItem before = item(name);
      PrePullItem now = change.apply(before);
      if (!now.equals(before)) {
        items.put(name, now);
        write();
      }
    }
  }

  private void write() {
    file.write(items.values());
  }

  /** Gives all up for now. */
  @Override
  public void close() {
    try (var _ = guard.hold()) {
      running.values().forEach(run -> run.thread().interrupt());
    }
  }
}
