package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cranelet.it.PullingNode.nameIn;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Names of images, good and bad (fault 20). */
@Tag("registry")
class ImageReferencesIT {
  private static final String[] NEVER = {"--pull-policy", "Never"};
  private static final String[] ALWAYS = {"--pull-policy", "Always"};

  @RegisterExtension final PullingNode pulling = new PullingNode();

  private static final List<String> BAD =
      List.of(
          "",
          "BusyBox",
          "127.0.0.1:1/Upper/Case:1",
          "a".repeat(10_000),
          "127.0.0.1:1/" + "a/".repeat(5_000) + "a",
          "busy\nbox",
          "busybox\n",
          "busybox:",
          "busybox@sha256:1234",
          "../etc/passwd",
          "busybox:tag with spaces");

  @Test
  void whatIsNoReferenceIsRefusedAtOnceWithOneLine() {
    pulling.start();

    for (String reference : BAD) {
      var result = pulling.run(reference);

      assertThat(result.exit()).as(reference).isEqualTo(125);
      assertThat(result.err()).as(reference).hasLineCount(1).hasSizeLessThan(400);
      assertThat(result.out()).as(reference).isEmpty();
    }
    assertThat(pulling.node.ccon("ps", "-a", "-q").mustSucceed().out()).as("jobs").isEmpty();
  }

  @Test
  void aDigestIsPulledAndFoundAgainAndSoIsTheTag() {
    pulling.start();
    TestImage image = TestImage.tiny("digest");
    String byTag = pulling.registry.push(image);
    String byDigest = image.byDigestAt(pulling.registry.host());

    assertThat(pulling.run(byDigest).mustSucceed().out()).isEqualTo(nameIn(image));
    assertThat(pulling.run(byDigest, NEVER).mustSucceed().out()).isEqualTo(nameIn(image));
    assertThat(pulling.run(byTag, NEVER).exit()).as("the tag is not there").isEqualTo(125);
    assertThat(pulling.run(byTag).mustSucceed().out()).isEqualTo(nameIn(image));

    String both = byTag + "@" + image.digest();
    assertThat(pulling.run(both, NEVER).mustSucceed().out()).isEqualTo(nameIn(image));
  }

  @Test
  void aTagThatMovedIsAnotherImageWithAlwaysAndTheDigestIsStillTheOldOne() {
    pulling.start();
    TestImage image = TestImage.tiny("moves");
    String name = pulling.registry.push(image);
    assertThat(pulling.run(name).mustSucceed().out()).isEqualTo(nameIn(image));
    TestImage moved = image.moved("moved");
    pulling.registry.push(moved);

    assertThat(pulling.run(name).mustSucceed().out()).as("IfNotPresent").isEqualTo(nameIn(image));
    assertThat(pulling.run(name, ALWAYS).mustSucceed().out()).isEqualTo(nameIn(moved));
    assertThat(pulling.run(image.byDigestAt(pulling.registry.host())).mustSucceed().out())
        .isEqualTo(nameIn(image));
  }

  @Test
  void aDigestThatIsNotThereFailsAtOnce() {
    pulling.start();
    TestImage image = TestImage.tiny("digest");
    pulling.registry.push(image);
    TestImage neverPushed = image.moved("elsewhere");

    var result = pulling.run(neverPushed.byDigestAt(pulling.registry.host()));

    assertThat(result.exit()).isEqualTo(125);
    assertThat(result.err()).contains("not found").hasLineCount(1);
  }
}
