package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every pull policy, with the image on the node or not, with the right, a wrong and no login, at a
 * registry that asks for one and at one that does not: each by a user of his own. The results stand
 * as a table in {@code target/pull-policies-VERSION.txt}.
 */
@Tag("table")
class PullPolicyIT {
  /** How a job asks, and for which tag. */
  enum Policy {
    ALWAYS("Always", "1", "--pull-policy", "Always"),
    IF_NOT_PRESENT("IfNotPresent", "1", "--pull-policy", "if-not-present"),
    NEVER("Never", "1", "--pull-policy", "NEVER"),
    /** By the setting; the job says nothing. */
    AUTO_FIXED("auto, :1", "1"),
    AUTO_LATEST("auto, :latest", "latest");

    final String text;
    final String tag;
    final List<String> options;

    Policy(String text, String tag, String... options) {
      this.text = text;
      this.tag = tag;
      this.options = List.of(options);
    }

    boolean asksAlways() {
      return this == ALWAYS || this == AUTO_LATEST;
    }
  }

  /** What is on the node before. */
  enum Before {
    ABSENT("absent"),
    /** Another user's login has opened it. */
    ANOTHERS("present"),
    /** His own login has opened it, and he has it no more. */
    OWN("present, opened by him");

    final String text;

    Before(String text) {
      this.text = text;
    }
  }

  enum Login {
    RIGHT,
    WRONG,
    NONE
  }

  /** How the job ends. */
  enum End {
    RUNS,
    /** It is not on the node, and may not be pulled. */
    ABSENT,
    /** The registry, or the daemon in its place, says no. */
    REFUSED
  }

  /** One of all cases. */
  record Case(boolean closed, Before before, Login login, Policy policy) {
    String row() {
      return "%-10s%-24s%-7s"
          .formatted(
              closed ? "password" : "open", before.text, login.name().toLowerCase(Locale.ROOT));
    }

    End expected() {
      if (policy == Policy.NEVER) {
        if (before == Before.ABSENT) {
          return End.ABSENT;
        }
        return closed && before == Before.ANOTHERS ? End.REFUSED : End.RUNS;
      }
      boolean opens = !closed || login == Login.RIGHT;
      boolean mayWithout = before == Before.OWN && !policy.asksAlways();
      return opens || mayWithout ? End.RUNS : End.REFUSED;
    }

    @Override
    public String toString() {
      return row() + policy.text;
    }
  }

  /** At once, on two cores. */
  private static final int AT_ONCE = 4;

  private static final int FIRST_USER = 61_100;

  private static final Map<Case, CompletableFuture<Programs.Result>> RESULTS =
      new LinkedHashMap<>();
  private static final Map<Case, TestImage> IMAGES = new LinkedHashMap<>();

  private static NodeUnderTest node;
  private static FaultyRegistry open;
  private static FaultyRegistry closed;
  private static ExecutorService pool;

  static List<Case> all() {
    List<Case> all = new ArrayList<>();
    for (boolean closed : new boolean[] {false, true}) {
      for (Before before : Before.values()) {
        for (Login login : Login.values()) {
          for (Policy policy : Policy.values()) {
            if (closed || before != Before.OWN) { // nobody has to open what is open
              all.add(new Case(closed, before, login, policy));
            }
          }
        }
      }
    }
    return all;
  }

  @BeforeAll
  static void runAll() throws IOException {
    node = NodeUnderTest.started("DefaultPullPolicy: auto");
    open = FaultyRegistry.listening();
    closed = FaultyRegistry.closed();
    Map<Boolean, Map<String, TestImage>> anothers =
        Map.of(false, imagesOfAnother(false), true, imagesOfAnother(true));
    pool = Executors.newFixedThreadPool(AT_ONCE);
    int uid = FIRST_USER;
    for (Case one : all()) {
      int user = uid++;
      node.addUser(user);
      IMAGES.put(
          one,
          one.before() == Before.ANOTHERS
              ? anothers.get(one.closed()).get(one.policy().tag)
              : push(one));
      RESULTS.put(one, CompletableFuture.supplyAsync(() -> run(one, user), pool));
    }
  }

  private static FaultyRegistry registry(boolean isClosed) {
    return isClosed ? closed : open;
  }

  private static TestImage push(Case one) {
    TestImage image = TestImage.tagged("policy", one.policy().tag);
    registry(one.closed()).push(image);
    return image;
  }

