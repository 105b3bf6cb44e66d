package org.cranelet.cli;

/** A command failed: one line for people, and the exit code. */
final class CliException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The command line is wrong (the shells' and picocli's convention). */
  static final int USAGE = 2;

  static final int FAILED = 1;

  /** Docker's code for "the container was not run". */
  static final int NOT_RUN = 125;

  private final int exitCode;

  CliException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  static CliException usage(String message) {
    return new CliException(USAGE, message);
  }

  int exitCode() {
    return exitCode;
  }
}
