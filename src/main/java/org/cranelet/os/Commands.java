package org.cranelet.os;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Runs programs of the distribution (util-linux and friends), always with an argument list, never
 * through a shell string.
 */
public interface Commands {
  /**
   * How a program ended.
   *
   * @param exitCode its exit status, 128 + signal if it was killed
   * @param out what it wrote to standard output and standard error, at most 64 KiB, trimmed
   */
  record Result(int exitCode, String out) {
    public boolean ok() {
      return exitCode == 0;
    }
  }

  /**
   * Runs a program to its end. Its standard input is empty, its environment holds only PATH.
   *
   * @throws IOException if the program is not there, or did not end in time (it is killed then)
   */
  Result run(Duration timeout, List<String> argv) throws IOException;

  /**
   * Starts a program that is to stay, and waits for the first line it writes.
   *
   * @throws IOException if the program is not there or wrote no line in time (it is killed then)
   */
  Held hold(Duration timeout, List<String> argv) throws IOException;

  /** A program that stays until it is closed. */
  interface Held extends AutoCloseable {
    long pid();

    /** The first line it wrote, to standard output or standard error. */
    String firstLine();

    boolean isAlive();

    /** Ends the program and waits for its end. */
    @Override
    void close();
  }
}
