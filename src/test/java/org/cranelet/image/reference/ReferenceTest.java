package org.cranelet.image.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceTest {
  private static final String HEX =
      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

  @ParameterizedTest
  @CsvSource({
    "ubuntu, docker.io/library/ubuntu:latest",
    "ubuntu:22.04, docker.io/library/ubuntu:22.04",
    "docker.io/busybox, docker.io/library/busybox:latest",
    "docker.io/library/busybox:1, docker.io/library/busybox:1",
    "index.docker.io/busybox, docker.io/library/busybox:latest",
    "team/app:1, docker.io/team/app:1",
    "localhost/app, localhost/app:latest",
    "localhost:5000/a/b:c, localhost:5000/a/b:c",
    "127.0.0.1:15371/testbed/large:1, 127.0.0.1:15371/testbed/large:1",
    "Registry.Example.COM/team/app:1, registry.example.com/team/app:1",
    "LOCALHOST:5000/app:V1, localhost:5000/app:V1",
    "BUILDHOST/app, BUILDHOST/app:latest",
    "my_repo/a__b, docker.io/my_repo/a__b:latest",
  })
  void aNameIsReadAsDockerReadsIt(String written, String full) {
    assertThat(Reference.parse(written)).hasToString(full);
    assertThat(Reference.parse(full)).hasToString(full);
  }

  @Test
  void aDigestMakesTheTagMeaningless() {
    assertThat(Reference.parse("a:1@sha256:" + HEX))
        .hasToString("docker.io/library/a@sha256:" + HEX)
        .isEqualTo(Reference.parse("a@sha256:" + HEX));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "a b",
        "a\n",
        "a\nb",
        "\0",
        "upper/X",
        "A",
        "http://host/x",
        "-x",
        "a:b:c",
        "a:",
        "a//b",
        "a/.",
        "../a",
        "@sha256:1",
        "a@sha256:12",
        "é/x",
        "[::1]:5000/x",
        ":tag"
      })
  void whatIsNoReferenceIsRefused(String text) {
    assertThatThrownBy(() -> Reference.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sha256:" + HEX, HEX})
  void anImageIdIsNoName(String id) {
    assertThatThrownBy(() -> Reference.parse(id)).hasMessageContaining("image's id");
  }

  @Test
  void aHugeReferenceIsRefusedInOneShortLine() {
    assertThatThrownBy(() -> Reference.parse("a/".repeat(5000) + "b"))
        .hasMessageContaining("512")
        .message()
        .hasSizeLessThan(200)
        .doesNotContain("\n");
  }

  @Test
  void aMessageHoldsNothingATerminalWouldObey() {
    assertThatThrownBy(() -> Reference.parse("a\u001b[31m")).message().doesNotContain("\u001b");
  }

  @Test
  void onlyLatestAndNoTagAreLatest() {
    assertThat(Reference.parse("a").isLatest()).isTrue();
    assertThat(Reference.parse("a:latest").isLatest()).isTrue();
    assertThat(Reference.parse("a:1").isLatest()).isFalse();
    assertThat(Reference.parse("a@sha256:" + HEX).isLatest()).isFalse();
  }

  @Test
  void dockerHubAnswersElsewhere() {
    assertThat(Reference.endpointOf("docker.io")).isEqualTo("registry-1.docker.io");
    assertThat(Reference.endpointOf("localhost:5000")).isEqualTo("localhost:5000");
    assertThat(Reference.hostOf("Registry-1.Docker.io")).isEqualTo("docker.io");
  }

  @Test
  void aLoginDoesNotShowItsPassword() {
    assertThat(new Login("R.example:1", "u", "secret"))
        .hasToString("login of u at r.example:1")
        .extracting(Login::registry)
        .isEqualTo("r.example:1");
  }
}
