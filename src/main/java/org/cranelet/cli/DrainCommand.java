package org.cranelet.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.cranelet.proto.node.DrainRequest;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.ResumeRequest;
import org.cranelet.proto.node.StatusReply;
import org.cranelet.proto.node.StatusRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cranelet drain}: takes the node out of service without disturbing what runs on it. */
@Command(
    name = "drain",
    description = {
      "Take no new work: what is submitted is refused, what waits waits on, what runs runs on.",
      "The node stays drained, also over a restart or a reboot, until cranelet resume."
    })
final class DrainCommand implements Callable<Integer> {
  private static final Duration LOOK = Duration.ofSeconds(1);

  @ParentCommand Cranelet cranelet;

  @Parameters(arity = "0..*", paramLabel = "REASON", description = "For those who are refused.")
  String[] reason = {};

  @Option(names = "--wait", description = "Wait until no job runs on the node.")
  boolean wait;

  @Override
  public Integer call() throws InterruptedException {
    try (Client client = Client.connect(Optional.ofNullable(cranelet.config))) {
      DrainRequest request = DrainRequest.newBuilder().setReason(String.join(" ", reason)).build();
      StatusReply status = client.call(NodeGrpc.getDrainMethod(), request);
      long told = -1;
      while (wait && status.getRunning() > 0) {
        if (status.getRunning() != told) {
          told = status.getRunning();
          System.err.println("cranelet: drained, " + told + " running");
        }
        Thread.sleep(LOOK);
        status = client.call(NodeGrpc.getStatusMethod(), StatusRequest.getDefaultInstance());
      }
      Cranelet.print(status, cranelet.json);
    }
    return 0;
  }

  /** {@code cranelet resume}: the opposite. */
  @Command(name = "resume", description = "Take new work again.")
  static final class ResumeCommand implements Callable<Integer> {
    @ParentCommand Cranelet cranelet;

    @Override
    public Integer call() {
      try (Client client = Client.connect(Optional.ofNullable(cranelet.config))) {
        Cranelet.print(
            client.call(NodeGrpc.getResumeMethod(), ResumeRequest.getDefaultInstance()),
            cranelet.json);
      }
      return 0;
    }
  }
}
