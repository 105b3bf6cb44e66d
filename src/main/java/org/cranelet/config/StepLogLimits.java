package org.cranelet.config;

/**
 * How much of a step's output is kept on the node; under {@code Container.Logs}.
 *
 * @param maxSize bytes after which a log is rotated
 * @param maxFiles how many files are kept, the one being written included; with the oldest the
 *     oldest output is lost
 */
public record StepLogLimits(long maxSize, int maxFiles) {
  private static final long MEGA = 1L << 20;

  static StepLogLimits read(Section s) throws ConfigException {
    StepLogLimits limits =
        new StepLogLimits(
            Math.max(1, s.size("MaxSize", 256 * MEGA, ' ')),
            (int) s.integer("MaxFiles", 16, 2, 10_000));
    s.warnOfUnknownKeys();
    return limits;
  }
}
