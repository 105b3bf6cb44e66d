package org.cranelet.cri;

import java.util.function.Consumer;

/** A stream of hints that something ended. A hint only makes it faster; asking makes it true. */
interface EndSource {
  /** For the log: which stream this is. */
  String name();

  /**
   * Reads the stream until it ends.
   *
   * @param opened called once the subscription stands, so that nothing between it and a relist is
   *     missed
   * @param ended told the id of each container that may have ended
   * @throws org.cranelet.transport.RpcException if the stream breaks or is not there
   */
  void read(Runnable opened, Consumer<String> ended) throws InterruptedException;
}
