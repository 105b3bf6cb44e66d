package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The pod's network: ports, the host's network, DNS. */
class NetworkIT {
  private static NodeUnderTest node;

  @BeforeAll
  static void start() {
    node =
        NodeUnderTest.started(
            "Dns:", "  ClusterDomain: it.local", "  Servers: [192.0.2.1]", "  Options: [ndots:2]");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void aMappedPortLeadsIntoThePod() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    String id =
        node.runDetached(
            "-p",
            port + ":8080/tcp",
            "busybox",
            "sh",
            "-c",
            "while :; do echo from the pod | nc -l -p 8080; done");
    node.awaitState(id, "Running");

    Until.holds("the port answers", () -> ask(port).contains("from the pod"));

    assertThat(node.ccon("pods").out()).contains(port + "->8080/tcp");
    var second = node.ccon("run", "-p", port + ":80", "busybox", "true");
    assertThat(second.exit()).isEqualTo(125);
    assertThat(second.err())
        .isEqualTo(
            "ccon: refused: host port %d/tcp is another job's: choose another\n".formatted(port));
    node.ccon("stop", "-t", "0", id).mustSucceed();
  }

  private static String ask(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(1000);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void onTheHostsNetworkAContainerHasTheHostsName() throws IOException {
    var result = node.ccon("run", "--network", "host", "busybox", "hostname");

    assertThat(result.mustSucceed().out().strip())
        .isEqualTo(
            java.nio.file.Files.readString(java.nio.file.Path.of("/proc/sys/kernel/hostname"))
                .strip());
  }

  @Test
  void dnsIsAsConfiguredAndTheUsersServersGoFirst() {
    var configured = node.ccon("run", "busybox", "cat", "/etc/resolv.conf");
    var users = node.ccon("run", "--dns", "192.0.2.7", "busybox", "cat", "/etc/resolv.conf");

    assertThat(configured.out())
        .contains("nameserver 192.0.2.1", "search it.local", "options ndots:2");
    assertThat(users.out()).contains("nameserver 192.0.2.7").doesNotContain("192.0.2.1");
  }
}
