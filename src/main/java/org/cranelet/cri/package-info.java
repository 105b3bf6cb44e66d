/**
 * A typed client for CRI v1: pods, containers, images, and how containers end. Calls block, have
 * deadlines of their own, and fail with a {@link org.cranelet.cri.CriException}. This package alone
 * sees the messages of {@code runtime.v1}.
 */
@NullMarked
package org.cranelet.cri;

import org.jspecify.annotations.NullMarked;
