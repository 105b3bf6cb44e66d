package org.cranelet.config;

import java.time.Duration;

/**
 * How long calls to the runtime may take, each a setting under {@code Container.Deadlines}, in
 * seconds.
 *
 * @param query version, status and list calls
 * @param runPodSandbox includes the CNI plugins
 * @param create CreateContainer
 * @param start StartContainer
 * @param stopMargin on top of the grace period of a stop
 * @param remove RemoveContainer, RemovePodSandbox
 * @param pullImage one whole pull, unpacking included
 */
public record Deadlines(
    Duration query,
    Duration runPodSandbox,
    Duration create,
    Duration start,
    Duration stopMargin,
    Duration remove,
    Duration pullImage) {

  static Deadlines read(Section s) throws ConfigException {
    Deadlines deadlines =
        new Deadlines(
            s.seconds("Query", Duration.ofSeconds(10)),
            s.seconds("RunPodSandbox", Duration.ofMinutes(4)),
            s.seconds("CreateContainer", Duration.ofMinutes(4)),
            s.seconds("StartContainer", Duration.ofMinutes(2)),
            s.seconds("StopMargin", Duration.ofSeconds(30)),
            s.seconds("Remove", Duration.ofMinutes(2)),
            s.seconds("PullImage", Duration.ofHours(6)));
    s.warnOfUnknownKeys();
    return deadlines;
  }
}
