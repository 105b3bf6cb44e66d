package org.cranelet.job;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cranelet.config.PullPolicy;
import org.cranelet.pod.Identity;
import org.cranelet.pod.Mount;

/**
 * A container as its user wants it.
 *
 * @param stepId 1 is the job's primary step
 * @param pullPolicy absent: the configured default
 * @param loginAt the registry that its user's login is for; absent: he showed none
 * @param command replaces the image's entrypoint if not empty
 * @param args replaces the image's command if not empty
 * @param env the user's variables
 * @param mounts host paths absolute
 * @param identity absent: the image's own user, which only root may want
 */
@RegisterForReflection // stands in the journal
public record StepSpec(
    int stepId,
    String name,
    String image,
    Optional<PullPolicy> pullPolicy,
    Optional<String> loginAt,
    List<String> command,
    List<String> args,
    String workingDir,
    Map<String, String> env,
    List<Mount> mounts,
    Optional<Identity> identity,
    boolean readOnlyRoot,
    Map<String, String> labels,
    Map<String, String> annotations,
    String cwd,
    String commandLine,
    Instant submittedAt) {
  /** The step whose end is the job's end. */
  public static final int PRIMARY = 1;

  StepSpec withStepId(int id) {
    return new StepSpec(
        id,
        name,
        image,
        pullPolicy,
        loginAt,
        command,
        args,
        workingDir,
        env,
        mounts,
        identity,
        readOnlyRoot,
        labels,
        annotations,
        cwd,
        commandLine,
        submittedAt);
  }
}
