package org.cranelet.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.cranelet.cli.term.Json;
import org.cranelet.cli.term.Words;
import org.cranelet.image.reference.Reference;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.PrePullItem;
import org.cranelet.proto.node.PrePullItem.State;
import org.cranelet.proto.node.PrePullRequest;
import org.cranelet.proto.node.PrePullStatusRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code cranelet prepull}: images before any job asks for them. */
@Command(
    name = "prepull",
    description = {
      "Pull images now, before any job needs them.",
      "The word status is the subcommand; an image of that name is",
      "docker.io/library/status."
    },
    synopsisSubcommandLabel = "| prepull status",
    subcommands = PrePullCommand.StatusCommand.class)
final class PrePullCommand implements Callable<Integer> {
  private static final Duration LOOK = Duration.ofSeconds(1);

  @ParentCommand Cranelet cranelet;

  @Parameters(
      arity = "0..*",
      paramLabel = "IMAGE",
      description = "What to pull; none: all images of the lists.")
  List<String> images = List.of();

  @Option(names = "--wait", description = "Wait until each is there, or has failed.")
  boolean wait;

  @Override
  public Integer call() throws InterruptedException {
    List<String> asked = images.stream().map(PrePullCommand::fullName).distinct().toList();
    List<PrePullItem> items;
    try (Client client = Client.connect(Optional.ofNullable(cranelet.config))) {
      PrePullRequest request = PrePullRequest.newBuilder().addAllReferences(asked).build();
      items = client.call(NodeGrpc.getPrePullMethod(), request).getItemsList();
      if (!asked.isEmpty()) {
        items = of(asked, items);
      }
      if (wait) {
        items = await(client, items);
      }
    }
    print(items);
    return wait ? complain(items) : 0;
  }

  private static String fullName(String image) {
    try {
      return Reference.parse(image).toString();
    } catch (IllegalArgumentException e) {
      throw CliException.usage(String.valueOf(e.getMessage()));
    }
  }

  /**
   * What is known of these.
   *
   * @throws CliException if one of them is not known at all (any more)
   */
  private static List<PrePullItem> of(List<String> references, List<PrePullItem> items) {
    List<PrePullItem> found =
        items.stream().filter(i -> references.contains(i.getReference())).toList();
    for (String reference : references) {
      if (found.stream().noneMatch(i -> i.getReference().equals(reference))) {
        throw new CliException(CliException.FAILED, reference + " is not going to be pulled");
      }
    }
    return found;
  }

  /** Looks until nothing is on its way any more; each change is a line on standard error. */
  private static List<PrePullItem> await(Client client, List<PrePullItem> queued)
      throws InterruptedException {
    List<String> references = queued.stream().map(PrePullItem::getReference).distinct().toList();
    Map<Key, State> told = new HashMap<>();
    List<PrePullItem> items = queued;
    tell(items, told);
    while (!items.stream().allMatch(i -> isSettled(i.getState()))) {
      Thread.sleep(LOOK);
      items = of(references, status(client));
      tell(items, told);
    }
    return items;
  }

  /** An image may be in several lists. */
  private record Key(String reference, String source) {}

  static List<PrePullItem> status(Client client) {
    return client
        .call(NodeGrpc.getPrePullStatusMethod(), PrePullStatusRequest.getDefaultInstance())
        .getItemsList();
  }

  /** Over for now, and the image is not there. */
  private static boolean isWithout(PrePullItem item) {
    return item.getState() == State.FAILED || item.getState() == State.HELD;
  }

  private static boolean isSettled(State state) {
    return switch (state) {
      case PRESENT, FAILED, HELD, SKIPPED -> true;
      case WAITING, QUEUED, PULLING, UNRECOGNIZED -> false;
    };
  }

  private static void tell(List<PrePullItem> items, Map<Key, State> told) {
    for (PrePullItem i : items) {
      boolean changed =
          told.put(new Key(i.getReference(), i.getSource()), i.getState()) != i.getState();
      if (changed && !isWithout(i)) { // that comes with its reason, at the end
        System.err.println("cranelet: " + i.getReference() + ": " + state(i));
      }
    }
  }

  private void print(List<PrePullItem> items) {
    if (cranelet.json) {
      System.out.println(Json.text(PrePulls.json(items)));
    } else {
      System.out.print(PrePulls.states(items));
    }
  }

  private static String state(PrePullItem item) {
    return PullText.state(item.getState());
  }

  private static int complain(List<PrePullItem> items) {
    List<PrePullItem> failed = items.stream().filter(PrePullCommand::isWithout).toList();
    for (PrePullItem i : failed) {
      System.err.println("cranelet: " + i.getReference() + ": " + Words.plain(i.getLastError()));
    }
    return failed.isEmpty() ? 0 : CliException.FAILED;
  }

  /** {@code cranelet prepull status}: how each image is doing. */
  @Command(name = "status", description = "Show how each image to be pre-pulled is doing.")
  static final class StatusCommand implements Callable<Integer> {
    @ParentCommand PrePullCommand prePull;

    @Override
    public Integer call() {
      if (!prePull.images.isEmpty() || prePull.wait) {
        throw CliException.usage(
            "prepull status takes no images and no --wait; an image of that name is"
                + " docker.io/library/status");
      }
      Cranelet cranelet = prePull.cranelet;
      List<PrePullItem> items;
      try (Client client = Client.connect(Optional.ofNullable(cranelet.config))) {
        items = PrePullCommand.status(client);
      }
      if (cranelet.json) {
        System.out.println(Json.text(PrePulls.json(items)));
      } else {
        System.out.print(PrePulls.table(items, Instant.now()));
      }
      return 0;
    }
  }
}
