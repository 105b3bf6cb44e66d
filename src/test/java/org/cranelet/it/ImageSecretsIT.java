package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cranelet.it.NodeUnderTest.ALICE;
import static org.cranelet.it.PullingNode.nameIn;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.cranelet.proto.crane.ContainerJobAdditionalMeta.ImageInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A password is where its user put it and, while his job waits for the image, on the daemon's
 * tmpfs; nowhere else (fault 30).
 */
@Tag("registry")
class ImageSecretsIT {
  private static final int KIB = 1024;

  @RegisterExtension final PullingNode pulling = new PullingNode();

  private final String canary = "canary-" + UUID.randomUUID();
  private final TestImage image = TestImage.of("secret", Layer.random("random", 64 * KIB));
  private String name;
  private Map<String, String> login;

  private void start(String... settings) {
    pulling.registry.requireLogin("alice", canary);
    name = pulling.registry.push(image);
    pulling.start(settings);
    login = pulling.node.login(ALICE, pulling.registry.host(), "alice", canary);
  }

  private String submitAndWait() throws IOException {
    pulling.registry.stallNext();
    String id = pulling.submitAs(ALICE, login, name);
    pulling.awaitWaiting(name, 1);
    return id;
  }

  // ---- the search ----

  /** As it is, and as a header or a login file has it. */
  private List<String> forms() {
    return List.of(canary, RealRegistry.basic("alice", canary).substring("Basic ".length()));
  }

  private boolean isIn(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    return forms().stream().anyMatch(text::contains);
  }

  private boolean isIn(Path file) {
    try {
      return isIn(Files.readAllBytes(file));
    } catch (IOException e) {
      return false; // a process or a file that is gone by now
    }
  }

  private List<Path> filesWithIt(Path directory) throws IOException {
    return Trees.files(directory).stream().filter(this::isIn).toList();
  }

