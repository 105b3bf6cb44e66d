/**
 * Values only: what a pod and its containers shall be, in the field's words and no runtime's. The
 * engine starts from the user's wishes, each {@link org.cranelet.pod.Contribution} adds its share,
 * and {@code cri} turns the result into calls.
 */
@NullMarked
package org.cranelet.pod;

import org.jspecify.annotations.NullMarked;
