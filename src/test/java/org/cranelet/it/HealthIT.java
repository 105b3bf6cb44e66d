package org.cranelet.it;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What probes and administrators are told. */
class HealthIT {
  @Test
  void readyNamesTheRuntimeAndItsVersion() {
    try (NodeUnderTest node = NodeUnderTest.started()) {
      given()
          .get(node.healthUrl("ready"))
          .then()
          .statusCode(200)
          .body("checks[0].data.detail", containsString("containerd " + node.testbed.version()));
      given().get(node.healthUrl("live")).then().statusCode(200).body("status", equalTo("UP"));
      assertThat(given().get("http://127.0.0.1:" + node.healthPort + "/q/metrics").asString())
          .contains("cranelet_runtime_ready 1.0", "cranelet_cri_call_seconds");
      var status = node.cranelet("status");
      assertThat(status.mustSucceed().out()).contains("ready", "containerd", "cn01");
    }
  }

  @Test
  void withoutARuntimeTheDaemonLivesIsNotReadyAndKeepsTrying() {
    try (NodeUnderTest node = new NodeUnderTest("RuntimeEndpoint: /nowhere/containerd.sock")) {
      node.startUnready();

      Until.holds("it says why", () -> node.log().contains("Failed to get CRI version: "));

      given()
          .get(node.healthUrl("ready"))
          .then()
          .statusCode(503)
          .body("checks[0].data.detail", containsString("Failed to get CRI version: "));
      assertThat(node.probe("live")).isEqualTo(200);
      assertThat(node.cranelet("status").exit()).isEqualTo(1);
      node.kill();
    }
  }

  @Test
  void withTheFeatureOffTheDaemonIsHealthyAndRefusesSubmissions() {
    try (NodeUnderTest node = NodeUnderTest.started("Enabled: false")) {
      var result = node.ccon("run", "-p", "CPU", "alpine:latest", "--", "echo", "test");

      assertThat(result.exit()).isEqualTo(125);
      assertThat(result.err()).isEqualTo("ccon: container feature not enabled\n");
      given()
          .get(node.healthUrl("ready"))
          .then()
          .statusCode(200)
          .body("checks[0].data.detail", equalTo("container feature not enabled"));
      node.kill();
    }
  }

  @Test
  @Tag("shared-events") // containerd before 2.0 gives each CRI event to one subscriber only
  void endsComeFromContainerdsOwnEventsWhereCriSharesOrLacksThem() {
    try (NodeUnderTest node = NodeUnderTest.started()) {
      assertThat(node.ccon("run", "busybox", "sleep", "1").exit()).isZero();
      assertThat(node.log()).contains("ends of containers come from containerd events");
    }
  }

  @Test
  @Tag("cri-events")
  void endsComeFromCriEventsWhereEverySubscriberGetsThem() {
    try (NodeUnderTest node = NodeUnderTest.started()) {
      assertThat(node.ccon("run", "busybox", "sleep", "1").exit()).isZero();
      assertThat(node.log()).contains("ends of containers come from CRI events");
    }
  }

  @Test
  void withoutADaemonCconSaysHowItLookedForIt() {
    try (NodeUnderTest node = new NodeUnderTest()) {
      var result = node.ccon("ps");

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.err())
          .isEqualTo("ccon: cannot reach cranelet at " + node.socket() + ": is it running?\n");
      assertThat(node.ccon("run", "busybox", "true").exit()).isEqualTo(125);
      assertThat(node.ccon("run", "--no-such-option", "busybox").exit()).isEqualTo(2);
      assertThat(node.ccon("run", "-it", "busybox").exit()).isEqualTo(2);
    }
  }
}
