/**
 * The gRPC services on the daemon's socket: identify the caller, check the request, call the
 * engine, and put the answer into CraneSched's or our own messages.
 */
@NullMarked
package org.cranelet.api;

import org.jspecify.annotations.NullMarked;