  /** Opened by root: at the open registry without a login. */
  private static Map<String, TestImage> imagesOfAnother(boolean isClosed) {
    Map<String, TestImage> images = new LinkedHashMap<>();
    for (String tag : List.of("1", "latest")) {
      TestImage image = TestImage.tagged("policy", tag);
      registry(isClosed).push(image);
      ccon(0, isClosed ? right(0) : Map.of(), image, registry(isClosed), List.of()).mustSucceed();
      images.put(tag, image);
    }
    return images;
  }

  private static Map<String, String> right(int uid) {
    return node.login(
        uid,
        closed.host(),
        node.testbed.get("TESTBED_AUTH_USER"),
        node.testbed.get("TESTBED_AUTH_PASSWORD"));
  }

  private static Programs.Result run(Case one, int uid) {
    FaultyRegistry registry = registry(one.closed());
    TestImage image = IMAGES.get(one);
    if (one.before() == Before.OWN) {
      ccon(uid, right(uid), image, registry, List.of()).mustSucceed();
    }
    String user = node.testbed.get("TESTBED_AUTH_USER");
    String password = node.testbed.get("TESTBED_AUTH_PASSWORD");
    Map<String, String> login =
        switch (one.login()) {
          case RIGHT -> node.login(uid, registry.host(), user, password);
          case WRONG -> node.login(uid, registry.host(), user, "wrong");
          case NONE -> Map.of();
        };
    return ccon(uid, login, image, registry, one.policy().options);
  }

  /**
   * Exits with 0 if it ran the right image: a code is never lost, as output of a busy 1.6 may be.
   */
  private static Programs.Result ccon(
      int uid,
      Map<String, String> login,
      TestImage image,
      FaultyRegistry registry,
      List<String> options) {
    List<String> args = new ArrayList<>(List.of("run", "-c", "0.2", "--mem", "50M"));
    args.addAll(options);
    args.addAll(List.of(image.at(registry.host()), "grep", "-qx", image.text(), "/name"));
    return node.cconAs(uid, login, args.toArray(String[]::new));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("all")
  void everyPolicyDoesWhatItSays(Case one) {
    Programs.Result result = RESULTS.get(one).join();

    assertThat(end(result)).as(result.err()).isEqualTo(one.expected());
    if (end(result) == End.RUNS) {
      return;
    }
    assertThat(result.err()).contains(IMAGES.get(one).at(registry(one.closed()).host()));
    assertThat(result.err()).as("one line").hasLineCount(1);
    if (one.policy() == Policy.NEVER && one.before() == Before.ANOTHERS) {
      assertThat(result.err()).contains("ccon login");
    }
  }

  private static End end(Programs.Result result) {
    if (result.exit() == 0) {
      return End.RUNS;
    }
    assertThat(result.exit()).as(result.err()).isEqualTo(125);
    return result.err().contains("is not on this node, and the pull policy is Never")
        ? End.ABSENT
        : End.REFUSED;
  }

  @AfterAll
  static void stop() {
    try {
      pool.close();
      writeTable();
      node.close();
    } finally {
      open.close();
      closed.close();
    }
  }

  private static void writeTable() {
    StringBuilder table = new StringBuilder();
    table.append("%-10s%-24s%-7s".formatted("registry", "image", "login"));
    Stream.of(Policy.values()).forEach(p -> table.append("%-14s".formatted(p.text)));
    Map<String, StringBuilder> rows = new LinkedHashMap<>();
    RESULTS.forEach(
        (one, result) ->
            rows.computeIfAbsent(one.row(), row -> new StringBuilder(row))
                .append("%-14s".formatted(cell(one, result))));
    rows.values().forEach(row -> table.append("\n").append(row));
    table.append(
        "\n%d cases on containerd %s\n".formatted(RESULTS.size(), Testbed.current().version()));
    Path file = Path.of("target", "pull-policies-" + Testbed.current().version() + ".txt");
    try {
      Files.writeString(file, table.toString().replaceAll("(?m) +$", ""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String cell(Case one, CompletableFuture<Programs.Result> result) {
    if (result.isCompletedExceptionally()) {
      return "ERROR";
    }
    String end = end(result.join()).name().toLowerCase(Locale.ROOT);
    return end(result.join()) == one.expected() ? end : end + " WRONG";
  }
}
