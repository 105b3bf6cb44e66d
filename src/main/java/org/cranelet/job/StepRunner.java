package org.cranelet.job;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cranelet.cri.ContainerInfo;
import org.cranelet.cri.ContainerPhase;
import org.cranelet.cri.ContainerState;
import org.cranelet.cri.CriException;
import org.cranelet.cri.Labels;
import org.cranelet.cri.Patiently;
import org.cranelet.image.ImageException;
import org.cranelet.os.Deadline;
import org.cranelet.pod.ContainerSpec;
import org.cranelet.pod.Contribution;
import org.cranelet.pod.Contribution.ContributionException;
import org.cranelet.pod.Identity;
import org.cranelet.pod.StepRef;
import org.cranelet.workspace.StepLogs;
import org.jboss.logging.Logger;

/**
 * The life of one step: {@link #run}. Entered from the top at its beginning and again after every
 * restart of the daemon; each stage looks whether its work is done already.
 */
final class StepRunner {
  private static final Logger LOG = Logger.getLogger(StepRunner.class);

  /** How long the runtime may take to notice that an end was the out-of-memory killer's doing. */
  private static final Duration OOM_NOTICE = Duration.ofSeconds(2);

  /** Any that is asked for is shorter. */
  private static final Duration LONGEST_GRACE = Duration.ofDays(365);

  private static final Duration STOP_AGAIN = Duration.ofSeconds(5);

  private static final Duration OOM_LOOK = Duration.ofMillis(20);

  private final Engine engine;
  private final JobRunner job;
  private final PodKeeper pod;
  private final StepRef ref;

  /** A start got no answer: the runtime may be at it, and a stop has to wait for what comes. */
  private boolean startInDoubt;

  StepRunner(Engine engine, JobRunner job, PodKeeper pod, int stepId) {
    this.engine = engine;
    this.job = job;
    this.pod = pod;
    this.ref = new StepRef(job.jobId(), stepId);
  }

  /**
   * Runs the step to its end, which is recorded when this returns, and leaves nothing behind.
   *
   * @throws InterruptedException if the daemon stops; the container, if any, runs on
   */
  void run() throws InterruptedException {
    if (record().outcome().isEmpty()) {
      Outcome end = live();
      engine.logins().forget(ref); // who is told the end finds no secret any more
      job.ended(ref.stepId(), end);
    }
    cleanUp();
  }

  /** Patiently, but only until somebody wants the step to end: also while the runtime is away. */
  private <T, E extends Exception> T whileWanted(Patiently.Stage<T, E> stage)
      throws E, InterruptedException {
    return Patiently.get(
        () -> {
          haltIfStopped();
          return stage.run();
        });
  }

  private Outcome live() throws InterruptedException {
    try {
      Optional<ContainerInfo> found = whileWanted(this::findUsable);
      if (found.isEmpty() && record().startRequested()) {
        return Outcome.neverStarted(State.FAILED, whyLost());
      }
      String container = found.isPresent() ? found.get().id() : create();
      engine.logins().forget(ref);
      pod.watchMemory();
      ensureStarted(container);
      return Outcomes.of(awaitEnd(container), record().stop(), whyLost());
    } catch (StoppedEarly e) {
      return Outcome.neverStarted(e.intent.state(), e.intent.reason());
    } catch (ImageException | ContributionException | IOException | CriException e) {
      return Outcome.neverStarted(State.FAILED, String.valueOf(e.getMessage()));
    }
  }

  // ---- stages ----

  private Optional<ContainerInfo> find() {
    return engine
        .runtime()
        .listContainers(
            Map.of(
                Labels.JOB_ID, Long.toString(ref.jobId()),
                Labels.STEP_ID, Integer.toString(ref.stepId())))
        .stream()
        .findFirst();
  }

  /**
   * Without a container that was made but not started and never can be: its sandbox has died, or
   * the machine rebooted after its start was requested.
   */
  private Optional<ContainerInfo> findUsable() {
    return find()
        .filter(
            c -> c.phase() != ContainerPhase.CREATED || !rebooted() && pod.isReady(c.sandboxId()));
  }

  private boolean rebooted() {
    return record().startRequestedAt().map(at -> !at.sameBoot(engine.now().get())).orElse(false);
  }

  /** What to say of a container whose exit code nobody can tell. */
  private String whyLost() {
    return rebooted()
        ? "the machine rebooted while it ran"
        : "the runtime lost it, and with it the exit code";
  }

