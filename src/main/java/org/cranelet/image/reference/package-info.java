/**
 * Names of images, and the logins that open registries. Knows nothing of runtimes, so that user
 * commands can use it too.
 */
@NullMarked
package org.cranelet.image.reference;

import org.jspecify.annotations.NullMarked;
