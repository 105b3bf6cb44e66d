package org.cranelet.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.cranelet.cli.term.Json;
import org.cranelet.cli.term.Table;
import org.cranelet.cli.term.Terminal;
import org.cranelet.cli.term.Words;
import org.cranelet.proto.crane.CraneCtldGrpc;
import org.cranelet.proto.crane.JobInfo;
import org.cranelet.proto.crane.QueryJobsInfoRequest;
import org.cranelet.proto.crane.StepInfo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code ccon ps}: containers. */
@Command(name = "ps", description = "List containers.")
final class PsCommand implements Callable<Integer> {
  @ParentCommand Ccon ccon;

  @Option(
      names = {"-a", "--all"},
      description = "Those that have ended, too.")
  boolean all;

  @Option(
      names = {"-q", "--quiet"},
      description = "Ids only.")
  boolean quiet;

  @Override
  public Integer call() {
    List<JobInfo> jobs;
    try (Client client = ccon.connect()) {
      jobs = query(client, all);
    }
    if (ccon.json) {
      System.out.println(Json.text(json(jobs)));
    } else if (quiet) {
      each(jobs, (job, step) -> System.out.println(id(step)));
    } else {
      System.out.print(table(jobs));
    }
    return 0;
  }

  static List<JobInfo> query(Client client, boolean ended) {
    return client
        .call(
            CraneCtldGrpc.getQueryJobsInfoMethod(),
            QueryJobsInfoRequest.newBuilder().setOptionIncludeCompletedJobs(ended).build())
        .getJobInfoListList();
  }

  private interface Each {
    void accept(JobInfo job, StepInfo step);
  }

  /** The newest first, as docker does. */
  private void each(List<JobInfo> jobs, Each action) {
    for (JobInfo job : jobs.reversed()) {
      for (StepInfo step : job.getStepInfoListList().reversed()) {
        if (all || !Status.ended(step.getStatus())) {
          action.accept(job, step);
        }
      }
    }
  }

  private Table table(List<JobInfo> jobs) {
    Table table = new Table("CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "NODE");
    boolean shorten = Terminal.onOutput();
    Instant now = Instant.now();
    each(
        jobs,
        (job, step) ->
            table.row(
                id(step),
                step.getContainerMeta().getImage().getImage(),
                Words.shortened(command(step), shorten),
                Words.ago(Duration.between(instant(step.getSubmitTime()), now)),
                Status.of(job, step, now),
                step.getCranedList()));
    return table;
  }

  private ArrayNode json(List<JobInfo> jobs) {
    ArrayNode array = Json.array();
    each(
        jobs,
        (job, step) -> {
          ObjectNode o = array.addObject();
          o.put("id", id(step)).put("job", step.getJobId()).put("step", step.getStepId());
          o.put("name", step.getName()).put("user", job.getUsername());
          o.put("image", step.getContainerMeta().getImage().getImage());
          o.put("command", command(step));
          o.put("state", step.getStatus().name());
          if (step.hasEndTime()) {
            o.put("exitCode", step.getExitCode());
          } else {
            o.putNull("exitCode");
          }
          o.put("reason", job.getPendingReason());
          o.put("partition", job.getPartition()).put("node", step.getCranedList());
          Json.time(o, "created", step.hasSubmitTime(), step.getSubmitTime());
          Json.time(o, "started", step.hasStartTime(), step.getStartTime());
          Json.time(o, "ended", step.hasEndTime(), step.getEndTime());
        });
    return array;
  }

  private static String id(StepInfo step) {
    return step.getJobId() + "." + step.getStepId();
  }

  private static String command(StepInfo step) {
    List<String> words = new ArrayList<>();
    if (!step.getContainerMeta().getCommand().isEmpty()) {
      words.add(step.getContainerMeta().getCommand());
    }
    words.addAll(step.getContainerMeta().getArgsList());
    return Words.command(words);
  }

  static Instant instant(Timestamp t) {
    return Instant.ofEpochSecond(t.getSeconds(), t.getNanos());
  }
}
