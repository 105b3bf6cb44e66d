package org.cranelet.cli;

import com.google.protobuf.MessageLite;
import io.grpc.MethodDescriptor;
import io.grpc.Status.Code;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.cranelet.config.ConfigException;
import org.cranelet.config.ConfigFile;
import org.cranelet.config.ConfigLoader;
import org.cranelet.transport.RpcClient;
import org.cranelet.transport.RpcException;
import org.cranelet.transport.RpcServer;
import org.cranelet.transport.RpcStream;

/** The daemon, from a command's point of view. */
final class Client implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  /** For what removes things at the runtime, one after the other. */
  static final Duration LONG_DEADLINE = Duration.ofMinutes(10);

  private final RpcClient rpc;
  private Consumer<String> calls = line -> {};

  private Client(Path socket) {
    this.rpc = RpcClient.forCommand(socket);
  }

  /**
   * Finds the daemon: {@code CRANELET_SOCKET}, else the configuration's socket, else the usual one.
   */
  static Client connect(Optional<Path> config) {
    Path socket = socket(config);
    int most = ConfigLoader.MAX_SOCKET_PATH_BYTES;
    if (socket.toString().getBytes(StandardCharsets.UTF_8).length > most) {
      throw new CliException(
          CliException.FAILED, socket + ": a socket path may have " + most + " bytes at most");
    }
    return new Client(socket);
  }

  /** Tells of each call: what, where, how long it took, what came of it; never what was in it. */
  Client tracedTo(Consumer<String> lines) {
    calls = lines;
    return this;
  }

  private static Path socket(Optional<Path> config) {
    String variable = System.getenv("CRANELET_SOCKET");
    if (config.isEmpty() && variable != null && !variable.isEmpty()) {
      return Path.of(
          variable.startsWith("unix://") ? variable.substring("unix://".length()) : variable);
    }
    Path file = ConfigFile.choose(config);
    if (config.isEmpty() && file.equals(ConfigFile.DEFAULT) && !Files.isReadable(file)) {
      return ConfigLoader.DEFAULT_SOCKET;
    }
    try {
      return ConfigLoader.socket(file);
    } catch (ConfigException e) {
      throw new CliException(CliException.FAILED, String.valueOf(e.getMessage()));
    }
  }

  /**
   * @throws CliException if the daemon cannot be reached
   * @throws RpcException with any other status
   */
  <Q, R> R call(MethodDescriptor<Q, R> method, Q request) {
    return call(method, request, DEADLINE);
  }

  /** As {@link #call(MethodDescriptor, Object)}, with a deadline of its own. */
  <Q, R> R call(MethodDescriptor<Q, R> method, Q request, Duration deadline) {
    requireSmall(request);
    long began = System.nanoTime();
    String came = "OK";
    try {
      return rpc.call(method, request, deadline);
    } catch (RpcException e) {
      came = e.code() + ": " + e.getMessage();
      throw reachable(e);
    } finally {
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      told(method, "after " + took.toMillis() + " ms: " + came);
    }
  }

  /** The daemon would not take it in, so that it could not say why. */
  private static void requireSmall(Object request) {
    int bytes = request instanceof MessageLite message ? message.getSerializedSize() : 0;
    if (bytes > RpcServer.MAX_MESSAGE_BYTES) {
      throw CliException.usage(
          "this has " + bytes + " bytes, the daemon takes " + RpcServer.MAX_MESSAGE_BYTES);
    }
  }

  private void told(MethodDescriptor<?, ?> method, String came) {
    calls.accept(method.getFullMethodName() + " on " + rpc.path() + " " + came);
  }

  <Q, R> RpcStream<R> stream(MethodDescriptor<Q, R> method, Q request) {
    told(method, "begins to stream");
    return rpc.stream(method, request, Map.of());
  }

  RuntimeException reachable(RpcException e) {
    return e.code() == Code.UNAVAILABLE && !e.isAnswer() ? unreachable(e) : e;
  }

  CliException unreachable(RpcException e) {
    String inside = System.getenv("CRANE_STEP_ID");
    String hint =
        inside != null && !Files.exists(rpc.path())
            ? "ccon does not work inside a container"
            : "is it running?";
    String detail = Files.exists(rpc.path()) ? " (" + e.getMessage() + ")" : "";
    return new CliException(
        CliException.FAILED, "cannot reach cranelet at " + rpc.path() + ": " + hint + detail);
  }

  @Override
  public void close() {
    rpc.close();
  }
}
