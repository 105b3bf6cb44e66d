/**
 * The engine. A job is one pod sandbox, a step one container in it. {@link
 * org.cranelet.job.JobRunner} owns a job, {@link org.cranelet.job.StepRunner} is the life of a step
 * told in one method, and every stage looks before it makes, so that after a restart the same
 * method is entered from the top (docs/adr/0002-recovery-is-the-normal-path.md).
 *
 * <p>The engine knows neither standalone nor node mode: it tells ends to a {@link
 * org.cranelet.job.Reporter}.
 */
@NullMarked
package org.cranelet.job;

import org.jspecify.annotations.NullMarked;
