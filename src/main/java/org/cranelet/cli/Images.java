package org.cranelet.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.cranelet.cli.term.Json;
import org.cranelet.cli.term.Table;
import org.cranelet.cli.term.Words;
import org.cranelet.proto.node.ImageDetail;

/** The images of the node, as tables and as JSON. */
final class Images {
  /** What stands in the place of a name (docker's word). */
  private static final String NO_NAME = "<none>";

  private static final int SHORT_DIGEST = 12; // docker's

  private Images() {}

  private record Row(String reference, ImageDetail image) {
    /** Those without a name come last. */
    static final Comparator<Row> BY_NAME =
        Comparator.comparing((Row r) -> r.reference().equals(NO_NAME))
            .thenComparing(Row::reference)
            .thenComparing(r -> r.image().getId());
  }

  /** All images, a row for each name. */
  static Table table(List<ImageDetail> images, Instant now) {
    Table table = new Table("REFERENCE", "DIGEST", "SIZE", "LAST USED", "PINNED", "USERS");
    images.stream()
        .flatMap(i -> names(i).map(name -> new Row(name, i)))
        .sorted(Row.BY_NAME)
        .forEach(
            r ->
                table.row(
                    r.reference(),
                    digest(r.reference(), r.image()),
                    Words.size(r.image().getSizeBytes()),
                    lastUsed(r.image(), now),
                    orDash(r.image().getPinned()),
                    users(r.image())));
    return table;
  }

  /** Images that were removed, in the order they were. */
  static Table removed(List<ImageDetail> images, Instant now) {
    Table table = new Table("IMAGE ID", "REFERENCES", "SIZE", "LAST USED");
    for (ImageDetail i : images) {
      table.row(
          shortened(i.getId()),
          String.join(", ", names(i).toList()),
          Words.size(i.getSizeBytes()),
          lastUsed(i, now));
    }
    return table;
  }

  static ArrayNode json(List<ImageDetail> images) {
    ArrayNode array = Json.array();
    for (ImageDetail i : images) {
      ObjectNode o = array.addObject();
      o.put("id", i.getId());
      o.set("references", Json.strings(i.getReferencesList()));
      o.set("digests", Json.strings(i.getDigestsList()));
      o.put("sizeBytes", i.getSizeBytes());
      Json.time(o, "lastUsed", i.hasLastUsed(), i.getLastUsed());
      o.put("inUse", i.getInUse()).put("pinned", i.getPinned());
      o.put("everybody", i.getEverybody());
      o.set("users", Json.strings(i.getUsersList()));
    }
    return array;
  }

  private static Stream<String> names(ImageDetail image) {
    return image.getReferencesCount() == 0
        ? Stream.of(NO_NAME)
        : image.getReferencesList().stream();
  }

  /** The digest in the repository of {@code reference}; one image may be in several. */
  private static String digest(String reference, ImageDetail image) {
    String repository = reference.replaceFirst(":[^:/]*$", "");
    List<String> all = image.getDigestsList();
    return all.stream()
        .filter(d -> d.startsWith(repository + "@"))
        .findFirst()
        .or(() -> all.stream().findFirst())
        .map(Images::shortened)
        .orElse("-");
  }

  /** The first characters of a digest, with a name before it or without. */
  static String shortened(String digest) {
    String hex = digest.substring(digest.lastIndexOf(':') + 1);
    return hex.substring(0, Math.min(SHORT_DIGEST, hex.length()));
  }

  private static String lastUsed(ImageDetail image, Instant now) {
    if (image.getInUse()) {
      return "in use";
    }
    return image.hasLastUsed()
        ? Words.ago(Duration.between(PsCommand.instant(image.getLastUsed()), now))
        : "-";
  }

  private static String users(ImageDetail image) {
    if (image.getEverybody()) {
      return "everybody";
    }
    return image.getUsersCount() == 0 ? "root only" : String.join(", ", image.getUsersList());
  }

  static String orDash(String text) {
    return text.isEmpty() ? "-" : text;
  }
}
