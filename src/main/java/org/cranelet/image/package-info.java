/** The image a container needs: there already, or fetched as its pull policy says. */
@NullMarked
package org.cranelet.image;

import org.jspecify.annotations.NullMarked;
