package org.cranelet.cgroup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.cranelet.pod.Contribution.ContributionException;
import org.cranelet.pod.PodContribution;
import org.cranelet.pod.PodSpec;
import org.cranelet.pod.Resources;
import org.jboss.logging.Logger;

/** One cgroup per job under a common parent, for runtimes that make cgroups themselves. */
public final class JobCgroups implements PodContribution {
  private static final Logger LOG = Logger.getLogger(JobCgroups.class);
  private static final String PREFIX = "job_";
  private static final int REMOVE_TRIES = 50;
  private static final int KILL_AFTER_TRIES = 25;
  private static final long REMOVE_PAUSE_MILLIS = 20;

  private final CgroupFs fs;
  private final String parent;

  /**
   * @param parent the cgroup that holds the jobs' cgroups, an absolute path in the hierarchy
   */
  public JobCgroups(String parent) {
    this(parent, CgroupFs.MOUNT);
  }

  JobCgroups(String parent, Path mount) {
    this.parent = parent;
    this.fs = new CgroupFs(mount);
  }

  @Override
  public PodSpec apply(PodSpec spec, Resources resources) throws ContributionException {
    String path = path(spec.jobId());
    try {
      fs.make(path, resources);
    } catch (IOException e) {
      throw new ContributionException("cannot limit job " + spec.jobId() + ": " + e.getMessage());
    }
    return spec.withCgroupParent(path);
  }

  @Override
  public boolean undo(long jobId) {
    try {
      for (int i = 0; i < REMOVE_TRIES; i++) {
        if (fs.remove(path(jobId))) {
          return true;
        }
        if (i == KILL_AFTER_TRIES) {
          fs.kill(path(jobId)); // a runtime that was killed may have left a helper of the pod's
        }
        Thread.sleep(REMOVE_PAUSE_MILLIS);
      }
      LOG.warnf("job=%d left its cgroup %s: processes in it do not end", jobId, path(jobId));
    } catch (IOException e) {
      LOG.warnf("job=%d left its cgroup %s: %s", jobId, path(jobId), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }

  @Override
  public long memoryKills(long jobId) {
    return fs.memoryKills(path(jobId));
  }

  @Override
  public String kind() {
    return "cgroup";
  }

  @Override
  public List<Long> remains(Set<Long> ours) {
    try {
      return fs.children(parent).stream()
          .filter(name -> name.matches(Pattern.quote(PREFIX) + "\\d{1,18}"))
          .map(name -> Long.parseLong(name.substring(PREFIX.length())))
          .filter(id -> ours.contains(id) || isEmpty(id))
          .toList();
    } catch (IOException e) {
      LOG.debugf("looking for left-over cgroups: %s", e.getMessage());
      return List.of();
    }
  }

  private boolean isEmpty(long jobId) {
    try {
      return fs.processes(path(jobId)).isEmpty();
    } catch (IOException | UncheckedIOException e) {
      return false; // it changes just now: the next look will tell
    }
  }

  private String path(long jobId) {
    return parent + "/" + PREFIX + jobId;
  }
}
