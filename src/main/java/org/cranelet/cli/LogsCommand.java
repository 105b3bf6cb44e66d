package org.cranelet.cli;

import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.cranelet.proto.node.LogsRequest;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.StatusRequest;
import org.cranelet.transport.RpcException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code ccon logs}: a container's output. */
@Command(name = "logs", description = "Print a container's output.")
final class LogsCommand implements Callable<Integer> {
  @ParentCommand Ccon ccon;

  @Parameters(
      paramLabel = "CONTAINER",
      converter = ContainerId.Converter.class,
      description = "JOB.STEP, or JOB for its primary container.")
  ContainerId id;

  @Option(
      names = {"-f", "--follow"},
      description = "Go on until the container has ended.")
  boolean follow;

  @Option(
      names = "--tail",
      paramLabel = "N",
      converter = Converters.Lines.class,
      description = "Only the last N lines.")
  @Nullable Integer tail;

  @Option(
      names = {"-t", "--timestamps"},
      description = "Begin each line with its time.")
  boolean timestamps;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      converter = Converters.Moment.class,
      description = "Only what is newer: RFC 3339, or an age such as 42m or 7d.")
  @Nullable Instant since;

  @Option(
      names = "--until",
      paramLabel = "TIME",
      converter = Converters.Moment.class,
      description = "Only what is older: RFC 3339, or an age such as 42m or 7d.")
  @Nullable Instant until;

  @Option(
      names = {"-n", "--target-node"},
      paramLabel = "NODE",
      description = "The node to ask.")
  @Nullable String node;

  @Override
  public Integer call() throws InterruptedException {
    LogsRequest.Builder request = LogsRequest.newBuilder().setId(id.proto()).setFollow(follow);
    if (tail != null && tail != Converters.Lines.ALL) { // the daemon need not look for its start
      request.setTail(tail);
    }
    if (since != null) {
      request.setSince(timestamp(since));
    }
    if (until != null) {
      request.setUntil(timestamp(until));
    }
    try (Client client = ccon.connect()) {
      requireNode(client);
      print(client, request.build());
      return 0;
    }
  }

  private void print(Client client, LogsRequest request) throws InterruptedException {
    try {
      new LogPrinter(timestamps).print(client.stream(NodeGrpc.getLogsMethod(), request));
    } catch (RpcException e) {
      throw client.reachable(e);
    }
  }

  private void requireNode(Client client) {
    if (node == null) {
      return;
    }
    String here =
        client.call(NodeGrpc.getStatusMethod(), StatusRequest.getDefaultInstance()).getNode();
    if (!here.equals(node)) {
      throw new CliException(
          CliException.FAILED, "--target-node: this is node " + here + ", not " + node);
    }
  }

  private static Timestamp timestamp(Instant t) {
    return Timestamp.newBuilder().setSeconds(t.getEpochSecond()).setNanos(t.getNano()).build();
  }
}
