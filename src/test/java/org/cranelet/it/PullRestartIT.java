package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The daemon goes in the middle of a pull, and comes again (fault 18). */
@Tag("faults")
class PullRestartIT {
  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;

  @RegisterExtension final PullingNode pulling = new PullingNode();

  @Test
  void aDaemonKilledInTheMiddleOfAPullGoesOnAndTheJobRuns() {
    pulling.start();
    TestImage image = TestImage.of("killed", Layer.random("random", 2 * MIB));
    String name = pulling.registry.push(image);
    String id = submitAndPullHalf(name, Map.of());

    pulling.node.kill();
    pulling.registry.heal();
    pulling.node.start();

    pulling.assertRan(id, image);
  }

  @Test
  void aDaemonStoppedInTheMiddleOfAPullGoesOnAndTheJobRuns() {
    pulling.start();
    TestImage image = TestImage.of("stopped", Layer.random("random", 2 * MIB));
    String name = pulling.registry.push(image);
    String id = submitAndPullHalf(name, Map.of());

    assertThat(pulling.node.stop()).isIn(0, 143);
    pulling.registry.heal();
    pulling.node.start();

    pulling.assertRan(id, image);
  }

  @Test
  void aDaemonKilledInTheMiddleOfAPullWithALoginStillHasIt() {
    pulling.start();
    pulling.registry.requireLogin("alice", "secret");
    TestImage image = TestImage.of("login", Layer.random("random", 2 * MIB));
    String name = pulling.registry.push(image);
    String id =
        submitAndPullHalf(name, pulling.node.login(0, pulling.registry.host(), "alice", "secret"));

    pulling.node.kill();
    pulling.registry.heal();
    pulling.node.start();

    pulling.assertRan(id, image);
  }

  @Test
  void whereLoginsMayNotTouchTheDiskAKilledDaemonsJobFailsAndSaysSubmitAgain() {
    pulling.start("RuntimeDir: $HOME/run"); // on a disk
    pulling.registry.requireLogin("alice", "secret");
    String name = pulling.registry.push(TestImage.of("lost", Layer.random("random", 2 * MIB)));
    String id =
        submitAndPullHalf(name, pulling.node.login(0, pulling.registry.host(), "alice", "secret"));

    pulling.node.kill();
    pulling.registry.heal();
    pulling.node.start();

    pulling.node.awaitState(id, "Failed");
    assertThat(pulling.node.inspect(id).path("reason").asText()).contains("submit again");
  }

  private String submitAndPullHalf(String name, Map<String, String> login) {
    pulling.registry.throttle(128 * KIB);
    String id = pulling.submitAs(0, login, name);
    Until.holds("bytes come", () -> pulling.registry.bytesSent() > 32 * KIB);
    return id;
  }
}
