package org.cranelet.config;

/**
 * What one user may take of the node, so that he neither fills its disk nor starves others; under
 * {@code Container.PerUser}. Root has no limits.
 *
 * @param maxPendingJobs jobs that wait, 0 for no limit
 * @param maxRunningSteps steps of his jobs that were let in and have not ended, 0 for no limit;
 *     jobs beyond it wait and let others pass
 * @param maxTempData bytes of his jobs' records and logs below {@code TempDir}, 0 for no limit; the
 *     logs of his running steps share it
 * @param maxStreams followed logs and watched steps at once, 0 for no limit
 */
public record PerUser(int maxPendingJobs, int maxRunningSteps, long maxTempData, int maxStreams) {
  private static final long GIGA = 1L << 30;

  /** Below that a log would be rotated all the time. */
  private static final long LEAST_SHARE = 64L << 10;

  /** What each of so many running steps of his may keep of its output, in bytes. */
  public long share(long steps) {
    return maxTempData == 0 ? Long.MAX_VALUE : Math.max(maxTempData / steps, LEAST_SHARE);
  }

  /** As {@link #share}, however many of his steps run. */
  public long leastShare() {
    return maxRunningSteps == 0 ? LEAST_SHARE : share(maxRunningSteps);
  }

  static PerUser read(Section s) throws ConfigException {
    PerUser limits =
        new PerUser(
            (int) s.integer("MaxPendingJobs", 10_000, 0, Integer.MAX_VALUE),
            (int) s.integer("MaxRunningSteps", 1_000, 0, Integer.MAX_VALUE),
            s.size("MaxTempData", 100 * GIGA, ' '),
            (int) s.integer("MaxStreams", 256, 0, Integer.MAX_VALUE));
    s.warnOfUnknownKeys();
    return limits;
  }
}
