package org.cranelet.cri;

/**
 * A pod sandbox of ours as the runtime lists it.
 *
 * @param jobId from its label, -1 if it has none
 * @param uid of its metadata; another one at each try
 * @param ready whether its processes live
 */
public record SandboxInfo(String id, long jobId, String uid, int attempt, boolean ready) {}
