package org.cranelet.pod;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A container to be.
 *
 * @param step which step it is
 * @param owner who submitted it: what he may not open is not mounted
 * @param name its CRI name, {@code job-<id>-<step>}
 * @param image what CreateContainer is given: the reference or the id the image got when pulled
 * @param command replaces the image's entrypoint if not empty
 * @param args replaces the image's command if not empty
 * @param workingDir empty for the image's
 * @param identity absent: the image's own user
 * @param logPath relative to the pod's log directory
 */
public record ContainerSpec(
    StepRef step,
    Identity owner,
    String name,
    String image,
    List<String> command,
    List<String> args,
    String workingDir,
    Map<String, String> env,
    List<Mount> mounts,
    Optional<Identity> identity,
    Resources resources,
    boolean readOnlyRoot,
    String logPath,
    Map<String, String> labels,
    Map<String, String> annotations) {

  public ContainerSpec withImage(String newImage) {
    return new ContainerSpec(
        step,
        owner,
        name,
        newImage,
        command,
        args,
        workingDir,
        env,
        mounts,
        identity,
        resources,
        readOnlyRoot,
        logPath,
        labels,
        annotations);
  }

  public ContainerSpec withMounts(List<Mount> newMounts) {
    return new ContainerSpec(
        step,
        owner,
        name,
        image,
        command,
        args,
        workingDir,
        env,
        newMounts,
        identity,
        resources,
        readOnlyRoot,
        logPath,
        labels,
        annotations);
  }
}
