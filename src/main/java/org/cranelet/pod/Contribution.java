package org.cranelet.pod;

import java.util.List;

/**
 * One package's share in a container: it makes what the container needs on the node (a pinned
 * mount, a device) and writes it into the specification. The engine knows only this port.
 */
public interface Contribution {
  /**
   * Makes what is missing and adds it. Called again from the top after a restart, so it looks
   * before it makes.
   *
   * @throws ContributionException if the step cannot have what it asks for
   */
  ContainerSpec apply(ContainerSpec spec) throws ContributionException;

  /**
   * Removes all it made for this step; what is already gone is no error. Never throws.
   *
   * @return false if something is still there, which the log tells of
   */
  boolean undo(StepRef step);

  /** What it makes, in one word, for people. */
  String kind();

  /** Steps of which something is still there. Never throws. */
  List<StepRef> remains();

  /** The step cannot start, and trying again would not help. The message is for the user. */
  final class ContributionException extends Exception {
    private static final long serialVersionUID = 1L;

    public ContributionException(String message) {
      super(message);
    }
  }
}
