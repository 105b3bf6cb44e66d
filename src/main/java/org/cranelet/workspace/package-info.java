/**
 * {@code TempDir}: its layout, the journal's files, the logs, and who may look at them.
 *
 * <pre>
 * TempDir/            0711  root
 *   lock                    one daemon per directory
 *   instance                which pods and containers of a runtime are ours
 *   journal/          0700  one JSON file per job
 *     set-aside/            what could not be read
 *   logs/JOB/         0711  STEP.log: the user's, 0400
 *   mounts/JOB.STEP/  0700  N: pinned mount sources
 * </pre>
 */
@NullMarked
package org.cranelet.workspace;

import org.jspecify.annotations.NullMarked;
