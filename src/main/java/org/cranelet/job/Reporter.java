package org.cranelet.job;

/** Who is told of ends: the standalone cluster, or a real one's controller. At least once each. */
public interface Reporter {
  /** A job has ended and nothing of it is left on the node. */
  void jobEnded(JobRecord job);
}
