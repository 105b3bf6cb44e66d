package org.cranelet.job;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import org.cranelet.image.reference.Reference;
import org.cranelet.os.Guard;
import org.cranelet.os.User;
import org.cranelet.pod.StepRef;
import org.jboss.logging.Logger;

/** All jobs this node knows: waiting, running, and finished ones for a while. */
public final class Jobs implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Jobs.class);

  /** Whoever waits for a job's end gets to read it, however large it is. */
  private static final Duration TO_BE_READ = Duration.ofMinutes(1);

  private final Guard guard = new Guard();
  private final Engine engine;
  private final Reporter reporter;
  private final ConcurrentSkipListMap<Long, JobRunner> runners = new ConcurrentSkipListMap<>();
  private final Map<Long, Long> bytesOfEnded = new ConcurrentHashMap<>();
  private long lastId; // guarded by guard

  /** Reads the journal; nothing is started yet. */
  public Jobs(Engine engine, Reporter reporter) throws IOException {
    this.engine = engine;
    this.reporter = reporter;
    for (JobRecord record : engine.journal().readAll()) {
      runners.put(record.jobId(), new JobRunner(engine, reporter, this::logShare, record));
    }
    // Asked afterwards: a record that was set aside has used its id, too.
    engine.logins().keepOnly(this::waitsForImage);
    long highest = runners.isEmpty() ? 0 : runners.lastKey();
    this.lastId = Math.max(highest, engine.journal().highestEver());
  }

  private boolean waitsForImage(StepRef ref) {
    return find(ref.jobId())
        .flatMap(job -> job.view().step(ref.stepId()))
        .filter(step -> step.outcome().isEmpty() && !step.startRequested())
        .isPresent();
  }

  /** Makes a job's specification, given its id. */
  public interface Draft {
    JobSpec withId(long jobId);
  }

  /**
   * Takes a job on: it has an id and stands in the journal when this returns, and waits.
   *
   * @throws IOException if it cannot be recorded; it does not exist then
   */
  public JobRunner accept(Draft draft, NewStep primary) throws IOException {
    try (var _ = guard.hold()) {
      JobRecord record =
          JobRecord.of(draft.withId(lastId + 1), primary.spec().withStepId(StepSpec.PRIMARY));
      engine.logs().delete(record.jobId()); // of a job before us with this id
      StepRef step = new StepRef(record.jobId(), StepSpec.PRIMARY);
      NewStep.record(engine.logins(), step, primary, () -> engine.journal().write(record));
      lastId++;
      JobRunner runner = new JobRunner(engine, reporter, this::logShare, record);
      runners.put(record.jobId(), runner);
      return runner;
    }
  }

  public Optional<JobRunner> find(long jobId) {
    return Optional.ofNullable(runners.get(jobId));
  }

  /**
   * The full names of the images that steps still need: they wait, or their start was not asked
   * for.
   */
  public Set<String> imagesWanted() {
    return runners.values().stream()
        .map(JobRunner::view)
        .flatMap(job -> job.steps().stream())
        .filter(step -> step.outcome().isEmpty() && !step.startRequested())
        .flatMap(step -> fullName(step.spec().image()).stream())
        .collect(Collectors.toSet());
  }

  private static Optional<String> fullName(String image) {
    try {
      return Optional.of(Reference.parse(image).toString());
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // the step fails when its turn comes
    }
  }

  /** In the order of their ids. */
  public Collection<JobRunner> all() {
    return List.copyOf(runners.values());
  }

  /** One user's, in the order of their ids. */
  public List<JobRunner> of(User user) {
    return runners.values().stream()
        .filter(job -> job.view().spec().owner().uid() == user.uid())
        .toList();
  }

  /** How many steps of a user's were let in and have not ended. */
  public long liveSteps(User user) {
    return of(user).stream().map(JobRunner::view).mapToLong(JobRecord::liveSteps).sum();
  }

  /**
   * Forgets finished jobs, with their logs, beyond the configured count and age, and those of users
   * whose jobs take more than they may; to be called again and again.
   */
  public void forgetOld() {
    int excess = -engine.settings().finishedMaxCount();
    Instant oldest = Instant.now().minus(engine.settings().finishedMaxAge());
    List<JobRecord> finished =
        runners.values().stream().map(JobRunner::view).filter(JobRecord::ended).toList();
    excess += finished.size();
    for (JobRecord record : finished) {
      boolean old = record.outcome().orElseThrow().at().isBefore(oldest);
      if (old || excess > 0) {
        forget(record.jobId());
        excess--;
      }
    }
    bytesOfEnded.clear(); // their logs are their users', who may have written to them
    Instant read = Instant.now().minus(TO_BE_READ);
    runners.values().stream()
        .collect(Collectors.groupingBy(job -> job.view().spec().owner().uid()))
        .values()
        .forEach(his -> makeRoom(his, read));
  }

  /** Forgets a user's oldest finished jobs until the others take less than he may have. */
  public void makeRoom(User user) {
    makeRoom(of(user), Instant.MAX);
  }

  private void makeRoom(List<JobRunner> his, Instant endedBefore) {
    long most = engine.settings().perUser().maxTempData();
    if (most == 0 || his.isEmpty() || his.getFirst().view().spec().owner().isRoot()) {
      return;
    }
    long bytes = his.stream().mapToLong(this::bytes).sum();
    for (JobRunner job : his) {
      if (bytes < most) {
        return;
      }
      if (job.view().outcome().filter(o -> o.at().isBefore(endedBefore)).isPresent()) {
        bytes -= bytes(job);
        forget(job.jobId());
      }
    }
  }

  /** What each of a user's running steps may keep of its output, in bytes. Root has no limit. */
  private long logShare(User user) {
    if (user.isRoot()) {
      return Long.MAX_VALUE;
    }
    return engine.settings().perUser().share(Math.max(1, liveSteps(user)));
  }

  /**
   * What a job takes below {@code TempDir}: its record and its logs, in bytes; of one that has
   * ended as last {@linkplain #measureAgain measured}.
   */
  public long bytes(JobRunner job) {
    if (!job.view().ended()) {
      return measure(job.jobId());
    }
    return bytesOfEnded.computeIfAbsent(job.jobId(), this::measure);
  }

  /** How large a job's record is, in bytes. */
  public long bytesOfRecord(long jobId) {
    return engine.journal().bytes(jobId);
  }

  private long measure(long jobId) {
    return bytesOfRecord(jobId) + engine.logs().bytes(jobId);
  }

  /** Forgets a finished job, its logs included. */
  public void forget(long jobId) {
    try (var _ = guard.hold()) {
      engine.journal().delete(jobId);
      engine.logs().delete(jobId);
      runners.remove(jobId);
      bytesOfEnded.remove(jobId);
      engine.meters().jobForgotten();
    } catch (IOException e) {
      LOG.warnf("job=%d cannot be forgotten: %s", jobId, e.getMessage());
    }
  }

  /** Records what the disk refused to take, once it takes it again. */
  public void catchUp() {
    boolean all = true;
    for (JobRunner job : runners.values()) {
      all &= job.catchUp();
    }
    if (all) {
      engine.journal().probe(); // which needs less room than a record that is refused
    }
  }

  /** Lets go of all jobs; their containers run on. */
  @Override
  public void close() {
    runners.values().forEach(JobRunner::release);
    catchUp();
  }
}
