package org.cranelet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.cranelet.proto.node.LogChunk;
import org.cranelet.proto.node.LogChunks;
import org.cranelet.proto.node.LogsRequest;
import org.cranelet.proto.node.NodeGrpc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Output as a daemon sends it, in parts of any size. */
@Timeout(60)
class LogPrinterTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private final Path dir;

  LogPrinterTest(@TempDir Path dir) {
    this.dir = dir;
  }

  @Test
  void eachStreamGetsItsOwn() throws Exception {
    // When
    print(printer(out, err), List.of(chunks("O 1\n", "E 2\n"), chunks("O 3"), chunks("O 4\n")));
    // Then
    assertThat(out).hasToString("1\n34\n");
    assertThat(err).hasToString("2\n");
  }

  @Test
  void theOrderHoldsWhereBothAreTheSame() throws Exception {
    // When
    print(printer(out, out), List.of(chunks("O 1\n", "E 2\n", "O 3\n"), chunks("E 4\n")));
    // Then
    assertThat(out).hasToString("1\n2\n3\n4\n");
  }

  @Test
  void toldAgainInOtherPartsItGoesOnWhereItWas() throws Exception {
    // Given
    LogPrinter printer = printer(out, err);
    print(printer, List.of(chunks("O 1\n"), chunks("O 2\n", "O 3\n")));
    // When
    print(printer, List.of(chunks("O 1\n", "O 2\n"), chunks("O 3\n", "O 4\n")));
    // Then
    assertThat(out).hasToString("1\n2\n3\n4\n");
  }

  private static LogPrinter printer(ByteArrayOutputStream out, ByteArrayOutputStream err) {
    return new LogPrinter(out, err, false, () -> {}, "");
  }

  private void print(LogPrinter printer, List<LogChunks> parts)
      throws IOException, InterruptedException {
    try (FakeDaemon daemon = new FakeDaemon(dir);
        Client client = daemon.client()) {
      daemon.rpc.streaming(
          NodeGrpc.getLogsMethod(),
          (peer, q, sink) -> {
            for (LogChunks part : parts) {
              sink.send(part);
            }
          });
      printer.print(client.stream(NodeGrpc.getLogsMethod(), LogsRequest.getDefaultInstance()));
    }
  }

  /** One message. Each piece begins with the letter of its stream. */
  static LogChunks chunks(String... pieces) {
    LogChunks.Builder chunks = LogChunks.newBuilder();
    for (String piece : pieces) {
      chunks.addChunks(
          LogChunk.newBuilder()
              .setStream(piece.startsWith("E") ? LogChunk.Stream.STDERR : LogChunk.Stream.STDOUT)
              .setData(ByteString.copyFrom(piece.substring(2), StandardCharsets.UTF_8)));
    }
    return chunks.build();
  }
}
