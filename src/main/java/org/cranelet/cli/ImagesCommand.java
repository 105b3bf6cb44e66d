package org.cranelet.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.cranelet.cli.term.Json;
import org.cranelet.cli.term.Table;
import org.cranelet.cli.term.Words;
import org.cranelet.proto.node.ImageDetail;
import org.cranelet.proto.node.ListImagesRequest;
import org.cranelet.proto.node.ListPullsRequest;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.PullProgress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code cranelet images}: what is on the node, and what is on its way. */
@Command(name = "images", description = "List the images on the node, or what is being pulled.")
final class ImagesCommand implements Callable<Integer> {
  @ParentCommand Cranelet cranelet;

  @Option(
      names = "--pulls",
      description = "What is being pulled, and how far it is; users see their own.")
  boolean pulls;

  @Override
  public Integer call() {
    try (Client client = Client.connect(Optional.ofNullable(cranelet.config))) {
      if (pulls) {
        printPulls(
            client
                .call(NodeGrpc.getListPullsMethod(), ListPullsRequest.getDefaultInstance())
                .getPullsList());
      } else {
        printImages(
            client
                .call(NodeGrpc.getListImagesMethod(), ListImagesRequest.getDefaultInstance())
                .getImagesList());
      }
    }
    return 0;
  }

  private void printImages(List<ImageDetail> images) {
    if (cranelet.json) {
      System.out.println(Json.text(Images.json(images)));
    } else {
      System.out.print(Images.table(images, Instant.now()));
    }
  }

  private void printPulls(List<PullProgress> pulls) {
    if (cranelet.json) {
      System.out.println(Json.text(json(pulls)));
    } else {
      System.out.print(table(pulls, Instant.now()));
    }
  }

  static Table table(List<PullProgress> pulls, Instant now) {
    Table table =
        new Table("IMAGE", "STATE", "PROGRESS", "ELAPSED", "WAITING", "ATTEMPT", "LAST ERROR");
    for (PullProgress p : pulls) {
      table.row(
          p.getReference(),
          PullText.state(p.getState()),
          progress(p),
          Words.elapsed(PullText.elapsed(p, now)),
          p.getWaitingSteps() == 0 && p.getPrePull()
              ? "pre-pull"
              : Integer.toUnsignedString(p.getWaitingSteps()),
          Integer.toUnsignedString(p.getAttempt()),
          Images.orDash(p.getLastError()));
    }
    return table;
  }

  private static String progress(PullProgress p) {
    String percent = PullText.percent(p).map(n -> " (" + n + " %)").orElse("");
    return PullText.arrived(p, " / ").map(a -> a + percent).orElse("-");
  }

  static ArrayNode json(List<PullProgress> pulls) {
    ArrayNode array = Json.array();
    for (PullProgress p : pulls) {
      ObjectNode o = array.addObject();
      o.put("image", p.getReference()).put("state", PullText.state(p.getState()));
      o.put("bytes", p.getBytes()).put("totalBytes", p.getTotalBytes());
      o.put("shared", p.getShared());
      Json.time(o, "since", p.hasSince(), p.getSince());
      o.put("waitingSteps", Integer.toUnsignedLong(p.getWaitingSteps()));
      o.put("prePull", p.getPrePull());
      o.put("attempt", Integer.toUnsignedLong(p.getAttempt()));
      o.put("lastError", p.getLastError());
    }
    return array;
  }
}
