package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code cranelet config check} and starts with files that cannot be used. */
class ConfigIT {
  private NodeUnderTest node;

  @BeforeEach
  void make() {
    node = new NodeUnderTest();
  }

  @AfterEach
  void close() {
    node.close();
  }

  private Programs.Result check(String yaml) throws IOException {
    Files.writeString(node.config(), yaml);
    return node.cranelet("config", "check", "--config", node.config().toString());
  }

  @Test
  void printsWhatIsInEffectAndWhereItComesFrom() throws IOException {
    var result =
        node.cranelet("config", "check", "--node", "cn02", "--config", node.config().toString());

    assertThat(result.mustSucceed().out())
        .containsPattern("Container.RelistInterval +3600 s +.*config.yaml:\\d+")
        .containsPattern("Container.PidsLimit +4096 +default")
        .containsPattern("node +cn02 +--node");
    assertThat(result.err()).isEmpty();
  }

  @Test
  void aTypingMistakeUnderContainerIsNamedWithTheNearestKey() throws IOException {
    var result =
        check("Container:\n  Enabled: true\n  RuntimeEndpont: /x\n  RuntimeEndpoint: /y\n");

    assertThat(result.mustSucceed().err())
        .contains(
            "config.yaml:3: unknown key Container.RuntimeEndpont, did you mean RuntimeEndpoint?");
  }

  @Test
  void aRuntimeEndpointIsRequired() throws IOException {
    var result = check("Container:\n  Enabled: true\n");

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).isEqualTo("cranelet: RuntimeEndpoint is not configured.\n");
  }

  @Test
  void aWrongTypeIsNamedWithFileAndLine() throws IOException {
    var result = check("Container:\n  Enabled: maybe\n");

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err())
        .contains("config.yaml:2: Container.Enabled must be true or false, not 'maybe'")
        .hasLineCount(1);
  }

  @Test
  void malformedYamlIsNamedWithFileAndLine() throws IOException {
    var result = check("ClusterName: it\nContainer: [\n");

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).containsPattern("config.yaml:\\d+: not valid YAML").hasLineCount(1);
  }

  /** The documents look into it. */
  @Test
  void theLogIsAFileTooWhereTheSettingSaysSo() throws IOException {
    try (NodeUnderTest logging = new NodeUnderTest("LogToFile: true")) {
      logging.start();
      logging.ccon("run", "busybox", "true").mustSucceed();

      Path directory = logging.home.resolve("crane/craned");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
          .isEqualTo("rwx------");
      assertThat(Files.readString(directory.resolve("craned.log")))
          .contains("audit user=", "job=1");
    }
  }

  @Test
  void aMissingFileSaysHowToNameAnother() {
    var result = node.cranelet("serve", "--config", node.home + "/none.yaml");

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("none.yaml: no such file", "--config").hasLineCount(1);
  }

  @Test
  void aSocketPathMayHave107Bytes() throws IOException {
    var result =
        check("Container:\n  Enabled: true\n  RuntimeEndpoint: /" + "x".repeat(107) + "\n");

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("config.yaml:3", "107 bytes at most").hasLineCount(1);
  }
}
