package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cranelet.it.NodeUnderTest.ALICE;
import static org.cranelet.it.NodeUnderTest.BOB;
import static org.cranelet.it.PullingNode.nameIn;

import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An image on the node that one user's login has opened is not everybody's (fault 19). */
@Tag("registry")
class PrivateImagesIT {
  private static final String[] NEVER = {"--pull-policy", "Never"};
  private static final String[] IF_NOT_PRESENT = {"--pull-policy", "IfNotPresent"};

  @RegisterExtension final PullingNode pulling = new PullingNode();

  private TestImage image;
  private String name;

  /** Alice has opened it with her login, and does not show it again. */
  @BeforeEach
  void push() {
    pulling.registry.requireLogin("alice", "secret");
    image = TestImage.tiny("private");
    name = pulling.registry.push(image);
  }

  private void startAndOpenAsAlice(String... settings) {
    pulling.start(settings);
    pulling.runAs(ALICE, login(ALICE, "secret"), name).mustSucceed();
    pulling.registry.forget();
  }

  private Map<String, String> login(int uid, String password) {
    return pulling.node.login(uid, pulling.registry.host(), "alice", password);
  }

  private void assertRuns(int uid, Map<String, String> login, String... options) {
    assertThat(pulling.runAs(uid, login, name, options).mustSucceed().out())
        .isEqualTo(nameIn(image));
  }

  private void assertRefused(int uid, Map<String, String> login, String... options) {
    var result = pulling.runAs(uid, login, name, options);
    assertThat(result.exit()).isEqualTo(125);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains(name).hasLineCount(1);
  }

  @Test
  void whoseLoginNeverOpenedItIsRefusedWithNeverAndTheRegistryIsNotAsked() {
    startAndOpenAsAlice();

    var result = pulling.runAs(BOB, login(BOB, "secret"), name, NEVER);

    assertThat(result.exit()).isEqualTo(125);
    assertThat(result.err()).contains(name, "ccon login").hasLineCount(1);
    assertThat(pulling.registry.requests()).isEmpty();
  }

  @Test
  void whoseLoginNeverOpenedItIsRefusedWithIfNotPresentByTheRegistry() {
    startAndOpenAsAlice();

    assertRefused(BOB, Map.of(), IF_NOT_PRESENT);
    assertRefused(BOB, login(BOB, "wrong"), IF_NOT_PRESENT);

    assertThat(pulling.registry.requests()).isNotEmpty();
    assertThat(pulling.registry.blobGets()).isEmpty();
  }

  @Test
  void whoseLoginOpensItNowMayFromNowOn() {
    startAndOpenAsAlice();

    assertRuns(BOB, login(BOB, "secret"), IF_NOT_PRESENT);

    assertThat(pulling.registry.blobGets()).as("it was there").isEmpty();
    assertRuns(BOB, Map.of(), NEVER);
  }

  @Test
  void afterARestartWhoMayStillMayAndWhoMayNotStillMayNot() {
    startAndOpenAsAlice();
    pulling.node.kill();
    pulling.node.start();

    assertRefused(BOB, Map.of(), NEVER);
    assertRefused(BOB, Map.of(), IF_NOT_PRESENT);
    assertRuns(ALICE, Map.of(), NEVER);
    assertRuns(ALICE, Map.of(), IF_NOT_PRESENT);
    assertThat(pulling.node.cranelet("images").mustSucceed().out()).contains(name);
  }

  @Test
  void byItsDigestItIsAsPrivate() {
    startAndOpenAsAlice();
    String byDigest = image.byDigestAt(pulling.registry.host());

    var result = pulling.runAs(BOB, Map.of(), byDigest, NEVER);

    assertThat(result.exit()).isEqualTo(125);
    assertThat(result.err()).contains("ccon login").hasLineCount(1);
  }

  @Test
  void rootMayUseAllImages() {
    startAndOpenAsAlice();

    assertRuns(0, Map.of(), NEVER);
  }

  @Test
  void whatAnAdministratorPulledHimselfIsEverybodys() {
    pulling.start();
    pulling.registry.runtime.pull(name, "alice", "secret");

    assertRuns(BOB, Map.of(), NEVER);
    assertRuns(BOB, Map.of(), IF_NOT_PRESENT);
  }

  @Test
  void verifyAlwaysAsksAlsoForWhatWasPulledWithoutALogin() {
    pulling.start(NodeUnderTest.images("Verify: always"));
    pulling.registry.runtime.pull(name, "alice", "secret");

    assertRefused(BOB, Map.of(), NEVER);
    assertRefused(BOB, Map.of(), IF_NOT_PRESENT);
    assertRuns(BOB, login(BOB, "secret"), IF_NOT_PRESENT);
  }

  @Test
  void verifyNeverLetsEverybodyUseWhatIsThere() {
    startAndOpenAsAlice(NodeUnderTest.images("Verify: never"));

    assertRuns(BOB, Map.of(), NEVER);
    assertThat(pulling.registry.requests()).isEmpty();
  }
}
