package org.cranelet.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.cranelet.cli.term.Json;
import org.cranelet.cli.term.Table;
import org.cranelet.cli.term.Words;
import org.cranelet.proto.node.CollectGarbageReply;
import org.cranelet.proto.node.CollectGarbageRequest;
import org.cranelet.proto.node.CollectImagesRequest;
import org.cranelet.proto.node.ImageDetail;
import org.cranelet.proto.node.LeftOver;
import org.cranelet.proto.node.NodeGrpc;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code cranelet gc}: what the daemon does by itself in its own time, now. */
@Command(
    name = "gc",
    description = "Remove what is cranelet's on this node and belongs to no live job.")
final class GcCommand implements Callable<Integer> {
  @ParentCommand Cranelet cranelet;

  @Option(names = "--dry-run", description = "Only show what would go.")
  boolean dryRun;

  @Option(
      names = "--images",
      description = "Remove images that nobody needs instead, as if the disk were full.")
  boolean images;

  @Override
  public Integer call() {
    try (Client client = Client.connect(Optional.ofNullable(cranelet.config))) {
      return images ? images(client) : leftOvers(client);
    }
  }

  private int leftOvers(Client client) {
    CollectGarbageReply reply =
        client.call(
            NodeGrpc.getCollectGarbageMethod(),
            CollectGarbageRequest.newBuilder().setDryRun(dryRun).build(),
            Client.LONG_DEADLINE);
    System.out.print(cranelet.json ? json(reply) + "\n" : table(reply));
    for (LeftOver l : reply.getKeptList()) {
      System.err.println(
          "cranelet: cannot remove "
              + l.getKind()
              + " "
              + l.getName()
              + " of job "
              + l.getJobId()
              + ": the daemon's log says why");
    }
    return reply.getKeptCount() == 0 ? 0 : CliException.FAILED;
  }

  private static Table table(CollectGarbageReply reply) {
    Table table = new Table("KIND", "JOB", "NAME");
    for (LeftOver l : reply.getLeftOversList()) {
      table.row(l.getKind(), l.getJobId() == 0 ? "-" : Integer.toString(l.getJobId()), l.getName());
    }
    return table;
  }

  private int images(Client client) {
    List<ImageDetail> removed =
        client
            .call(
                NodeGrpc.getCollectImagesMethod(),
                CollectImagesRequest.newBuilder().setDryRun(dryRun).build(),
                Client.LONG_DEADLINE)
            .getRemovedList();
    if (cranelet.json) {
      System.out.println(Json.text(Images.json(removed)));
      return 0;
    }
    System.out.print(Images.removed(removed, Instant.now()));
    long bytes = removed.stream().mapToLong(ImageDetail::getSizeBytes).sum();
    System.out.println(
        (dryRun ? "would remove " : "removed ")
            + (removed.size() == 1 ? "1 image, " : removed.size() + " images, ")
            + Words.size(bytes));
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
