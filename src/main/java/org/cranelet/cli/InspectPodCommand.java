package org.cranelet.cli;

import java.util.concurrent.Callable;
import org.cranelet.cli.term.Json;
import org.cranelet.proto.node.InspectJobRequest;
import org.cranelet.proto.node.NodeGrpc;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code ccon inspectp}: all that is known of a job, as JSON. */
@Command(name = "inspectp", description = "Show a pod (a job) as JSON.")
final class InspectPodCommand implements Callable<Integer> {
  @ParentCommand Ccon ccon;

  @Parameters(paramLabel = "JOB", description = "The job's id.")
  int job;

  @Override
  public Integer call() {
    try (Client client = ccon.connect()) {
      System.out.println(
          Json.text(
              Details.job(
                  client.call(
                      NodeGrpc.getInspectJobMethod(),
                      InspectJobRequest.newBuilder().setJobId(job).build()))));
      return 0;
    }
  }
}
