package org.cranelet.cri;

/**
 * A container of ours as the runtime lists it.
 *
 * @param jobId from its label, -1 if it has none
 * @param stepId from its label, -1 if it has none
 */
public record ContainerInfo(
    String id, String sandboxId, long jobId, int stepId, ContainerPhase phase) {}
