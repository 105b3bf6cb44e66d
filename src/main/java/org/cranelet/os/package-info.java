/**
 * What cranelet needs of the operating system beyond {@code java.nio}: child processes with time
 * limits, users and groups, forced and atomic file writes, the boot id. Everything may stand on
 * this package; it stands on nothing of ours.
 */
@NullMarked
package org.cranelet.os;

import org.jspecify.annotations.NullMarked;
