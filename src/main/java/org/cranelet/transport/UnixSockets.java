package org.cranelet.transport;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Unix sockets need around them: addresses, stale files, and Vert.x set up for them. */
final class UnixSockets {
  private UnixSockets() {}

  static SocketAddress address(Path path) {
    return SocketAddress.domainSocketAddress(path.toString());
  }

  /** Whether somebody accepts connections at {@code path}. */
  static boolean isLive(Path path) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Makes room for a socket at {@code path}: a file left by a daemon that died is removed.
   *
   * @throws IOException if a live daemon listens there, or the directory cannot be made
   */
  static void claim(Path path) throws IOException {
    Path parent = path.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    if (isLive(path)) {
      throw new IOException("another process listens on " + path);
    }
    Files.deleteIfExists(path);
  }

  /** A Vert.x for a command: one event loop, no file cache, nothing that outlives it. */
  static Vertx commandVertx() {
    return Vertx.vertx(
        new VertxOptions()
            .setPreferNativeTransport(true)
            .setEventLoopPoolSize(1)
            .setWorkerPoolSize(1)
            .setInternalBlockingPoolSize(1)
            .setDisableTCCL(true)
            .setFileSystemOptions(
                new FileSystemOptions()
                    .setClassPathResolvingEnabled(false)
                    .setFileCachingEnabled(false)));
  }
}
