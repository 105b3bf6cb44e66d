package org.cranelet.job;

import java.util.List;
import java.util.function.Supplier;
import org.cranelet.config.ContainerSettings;
import org.cranelet.cri.EndWatcher;
import org.cranelet.cri.RuntimeClient;
import org.cranelet.image.Images;
import org.cranelet.image.LoginStore;
import org.cranelet.metrics.Meters;
import org.cranelet.os.BootMoment;
import org.cranelet.pod.Contribution;
import org.cranelet.pod.PodContribution;
import org.cranelet.workspace.StepLogs;

/**
 * What jobs run with; the same for all of them.
 *
 * @param now tells the moment; of this boot
 * @param instance marks what is ours at the runtime
 * @param podContributions who has a share in sandboxes, in order
 * @param contributions who has a share in containers, in order
 */
public record Engine(
    Supplier<BootMoment> now,
    String instance,
    ContainerSettings settings,
    RuntimeClient runtime,
    EndWatcher ends,
    Images images,
    LoginStore logins,
    List<PodContribution> podContributions,
    List<Contribution> contributions,
    StepLogs logs,
    Journal journal,
    Meters meters) {}
