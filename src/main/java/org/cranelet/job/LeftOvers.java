package org.cranelet.job;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.cranelet.cri.CriException;
import org.cranelet.cri.SandboxInfo;
import org.cranelet.pod.Contribution;
import org.cranelet.pod.PodContribution;
import org.cranelet.pod.StepRef;
import org.jboss.logging.Logger;

/**
 * Finds and removes what is ours and belongs to no live job: sandboxes by our instance's label, the
 * rest by where it lies. What is somebody else's is never looked at.
 */
public final class LeftOvers {
  private static final Logger LOG = Logger.getLogger(LeftOvers.class);

  private final Engine engine;
  private final Jobs jobs;

  /** When each was seen first, by {@link System#nanoTime}. */
  private final Map<LeftOver, Long> firstSeen = new ConcurrentHashMap<>();

  public LeftOvers(Engine engine, Jobs jobs) {
    this.engine = engine;
    this.jobs = jobs;
  }

  /** What is left over now; nothing but logs while the runtime is away. */
  public List<LeftOver> find() {
    return List.copyOf(look().keySet());
  }

  /**
   * What became of what was left over.
   *
   * @param kept could not be removed; the log says why
   */
  public record Removal(List<LeftOver> removed, List<LeftOver> kept) {}

  /** Removes all that is left over now. */
  public Removal removeAll() {
    Removal removal = new Removal(new ArrayList<>(), new ArrayList<>());
    look()
        .forEach(
            (leftOver, remover) ->
                (remove(leftOver, remover) ? removal.removed() : removal.kept()).add(leftOver));
    return removal;
  }

  /** Removes what has been left over for the grace period; to be called again and again. */
  public void removeOld() {
    Map<LeftOver, BooleanSupplier> found = look();
    firstSeen.keySet().retainAll(found.keySet());
    long grace = engine.settings().leftOverGrace().toNanos();
    found.forEach(
        (leftOver, remover) -> {
          long seen = firstSeen.computeIfAbsent(leftOver, x -> System.nanoTime());
          if (System.nanoTime() - seen >= grace) {
            var _ = remove(leftOver, remover);
          }
        });
  }

  /** False if it is still there. */
  private boolean remove(LeftOver leftOver, BooleanSupplier remover) {
    if (!leftOver.kind().equals("logs") && isLive(leftOver.jobId())) {
      return false;
    }
    try {
      if (!remover.getAsBoolean()) {
        return false;
      }
    } catch (CriException e) {
      LOG.warnf("job=%d left %s: %s", leftOver.jobId(), leftOver.name(), e.getMessage());
      return false;
    }
    engine.meters().removedLeftOver(leftOver.kind());
    LOG.infof(
        "job=%d %s %s belongs to no live job: removed",
        leftOver.jobId(), leftOver.kind(), leftOver.name());
    return true;
  }

  /** What is left over, each with what removes it, in the order to remove it. */
  private Map<LeftOver, BooleanSupplier> look() {
    Map<LeftOver, BooleanSupplier> found = new LinkedHashMap<>();
    try {
      lookForSandboxes(found);
      lookForMade(found, found.keySet().stream().map(LeftOver::jobId).collect(Collectors.toSet()));
    } catch (CriException e) { // while a sandbox may be there, nothing is taken from under it
      LOG.debugf("looking for left-over sandboxes: %s", e.getMessage());
    }
    lookForLogs(found);
    return found;
  }

  private void lookForSandboxes(Map<LeftOver, BooleanSupplier> found) {
    for (SandboxInfo s : engine.runtime().listSandboxes(Map.of())) {
      if (!isLive(s.jobId())) {
        found.put(
            new LeftOver("sandbox", s.id(), s.jobId()),
            () -> {
              PodKeeper.removeSandbox(engine, s.id());
              return true;
            });
      }
    }
  }

  /** What was made for sandboxes and containers. */
  private void lookForMade(Map<LeftOver, BooleanSupplier> found, Set<Long> ours) {
    for (Contribution c : engine.contributions()) {
      for (StepRef step : c.remains()) {
        if (!isLive(step.jobId())) {
          found.put(new LeftOver(c.kind(), step.toString(), step.jobId()), () -> c.undo(step));
        }
      }
    }
    for (PodContribution c : engine.podContributions()) {
      for (long job : c.remains(ours)) {
        if (!isLive(job)) {
          found.put(new LeftOver(c.kind(), "of job " + job, job), () -> c.undo(job));
        }
      }
    }
  }

  /** A user's output is kept as long as a finished job is: its record may have been set aside. */
  private void lookForLogs(Map<LeftOver, BooleanSupplier> found) {
    Instant oldest = Instant.now().minus(engine.settings().finishedMaxAge());
    for (long job : engine.logs().jobsUntouchedSince(oldest, id -> jobs.find(id).isEmpty())) {
      String name = engine.logs().directory(job).toString();
      found.put(new LeftOver("logs", name, job), () -> removeLogs(job));
    }
  }

  private boolean removeLogs(long job) {
    try {
      engine.logs().delete(job);
      return true;
    } catch (IOException e) {
      LOG.warnf("job=%d left its logs: %s", job, e.getMessage());
      return false;
    }
  }

  private boolean isLive(long jobId) {
    return jobs.find(jobId).map(j -> !j.view().ended()).orElse(false);
  }
}
