package org.cranelet.cli;

import java.util.Optional;

/** The job a command is run in, as {@code CRANE_JOB_ID} says. */
final class CurrentJob {
  private static final String VARIABLE = "CRANE_JOB_ID";

  private CurrentJob() {}

  static Optional<Integer> id() {
    String text = System.getenv(VARIABLE);
    if (text == null || text.isEmpty()) {
      return Optional.empty();
    }
    if (!text.matches("[1-9]\\d{0,8}")) {
      throw CliException.usage(VARIABLE + " is '" + text + "', which is no job id");
    }
    return Optional.of(Integer.parseInt(text));
  }
}
