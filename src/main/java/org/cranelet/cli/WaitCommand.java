package org.cranelet.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.List;
import java.util.concurrent.Callable;
import org.cranelet.cli.term.Json;
import org.cranelet.proto.node.InspectJobRequest;
import org.cranelet.proto.node.JobDetail;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.StepDetail;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code ccon wait}: until all containers of the current job have ended. */
@Command(
    name = "wait",
    description = "Wait until all containers of the current job (CRANE_JOB_ID) have ended.")
final class WaitCommand implements Callable<Integer> {
  @ParentCommand Ccon ccon;

  @Option(
      names = {"-t", "--interval"},
      paramLabel = "SECONDS",
      defaultValue = "1",
      description = "How often to look (default: ${DEFAULT-VALUE}).")
  double interval;

  @Override
  public Integer call() throws InterruptedException {
    if (!(interval > 0) || interval > 3600) {
      throw CliException.usage("--interval: a number of seconds above 0, 3600 at most");
    }
    int job =
        CurrentJob.id()
            .orElseThrow(
                () -> CliException.usage("wait is for use within a job: CRANE_JOB_ID is not set"));
    try (Client client = ccon.connect()) {
      List<StepDetail> steps = steps(client, job);
      while (!steps.stream().allMatch(s -> Status.ended(s.getStatus()))) {
        Thread.sleep((long) (interval * 1000));
        steps = steps(client, job);
      }
      report(steps);
    }
    return 0;
  }

  private static List<StepDetail> steps(Client client, int job) {
    JobDetail detail =
        client.call(
            NodeGrpc.getInspectJobMethod(), InspectJobRequest.newBuilder().setJobId(job).build());
    return detail.getStepsList();
  }

  private void report(List<StepDetail> steps) {
    if (!ccon.json) {
      return;
    }
    ArrayNode array = Json.array();
    for (StepDetail s : steps) {
      array
          .addObject()
          .put("id", s.getId().getJobId() + "." + s.getId().getStepId())
          .put("state", s.getStatus().name())
          .put("exitCode", s.getExitCode());
    }
    System.out.println(Json.text(array));
  }
}
