/** The catalogue of meters: every metric the daemon exposes is named here and nowhere else. */
@NullMarked
package org.cranelet.metrics;

import org.jspecify.annotations.NullMarked;
