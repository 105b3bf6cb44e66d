/**
 * Health checks for probes: {@code started}, {@code live}, {@code ready}. No secret and no user
 * data is told here. Whether the runtime is away is a matter of {@code ready} alone.
 */
@NullMarked
package org.cranelet.health;

import org.jspecify.annotations.NullMarked;
