package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.cranelet.proto.node.ListPullsRequest;
import org.cranelet.proto.node.NodeGrpc;
import org.cranelet.proto.node.PullProgress;
import org.cranelet.transport.RpcClient;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * For each test a {@link FaultyRegistry} and a node that pulls from it. After the test nothing may
 * be left, and a failed test shows what the daemons logged.
 */
final class PullingNode implements BeforeEachCallback, AfterEachCallback {
  /** Small enough that the node has room for fifty. */
  private static final List<String> SMALL = List.of("-c", "0.04", "--mem", "50M");

  /** Prints what only this image holds. */
  static final List<String> PRINT_NAME = List.of("cat", "/" + TestImage.NAME_FILE);

  private static final Duration QUERY = Duration.ofSeconds(30);

  FaultyRegistry registry;
  NodeUnderTest node;
  private RpcClient api;

  @Override
  public void beforeEach(ExtensionContext context) {
    registry = FaultyRegistry.listening();
  }

  /** A running node with these lines under {@code Container:}. */
  void start(String... containerLines) {
    prepare(containerLines);
    node.start();
  }

  /** A node that is not started yet. */
  void prepare(String... containerLines) {
    node = new NodeUnderTest(containerLines);
    api = RpcClient.forCommand(node.socket());
  }

  // ---- jobs ----

  /** Runs the image as root; prints what {@link #nameIn} says. */
  Programs.Result run(String image, String... options) {
    return runAs(0, Map.of(), image, options);
  }

  Programs.Result runAs(int uid, Map<String, String> env, String image, String... options) {
    return startRun(uid, env, image, options).await();
  }

  Programs.Running startRun(int uid, Map<String, String> env, String image, String... options) {
    return node.startCcon(uid, env, arguments(image, options));
  }

  /** Submits a job of root's; its container's id. */
  String submit(String image, String... options) {
    return submitAs(0, Map.of(), image, options);
  }

  String submitAs(int uid, Map<String, String> env, String image, String... options) {
    List<String> all = new ArrayList<>(List.of("-d"));
    all.addAll(Arrays.asList(options));
    return runAs(uid, env, image, all.toArray(String[]::new)).mustSucceed().out().strip();
  }

  private static String[] arguments(String image, String... options) {
    List<String> args = new ArrayList<>(List.of("run"));
    args.addAll(SMALL);
    args.addAll(Arrays.asList(options));
    args.add(image);
    args.addAll(PRINT_NAME);
    return args.toArray(String[]::new);
  }

  /** What a job of this image prints. */
  static String nameIn(TestImage image) {
    return image.text() + "\n";
  }

  /** It ended well and was of this image. */
  void assertRan(String id, TestImage image) {
    try (Submitter submitter = new Submitter(node)) {
      assertThat(submitter.awaitAllEnded(Set.of(id)))
          .as(() -> node.inspect(id).toPrettyString())
          .containsEntry(id, "Completed");
      assertThat(submitter.output(id)).isEqualTo(nameIn(image));
    }
  }

  // ---- pulls ----

  /** What root is told. */
  List<PullProgress> pulls() {
    return api.call(NodeGrpc.getListPullsMethod(), ListPullsRequest.getDefaultInstance(), QUERY)
        .getPullsList();
  }

  Optional<PullProgress> pull(String image) {
    return pulls().stream().filter(p -> p.getReference().equals(image)).findFirst();
  }

  /** Waits until so many steps wait for this image. */
  void awaitWaiting(String image, int steps) {
    Until.holds(
        steps + " wait for " + image,
        () -> pull(image).map(PullProgress::getWaitingSteps).orElse(0) == steps);
  }

  /** Waits until a try has failed and another one will be made; why it failed. */
  String awaitRetry(String image) {
    AtomicReference<String> why = new AtomicReference<>("");
    Until.holds(
        "another try of " + image,
        () -> {
          why.set(pull(image).map(PullProgress::getLastError).orElse(""));
          return !why.get().isEmpty();
        });
    return why.get();
  }

  /** A value of {@code cranelet_image_…}; 0 if there is none. */
  double metric(String name) {
    String all =
        io.restassured.RestAssured.get("http://127.0.0.1:" + node.healthPort + "/q/metrics")
            .asString();
    return all.lines()
        .filter(line -> line.startsWith(name + " "))
        .map(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElse(0.0);
  }

  // ---- the end ----

  @Override
  public void afterEach(ExtensionContext context) {
    context
        .getExecutionException()
        .filter(e -> node != null)
        .ifPresent(e -> System.err.println(context.getDisplayName() + "\n" + node.wholeLog()));
    try {
      registry.heal();
      if (node != null) {
        api.close();
        node.close();
      }
    } finally {
      registry.close();
    }
  }
}
