/** The entry points: {@link org.cranelet.Main} chooses, {@link org.cranelet.Daemon} serves. */
@NullMarked
package org.cranelet;

import org.jspecify.annotations.NullMarked;