  /** Image and sandbox side by side, then mounts, then the container. */
  private String create()
      throws InterruptedException, ImageException, ContributionException, IOException {
    haltIfStopped();
    job.phase(ref.stepId(), State.CONFIGURING);
    try (StepImage image = new StepImage(engine, job, ref)) {
      ensureLog();
      pod.ensure(this::haltIfStopped);
      ContainerSpec spec = spec().withImage(awaitImage(image));
      for (Contribution c : engine.contributions()) {
        spec = c.apply(spec);
      }
      return createIn(pod.ensure(this::haltIfStopped), spec);
    }
  }

  private String awaitImage(StepImage image) throws InterruptedException, ImageException {
    try {
      return image.await();
    } catch (StepImage.NotWanted e) {
      throw new StoppedEarly(record().stop().orElseThrow());
    }
  }

  private String createIn(PodKeeper.Pod sandbox, ContainerSpec spec)
      throws InterruptedException, ContributionException {
    try {
      return whileWanted(() -> findOrCreate(sandbox, spec));
    } catch (CriException.Refused | CriException.NotFound e) {
      if (whileWanted(() -> pod.isReady(sandbox.sandboxId()))) {
        throw e;
      }
      PodKeeper.Pod another = pod.ensure(this::haltIfStopped); // it died meanwhile
      return whileWanted(() -> findOrCreate(another, spec));
    }
  }

  private String findOrCreate(PodKeeper.Pod sandbox, ContainerSpec spec) {
    return find()
        .map(ContainerInfo::id)
        .orElseGet(
            () -> engine.runtime().createContainer(sandbox.sandboxId(), sandbox.spec(), spec));
  }

  private void ensureStarted(String container) throws InterruptedException {
    ContainerState state = whileWanted(() -> startUnlessStarted(container));
    if (state.phase() == ContainerPhase.RUNNING || state.startedAt().isPresent()) {
      job.started(ref.stepId(), state.startedAt().orElseGet(Instant::now));
    }
  }

  private ContainerState startUnlessStarted(String container) throws InterruptedException {
    ContainerState state = engine.runtime().containerStatus(container);
    if (state.phase() != ContainerPhase.CREATED) {
      return state;
    }
    if (!record().startRequested()) {
      job.startRequested(ref.stepId());
    }
    Optional<StopIntent> stop = record().stop();
    if (stop.isPresent() && !startInDoubt) {
      throw new StoppedEarly(stop.get()); // while the disk or the runtime was away
    }
    try {
      engine.runtime().startContainer(container);
    } catch (CriException.DeadlineExceeded e) {
      startInDoubt = true;
      throw e;
    } catch (CriException.Refused e) {
      // A command that cannot be executed: the container has ended with StartError and says why.
      state = engine.runtime().containerStatus(container);
      if (state.phase() == ContainerPhase.CREATED) {
        throw e;
      }
      return state;
    }
    return engine.runtime().containerStatus(container);
  }

  private ContainerState awaitEnd(String container) throws InterruptedException {
    Thread stopper =
        Thread.ofVirtual().name("stopper-" + ref).start(() -> stopWhenWanted(container));
    LogRotation rotation = new LogRotation(engine, job, ref, container);
    Thread rotator = Thread.ofVirtual().name("rotator-" + ref).start(rotation::run);
    try {
      return withOomReason(known(engine.ends().awaitEnd(container)));
    } finally {
      stopper.interrupt();
      rotator.interrupt();
      rotator.join(); // the parts of the log are what they are from here on
    }
  }

  /** A container the runtime lost track of may still run, and is not to be left so. */
  private ContainerState known(ContainerState end) throws InterruptedException {
    if (end.phase() != ContainerPhase.UNKNOWN) {
      return end;
    }
    LOG.warnf("job=%d step=%d: the runtime lost track of it", ref.jobId(), ref.stepId());
    Patiently.run(() -> engine.runtime().stopContainer(end.id(), Duration.ZERO));
    return Patiently.get(() -> engine.runtime().containerStatus(end.id()));
  }

