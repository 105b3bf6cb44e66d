package org.cranelet.pod;

import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * A bind mount into a container.
 *
 * @param hostPath an absolute path on this machine
 * @param containerPath an absolute path in the container
 */
@RegisterForReflection // stands in the journal
public record Mount(String hostPath, String containerPath, boolean readOnly) {}
