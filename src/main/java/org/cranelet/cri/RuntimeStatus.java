package org.cranelet.cri;

/**
 * Whether the runtime can run pods.
 *
 * @param reason why not, in the runtime's words; empty if it can
 */
public record RuntimeStatus(boolean ready, String reason) {}
