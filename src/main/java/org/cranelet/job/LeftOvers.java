package org.cranelet.job;

import java.util.Map;
import org.cranelet.cri.CriException;
import org.cranelet.cri.SandboxInfo;
import org.jboss.logging.Logger;

/** Removes sandboxes of ours that belong to no live job. */
public final class LeftOvers {
  private static final Logger LOG = Logger.getLogger(LeftOvers.class);

  private final Engine engine;
  private final Jobs jobs;

  public LeftOvers(Engine engine, Jobs jobs) {
    this.engine = engine;
    this.jobs = jobs;
  }

  /** Looks once; what cannot be removed now is found again at the next look. */
  public void remove() {
    try {
      for (SandboxInfo s : engine.runtime().listSandboxes(Map.of())) {
        if (isLive(s.jobId())) {
          continue;
        }
        engine.runtime().stopPodSandbox(s.id());
        engine.runtime().removePodSandbox(s.id());
        engine.podContributions().forEach(c -> c.undo(s.jobId()));
        engine.meters().removedLeftOver("sandbox");
        LOG.infof("job=%d sandbox=%s belongs to no live job: removed", s.jobId(), s.id());
      }
    } catch (CriException e) {
      LOG.debugf("looking for left-overs: %s", e.getMessage());
    }
  }

  private boolean isLive(long jobId) {
    return jobs.find(jobId).map(j -> !j.view().ended()).orElse(false);
  }
}
