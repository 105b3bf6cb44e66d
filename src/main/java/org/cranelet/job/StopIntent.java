package org.cranelet.job;

import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * That a step shall end.
 *
 * @param state what it is called then: cancelled, or over its time limit
 * @param graceSeconds between SIGTERM and SIGKILL
 * @param reason for people: who or what wanted it
 */
@RegisterForReflection // stands in the journal
public record StopIntent(State state, long graceSeconds, String reason) {}
