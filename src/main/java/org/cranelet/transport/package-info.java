/**
 * gRPC over Unix sockets, in both directions, and who the caller is.
 *
 * <p>This package alone touches Vert.x and Netty. The rest of cranelet calls {@link
 * org.cranelet.transport.RpcClient} and {@link org.cranelet.transport.RpcServer} from virtual
 * threads, blocking, and never sees a future, an event loop or a channel. Why it is done this way,
 * and why it also works in the native binary: docs/adr/0001-unix-socket-transport.md.
 */
@NullMarked
package org.cranelet.transport;

import org.jspecify.annotations.NullMarked;
