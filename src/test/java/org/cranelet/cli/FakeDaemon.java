package org.cranelet.cli;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.cranelet.transport.RpcServer;

/**
 * What answers a command under test, on a socket of its own; what is not served is unknown to it.
 */
final class FakeDaemon implements AutoCloseable {
  /** What a command line came to. */
  record Ran(int code, String out, String err) {}

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private final Path config;
  private final Path socket;

  /** Its calls; each test serves those it needs. */
  final RpcServer rpc = new RpcServer(vertx);

  private volatile ByteArrayOutputStream said = new ByteArrayOutputStream();

  FakeDaemon(Path dir) throws IOException {
    socket = dir.resolve("fake.sock");
    config = Files.writeString(dir.resolve("fake.yaml"), "Container:\n  Socket: " + socket + "\n");
    rpc.listen(socket);
  }

  /** What the command that runs has said on standard error so far. */
  String said() {
    return said.toString(StandardCharsets.UTF_8);
  }

  Client client() {
    return Client.connect(Optional.of(config));
  }

  Ran ccon(String... line) {
    return run(args -> Ccon.run("1.2.3", args), line);
  }

  Ran cranelet(String... line) {
    return run(args -> Cranelet.run("1.2.3", (c, logToFile) -> 0, args), line);
  }

  private Ran run(ToIntFunction<String[]> program, String... line) {
    List<String> args = new ArrayList<>(List.of("-C", config.toString()));
    args.addAll(List.of(line));
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream newOut = new ByteArrayOutputStream();
    ByteArrayOutputStream newErr = new ByteArrayOutputStream();
    System.setOut(new PrintStream(newOut, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(newErr, true, StandardCharsets.UTF_8));
    said = newErr;
    try {
      int code = program.applyAsInt(args.toArray(String[]::new));
      return new Ran(
          code, newOut.toString(StandardCharsets.UTF_8), newErr.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  @Override
  public void close() {
    rpc.close();
    vertx.close();
  }
}
