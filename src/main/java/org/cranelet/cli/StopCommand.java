package org.cranelet.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.grpc.Status.Code;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.cranelet.cli.term.Json;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.StepDetail;
import org.cranelet.proto.node.StopStepRequest;
import org.cranelet.transport.RpcException;
import org.cranelet.transport.RpcStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code ccon stop}: SIGTERM, then SIGKILL; returns when they have ended. */
@Command(name = "stop", description = "Stop containers.")
final class StopCommand implements Callable<Integer> {
  @ParentCommand Ccon ccon;

  @Parameters(
      arity = "1..*",
      paramLabel = "CONTAINER",
      converter = ContainerId.Converter.class,
      description = "JOB.STEP, or JOB for its primary container.")
  List<ContainerId> ids = List.of();

  @Option(
      names = {"-t", "--timeout"},
      paramLabel = "SECONDS",
      defaultValue = "10",
      converter = Converters.Grace.class,
      description = "Between SIGTERM and SIGKILL (default: ${DEFAULT-VALUE}).")
  int timeout;

  @Override
  public Integer call() throws InterruptedException {
    boolean failed = false;
    ArrayNode stopped = Json.array();
    try (Client client = ccon.connect()) {
      for (ContainerId id : ids) {
        failed |= !request(client, id);
      }
      for (ContainerId id : ids) {
        if (awaitEnd(client, id)) {
          report(id, stopped);
        }
      }
    }
    if (ccon.json) {
      System.out.println(Json.text(stopped));
    }
    return failed ? CliException.FAILED : 0;
  }

  private boolean request(Client client, ContainerId id) {
    try {
      client.call(
          NodeGrpc.getStopStepMethod(),
          StopStepRequest.newBuilder().setId(id.proto()).setGraceSeconds(timeout).build());
      return true;
    } catch (RpcException e) {
      System.err.println("ccon: " + e.getMessage());
      return false;
    }
  }

  private static boolean awaitEnd(Client client, ContainerId id) throws InterruptedException {
    try (RpcStream<StepDetail> states = client.stream(NodeGrpc.getWatchStepMethod(), id.proto())) {
      Optional<StepDetail> state = states.next();
      while (state.isPresent()) {
        state = states.next();
      }
      return true;
    } catch (RpcException e) {
      if (e.code() != Code.NOT_FOUND) {
        throw client.reachable(e);
      }
      return false; // told already: no such container
    }
  }

  private void report(ContainerId id, ArrayNode stopped) {
    if (ccon.json) {
      stopped.addObject().put("id", id.toString());
    } else {
      System.out.println(id);
    }
  }
}
