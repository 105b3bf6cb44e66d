package org.cranelet.pod;

import java.util.List;
import java.util.Set;
import org.cranelet.pod.Contribution.ContributionException;

/** One package's share in a pod sandbox, as {@link Contribution} is for a container. */
public interface PodContribution {
  /**
   * Makes what is missing and adds it; looks before it makes.
   *
   * @throws ContributionException if the job cannot have what it asks for
   */
  PodSpec apply(PodSpec spec, Resources resources) throws ContributionException;

  /**
   * Removes all it made for this job; what is already gone is no error. Never throws.
   *
   * @return false if something is still there, which the log tells of
   */
  boolean undo(long jobId);

  /**
   * How many of the job's processes the kernel has killed for want of memory; 0 where nobody counts
   * that for a job as a whole (cgroup v1). Never throws.
   */
  long memoryKills(long jobId);

  /** What it makes, in one word, for people. */
  String kind();

  /**
   * Jobs of which something is still there. What runs in it is somebody else's unless the job is
   * ours. Never throws.
   *
   * @param ours jobs that have sandboxes of ours
   */
  List<Long> remains(Set<Long> ours);
}
