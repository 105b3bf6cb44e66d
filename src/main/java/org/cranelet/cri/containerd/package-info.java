/**
 * containerd's own services, on the same socket as CRI: what a pull has received so far, and events
 * for versions whose CRI has none or shares them among subscribers.
 */
@NullMarked
package org.cranelet.cri.containerd;

import org.jspecify.annotations.NullMarked;