  /** Arguments and environment of every process on the machine. */
  private List<Path> processesWithIt() throws IOException {
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      return processes
          .filter(p -> p.getFileName().toString().matches("\\d+"))
          .flatMap(p -> Stream.of(p.resolve("cmdline"), p.resolve("environ")))
          .filter(this::isIn)
          .toList();
    }
  }

  /** What anybody may ask the daemon, by its name. */
  private Map<String, String> replies(String id) {
    NodeUnderTest node = pulling.node;
    return Map.of(
        "inspect", node.cconAs(ALICE, "inspect", id).out(),
        "inspectp", node.ccon("inspectp", "" + NodeUnderTest.job(id)).out(),
        "ps", node.ccon("ps", "-a", "--json").out(),
        "logs", node.ccon("logs", id).out(),
        "pulls", node.cranelet("images", "--pulls", "--json").out(),
        "images", node.cranelet("images", "--json").out(),
        "pre-pulls", node.cranelet("prepull", "status", "--json").out(),
        "status", node.cranelet("status", "--json").out(),
        "metrics", node.metrics(),
        "log", node.wholeLog());
  }

  /** The user's login file is left out: there it belongs. */
  private void assertNowhereBut(List<Path> allowed, String id) throws IOException {
    Path loginFile = Path.of(login.get("CCON_AUTH_FILE"));
    assertThat(isIn(loginFile)).as("the search finds what is there").isTrue();
    List<Path> found = new ArrayList<>();
    found.addAll(filesWithIt(pulling.node.home));
    found.addAll(filesWithIt(pulling.node.runtimeDir()));
    for (String runtimes : List.of("root", "run", "log")) {
      found.addAll(filesWithIt(Path.of(pulling.node.testbed.get("TESTBED_HOME"), runtimes)));
    }
    found.addAll(processesWithIt());
    found.remove(loginFile);
    assertThat(found).containsExactlyInAnyOrderElementsOf(allowed);
    Map<String, String> replies = replies(id);
    assertThat(replies)
        .allSatisfy((what, text) -> assertThat(text).as(what).doesNotContain(forms()));
    assertThat(replies.get("ps")).contains(name);
  }

  // ---- tests ----

  @Test
  void whileAJobWaitsForItsImageThePasswordIsOnTheTmpfsForRootAloneAndAfterwardsNowhere()
      throws IOException {
    start();
    String id = submitAndWait();

    Path directory = pulling.node.runtimeDir().resolve("credentials");
    List<Path> kept = pulling.node.credentials();
    assertThat(kept).hasSize(1).allMatch(this::isIn);
    assertMode(directory, "rwx------");
    assertMode(kept.getFirst(), "rw-------");
    assertNowhereBut(kept, id);

    pulling.registry.heal();
    pulling.assertRan(id, image);
    assertNowhereBut(List.of(), id);
  }

  private static void assertMode(Path path, String mode) throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .as(path.toString())
        .isEqualTo(mode);
    assertThat(Files.getAttribute(path, "unix:uid")).isEqualTo(0);
  }

  @Test
  void withoutATmpfsItIsInNoFileAtAll() throws IOException {
    start("RuntimeDir: $HOME/run");
    String id = submitAndWait();

    assertNowhereBut(List.of(), id);

    pulling.registry.heal();
    pulling.assertRan(id, image);
    assertNowhereBut(List.of(), id);
  }

  @Test
  void whenTheJobIsCancelledThePasswordGoesWithIt() throws IOException {
    start();
    String id = submitAndWait();

    pulling.node.ccon("stop", id).mustSucceed();
    pulling.node.awaitState(id, "Cancelled");

    Until.holds("nothing is kept", () -> credentials().isEmpty());
    assertNowhereBut(List.of(), id);
  }

  private List<Path> credentials() {
    try {
      return pulling.node.credentials();
    } catch (IOException e) {
      return List.of(); // it is being removed
    }
  }

  @Test
  void afterAKillItIsNowhereOnceTheJobHasItsImage() throws IOException {
    start();
    String id = submitAndWait();
    pulling.node.kill();
    pulling.registry.heal();
    pulling.node.start();

    pulling.assertRan(id, image);

    assertNowhereBut(List.of(), id);
  }

  @Test
  void thePasswordOfTheOlderOptionsIsNowhereOnceCconHasEnded() throws IOException {
    start();

    var result =
        pulling.runAs(
            ALICE, Map.of(), name, "--container-user=alice", "--container-password=" + canary);

    assertThat(result.mustSucceed().out()).isEqualTo(nameIn(image));
    assertThat(result.err()).contains("use ccon login").doesNotContain(forms());
    assertNowhereBut(List.of(), "1.1");
  }

  @Test
  void thePasswordOfAPrePullIsInItsFileAlone() throws IOException {
    pulling.registry.requireLogin("alice", canary);
    name = pulling.registry.push(image);
    pulling.prepare(
        "PrePull: {AtStart: true, Jitter: 0, Images: [{Image: \""
            + name
            + "\", Credentials: $HOME/login.json}]}");
    Map<String, String> robots = pulling.node.login(0, pulling.registry.host(), "alice", canary);
    Path file = pulling.node.home.resolve("login.json");
    Files.move(Path.of(robots.get("CCON_AUTH_FILE")), file);
    pulling.node.start();
    Until.holds("it is there", () -> pulling.registry.runtime.has(name));
    login = pulling.node.login(ALICE, pulling.registry.host(), "alice", canary);
    String id = pulling.submitAs(ALICE, login, name);

    pulling.assertRan(id, image);

    assertNowhereBut(List.of(file), id);
  }

  @Test
  void aPasswordThatIsRefusedIsNotInTheReason() throws IOException {
    start();
    pulling.registry.requireLogin("alice", "another");

    var result = pulling.runAs(ALICE, login, name);

    assertThat(result.exit()).isEqualTo(125);
    assertThat(result.err()).contains(name).doesNotContain(forms());
    assertNowhereBut(List.of(), "1.1");
  }

  // ---- only to the host it is for ----

  @Test
  void aHostThatLayersAreRedirectedToIsNotShownThePassword() throws IOException {
    start();
    try (var other = FaultyRegistry.elsewhere()) {
      pulling.registry.redirectBlobsTo(other);

      assertThat(pulling.runAs(ALICE, login, name).mustSucceed().out()).isEqualTo(nameIn(image));

      assertThat(other.blobGets()).isNotEmpty();
      assertThat(other.authorizations()).isEmpty();
    }
    assertThat(pulling.registry.authorizations()).isNotEmpty();
  }

  @Test
  void aMirrorThatAsksForALoginIsNotShownThePassword() throws IOException {
    start();
    try (var mirror = FaultyRegistry.elsewhere()) {
      mirror.requireLogin("mirror", "other");
      pulling.registry.mirroredBy(mirror);

      assertThat(pulling.runAs(ALICE, login, name).mustSucceed().out()).isEqualTo(nameIn(image));

      assertThat(mirror.requests()).isNotEmpty();
      assertThat(mirror.authorizations()).isEmpty();
    }
  }

  @Test
  void aLoginForAnotherRegistryIsNotTakenAlong() throws IOException {
    start();
    Map<String, String> foreign = pulling.node.login(ALICE, "127.0.0.9:1", "alice", canary);

    var result = pulling.runAs(ALICE, foreign, name);

    assertThat(result.exit()).isEqualTo(125);
    assertThat(pulling.registry.authorizations()).isEmpty();
  }

  @Test
  void aSubmissionWithALoginForAnotherRegistryIsRefusedWithoutThePassword() {
    start();
    ImageInfo foreign =
        ImageInfo.newBuilder()
            .setImage(name)
            .setUsername("alice")
            .setPassword(canary)
            .setServerAddress("127.0.0.9:1")
            .build();
    try (Submitter submitter = new Submitter(pulling.node)) {
      assertThatThrownBy(() -> submitter.submitOf(foreign, "true"))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("127.0.0.9:1")
          .message()
          .doesNotContain(forms());
    }
    assertThat(pulling.registry.requests()).isEmpty();
  }
}
