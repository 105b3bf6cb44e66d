package org.cranelet.cli;

import java.util.concurrent.Callable;
import org.cranelet.cli.term.Json;
import org.cranelet.proto.node.InspectJobRequest;
import org.cranelet.proto.node.JobDetail;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.StepDetail;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code ccon inspect}: all that is known of a container, as JSON. */
@Command(name = "inspect", description = "Show a container as JSON.")
final class InspectCommand implements Callable<Integer> {
  @ParentCommand Ccon ccon;

  @Parameters(
      paramLabel = "CONTAINER",
      converter = ContainerId.Converter.class,
      description = "JOB.STEP, or JOB for its primary container.")
  ContainerId id;

  @Override
  public Integer call() {
    try (Client client = ccon.connect()) {
      JobDetail job =
          client.call(
              NodeGrpc.getInspectJobMethod(),
              InspectJobRequest.newBuilder().setJobId(id.job()).build());
      StepDetail step =
          job.getStepsList().stream()
              .filter(s -> s.getId().getStepId() == id.step())
              .findFirst()
              .orElseThrow(() -> new CliException(CliException.FAILED, "no step " + id));
      System.out.println(Json.text(Details.step(step)));
      return 0;
    }
  }
}
