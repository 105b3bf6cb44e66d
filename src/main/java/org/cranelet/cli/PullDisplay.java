package org.cranelet.cli;

import org.cranelet.proto.node.PullProgress;

/** What a run shows of the pull it waits for. One thread at a time calls it. */
interface PullDisplay {
  /** How long a pull goes on before it is shown at all, is the display's choice. */
  void progress(PullProgress progress);

  /** Time goes by; called several times a second. */
  void tick();

  /** No more is told of the pull: it has ended, or cannot be watched. */
  void ended();

  /** The container is about to begin, so the image is there. Nothing is shown after this. */
  void arrived();
}
