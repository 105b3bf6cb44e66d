package org.cranelet.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.cranelet.cli.term.Json;
import org.cranelet.cli.term.Table;
import org.cranelet.cli.term.Words;
import org.cranelet.proto.node.PrePullItem;

/** Images to be pre-pulled, as tables and as JSON. */
final class PrePulls {
  private PrePulls() {}

  static Table states(List<PrePullItem> items) {
    Table table = new Table("IMAGE", "STATE");
    items.forEach(i -> table.row(i.getReference(), PullText.state(i.getState())));
    return table;
  }

  static Table table(List<PrePullItem> items, Instant now) {
    Table table =
        new Table("IMAGE", "STATE", "LAST SUCCESS", "NEXT RUN", "DIGEST", "SOURCE", "LAST ERROR");
    for (PrePullItem i : items) {
      table.row(
          i.getReference(),
          PullText.state(i.getState()),
          i.hasLastSuccess() ? ago(i.getLastSuccess(), now) : "-",
          i.hasNextRun() ? in(i.getNextRun(), now) : "-",
          i.getDigest().isEmpty() ? "-" : Images.shortened(i.getDigest()),
          i.getSource().isEmpty() ? "command" : i.getSource(),
          Images.orDash(i.getLastError()));
    }
    return table;
  }

  private static String ago(Timestamp t, Instant now) {
    return Words.ago(Duration.between(PsCommand.instant(t), now));
  }

  private static String in(Timestamp t, Instant now) {
    Duration time = Duration.between(now, PsCommand.instant(t));
    return time.isPositive() ? "in " + Words.duration(time) : "now";
  }

  static ArrayNode json(List<PrePullItem> items) {
    ArrayNode array = Json.array();
    for (PrePullItem i : items) {
      ObjectNode o = array.addObject();
      o.put("image", i.getReference()).put("state", PullText.state(i.getState()));
      Json.time(o, "lastSuccess", i.hasLastSuccess(), i.getLastSuccess());
      Json.time(o, "nextRun", i.hasNextRun(), i.getNextRun());
      o.put("digest", i.getDigest());
      o.put("source", i.getSource());
      o.put("lastError", i.getLastError());
    }
    return array;
  }
}
