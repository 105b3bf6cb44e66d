/**
 * The bind mounts of containers. What a user may open is pinned by a process with his credentials
 * and bind mounted under {@code TempDir/mounts}; the runtime is given that path, so whatever he
 * renames meanwhile, what was allowed is what is mounted.
 */
@NullMarked
package org.cranelet.mount;

import org.jspecify.annotations.NullMarked;