  /**
   * Each new intent is carried out at once, in the place of the one before, so that a stop without
   * grace ends one with grace; the end that was promised before stays the latest.
   */
  private void stopWhenWanted(String container) {
    Optional<Thread> stopping = Optional.empty();
    Optional<StopIntent> known = Optional.empty();
    Deadline latest = Deadline.in(LONGEST_GRACE);
    try {
      while (true) {
        known = Optional.of(job.awaitStop(ref.stepId(), known));
        Duration left = Duration.ofSeconds(Math.ceilDiv(Math.max(0, latest.left()), 1_000_000_000));
        Duration asked = Duration.ofSeconds(known.get().graceSeconds());
        Duration grace = asked.compareTo(left) < 0 ? asked : left;
        latest = Deadline.in(grace);
        stopping.ifPresent(Thread::interrupt);
        stopping = Optional.of(Thread.startVirtualThread(() -> stop(container, grace)));
      }
    } catch (InterruptedException e) {
      stopping.ifPresent(Thread::interrupt);
      Thread.currentThread().interrupt(); // it ended, or the daemon stops
    }
  }

  /** Until it has ended: a runtime that was restarted may say yes, and have lost the stop. */
  private void stop(String container, Duration grace) {
    try {
      while (record().outcome().isEmpty()) {
        try {
          Patiently.run(() -> engine.runtime().stopContainer(container, grace));
        } catch (CriException e) {
          LOG.warnf("step=%s cannot be stopped, trying again: %s", ref, e.getMessage());
        }
        Thread.sleep(STOP_AGAIN);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * The runtime may tell the exit first and a moment later, or never, that memory was the reason;
   * where the kernel counts such kills for the whole job, it is asked as well.
   */
  private ContainerState withOomReason(ContainerState end) throws InterruptedException {
    ContainerState state = end;
    Deadline until = Deadline.in(OOM_NOTICE);
    while (state.exitCode() == Outcomes.KILLED
        && record().stop().isEmpty()
        && !Outcomes.isOutOfMemory(state)
        && !until.isOver()) {
      if (pod.killedForMemory()) {
        return state.outOfMemory();
      }
      Thread.sleep(OOM_LOOK);
      state = Patiently.get(() -> engine.runtime().containerStatus(end.id()));
    }
    return state;
  }

  /**
   * Nothing here may fail the step: its end is recorded. What is left is found at the next start.
   */
  private void cleanUp() throws InterruptedException {
    JobSpec spec = job.view().spec();
    engine
        .logs()
        .handOver(
            ref.jobId(),
            ref.stepId(),
            spec.node(),
            spec.owner(),
            spec.gid(),
            record().spec().cwd());
    try {
      Patiently.run(() -> find().ifPresent(c -> engine.runtime().removeContainer(c.id())));
    } catch (CriException e) {
      LOG.warnf("job=%d step=%d left a container: %s", ref.jobId(), ref.stepId(), e.getMessage());
    }
    engine.contributions().forEach(c -> c.undo(ref));
  }

  // ---- what the stages need ----

  private static final class StoppedEarly extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient StopIntent intent;

    StoppedEarly(StopIntent intent) {
      super(intent.reason());
      this.intent = intent;
    }
  }

  private void haltIfStopped() {
    StepRecord step = record();
    if (step.stop().isPresent() && !step.startRequested()) {
      throw new StoppedEarly(step.stop().get());
    }
  }

  private void ensureLog() throws IOException {
    JobSpec spec = job.view().spec();
    engine.logs().ensure(ref.jobId(), ref.stepId(), spec.owner(), spec.gid());
    engine
        .logs()
        .link(
            ref.jobId(),
            ref.stepId(),
            spec.node(),
            spec.owner(),
            spec.gid(),
            record().spec().cwd());
  }

  private StepRecord record() {
    return job.view().step(ref.stepId()).orElseThrow();
  }

  private ContainerSpec spec() {
    JobSpec j = job.view().spec();
    StepSpec s = record().spec();
    Map<String, String> labels = new HashMap<>(s.labels());
    labels.putAll(PodKeeper.jobLabels(j, engine.instance()));
    labels.put(Labels.STEP_ID, Integer.toString(ref.stepId()));
    labels.put(Labels.STEP_NAME, s.name());
    return new ContainerSpec(
        ref,
        new Identity(j.owner().uid(), j.gid(), j.owner().groups()),
        "job-" + ref.jobId() + "-" + ref.stepId(),
        s.image(),
        s.command(),
        s.args(),
        s.workingDir(),
        JobEnvironment.of(j, s),
        List.copyOf(s.mounts()),
        s.identity(),
        j.resources(),
        s.readOnlyRoot(),
        StepLogs.name(ref.stepId()),
        labels,
        s.annotations());
  }
}
