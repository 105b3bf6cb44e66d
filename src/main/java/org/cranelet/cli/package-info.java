/**
 * The command lines {@code ccon} and {@code cranelet}: one class per verb, over the daemon's
 * protocols. Nothing of the daemon is loaded for them.
 */
@NullMarked
package org.cranelet.cli;

import org.jspecify.annotations.NullMarked;
