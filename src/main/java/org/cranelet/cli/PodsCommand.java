package org.cranelet.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.cranelet.cli.term.Json;
import org.cranelet.cli.term.Table;
import org.cranelet.cli.term.Words;
import org.cranelet.proto.crane.JobInfo;
import org.cranelet.proto.crane.PodJobAdditionalMeta.PortMapping;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code ccon pods}: jobs, each of which is a pod. */
@Command(name = "pods", description = "List pods.")
final class PodsCommand implements Callable<Integer> {
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
      jobs = PsCommand.query(client, all).reversed();
    }
    if (ccon.json) {
      System.out.println(Json.text(json(jobs)));
    } else if (quiet) {
      jobs.forEach(job -> System.out.println(job.getJobId()));
    } else {
      System.out.print(table(jobs));
    }
    return 0;
  }

  private static Table table(List<JobInfo> jobs) {
    Table table = new Table("POD ID", "NAME", "CREATED", "STATUS", "NODES", "PORTS");
    Instant now = Instant.now();
    for (JobInfo job : jobs) {
      table.row(
          Integer.toString(job.getJobId()),
          job.getPodMeta().getName(),
          Words.ago(Duration.between(PsCommand.instant(job.getSubmitTime()), now)),
          Status.of(job, now),
          job.getCranedList(),
          job.getPodMeta().getPortsList().stream()
              .map(PodsCommand::port)
              .collect(Collectors.joining(", ")));
    }
    return table;
  }

  static String port(PortMapping p) {
    String ip = p.getHostIp().isEmpty() ? "" : p.getHostIp() + ":";
    return ip
        + p.getHostPort()
        + "->"
        + p.getContainerPort()
        + "/"
        + p.getProtocol().name().toLowerCase(java.util.Locale.ROOT);
  }

  private static ArrayNode json(List<JobInfo> jobs) {
    ArrayNode array = Json.array();
    for (JobInfo job : jobs) {
      ObjectNode o = array.addObject();
      o.put("id", job.getJobId()).put("name", job.getPodMeta().getName());
      o.put("user", job.getUsername()).put("state", job.getStatus().name());
      o.put("reason", job.getPendingReason());
      o.put("partition", job.getPartition()).put("node", job.getCranedList());
      o.put("cpus", job.getReqTotalResView().getCpuCount());
      o.put("memoryBytes", job.getReqTotalResView().getMemoryBytes());
      Json.time(o, "created", job.hasSubmitTime(), job.getSubmitTime());
      Json.time(o, "started", job.hasStartTime(), job.getStartTime());
      Json.time(o, "ended", job.hasEndTime(), job.getEndTime());
      o.set(
          "ports",
          Json.strings(job.getPodMeta().getPortsList().stream().map(PodsCommand::port).toList()));
    }
    return array;
  }
}
