package org.cranelet.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.cranelet.cli.term.Json;
import org.cranelet.cli.term.Table;
import org.cranelet.proto.node.CollectGarbageReply;
import org.cranelet.proto.node.CollectGarbageRequest;
import org.cranelet.proto.node.LeftOver;
import org.cranelet.proto.node.NodeGrpc;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code cranelet gc}: what the daemon does by itself after a grace period, now. */
@Command(
    name = "gc",
    description = "Remove what is cranelet's on this node and belongs to no live job.")
final class GcCommand implements Callable<Integer> {
  @ParentCommand Cranelet cranelet;

  @Option(names = "--dry-run", description = "Only show what would go.")
  boolean dryRun;

  @Override
  public Integer call() {
    CollectGarbageReply reply;
    try (Client client = Client.connect(Optional.ofNullable(cranelet.config))) {
      reply =
          client.call(
              NodeGrpc.getCollectGarbageMethod(),
              CollectGarbageRequest.newBuilder().setDryRun(dryRun).build());
    }
    if (cranelet.json) {
      System.out.println(json(reply));
      return 0;
    }
    Table table = new Table("KIND", "JOB", "NAME");
    for (LeftOver l : reply.getLeftOversList()) {
      table.row(l.getKind(), l.getJobId() == 0 ? "-" : Integer.toString(l.getJobId()), l.getName());
    }
    System.out.print(table);
    return 0;
  }

  private static String json(CollectGarbageReply reply) {
    ArrayNode all = Json.array();
    for (LeftOver l : reply.getLeftOversList()) {
      all.addObject().put("kind", l.getKind()).put("job", l.getJobId()).put("name", l.getName());
    }
    return Json.text(all);
  }
}
