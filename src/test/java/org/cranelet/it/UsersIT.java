package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cranelet.it.NodeUnderTest.ALICE;
import static org.cranelet.it.NodeUnderTest.BOB;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is one user's is nobody else's. */
class UsersIT {
  private static NodeUnderTest node;
  private static String alices;

  @BeforeAll
  static void start() {
    node = NodeUnderTest.started();
    alices =
        node.runDetachedAs(
            ALICE, "-e", "SECRET=canary", "busybox", "sh", "-c", "echo alices; sleep 1000");
    node.awaitState(alices, "Running");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void aUserRunsAsHimself() {
    var result = node.cconAs(ALICE, "run", "busybox", "id", "-u");

    assertThat(result.out()).isEqualTo(ALICE + "\n");
  }

  @Test
  void aUserCannotRunAsSomebodyElse() {
    var result = node.cconAs(ALICE, "run", "-u", "0", "busybox", "id");

    assertThat(result.exit()).isEqualTo(125);
    assertThat(result.err()).contains("as himself only").hasLineCount(1);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void rootMayRunAsAnybody() {
    var result = node.ccon("run", "-u", BOB + ":" + ALICE, "busybox", "sh", "-c", "id -u; id -g");

    assertThat(result.out()).isEqualTo(BOB + "\n" + ALICE + "\n");
  }

  /** And what one of his groups may read he may mount. */
  @Test
  void aUserHasTheGroupsThatTheNameServiceTells() throws IOException {
    int group = 61_077;
    try (NodeUnderTest knowing = new NodeUnderTest()) {
      Path tools = Files.createDirectory(knowing.home.resolve("name-service"));
      tool(tools, "getent", "passwd " + ALICE, "alice:x:%1$d:%1$d::/:/bin/sh".formatted(ALICE));
      tool(tools, "id", "-G alice", ALICE + " " + group);
      Path groups = Files.createDirectory(knowing.home.resolve("groups"));
      Files.writeString(groups.resolve("f"), "shared\n");
      Files.setAttribute(groups, "unix:gid", group);
      Files.setPosixFilePermissions(groups, PosixFilePermissions.fromString("rwxr-x---"));
      knowing.startBehind("env", "PATH=" + tools + ":" + System.getenv("PATH"));

      var result =
          knowing.cconAs(
              ALICE, "run", "-v", groups + ":/m", "busybox", "sh", "-c", "id -G; cat /m/f");

      assertThat(result.mustSucceed().out()).isEqualTo(ALICE + " " + group + "\nshared\n");
    }
  }

  /** A program that has its own answer to one question, and the machine's to all others. */
  private static void tool(Path directory, String name, String question, String answer)
      throws IOException {
    Path tool = directory.resolve(name);
    Files.writeString(
        tool,
        """
        #!/bin/sh
        [ "$*" != "%s" ] || { echo "%s"; exit; }
        exec /usr/bin/%s "$@"
        """
            .formatted(question, answer, name));
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void anotherUserDoesNotSeeTheJob() {
    var ps = node.cconAs(BOB, "ps", "-a", "-q");

    assertThat(ps.mustSucceed().out()).doesNotContain(alices);
    assertThat(node.cconAs(ALICE, "ps", "-q").out()).contains(alices);
    assertThat(node.ccon("ps", "-q").out()).contains(alices);
  }

  @Test
  void anotherUserCanNeitherReadNorInspectNorStopTheJob() {
    for (String verb : new String[] {"logs", "inspect", "stop"}) {
      var result = node.cconAs(BOB, verb, alices);

      assertThat(result.exit()).as(verb).isEqualTo(1);
      assertThat(result.out()).as(verb).isEmpty();
      assertThat(result.err()).as(verb).contains("no job").doesNotContain("canary");
    }
    assertThat(node.state(alices)).isEqualTo("Running");
  }

  @Test
  void anotherUserCannotAddAStep() {
    var result = node.cconIn(NodeUnderTest.job(alices), "run", "busybox", "true");
    assertThat(result.exit()).as("root may").isZero();

    var bob =
        Programs.run(
            Map.of(
                "CRANELET_SOCKET", node.socket().toString(),
                "CRANE_JOB_ID", Integer.toString(NodeUnderTest.job(alices))),
            node.userHome(BOB),
            "setpriv",
            "--reuid=" + BOB,
            "--regid=" + BOB,
            "--clear-groups",
            "--",
            Testbed.programs().resolve("ccon").toString(),
            "run",
            "busybox",
            "true");

    assertThat(bob.exit()).isEqualTo(125);
    assertThat(bob.err()).contains("no job");
  }

  @Test
  void theUidInARequestIsNotBelieved() {
    String java = Path.of(System.getProperty("java.home"), "bin/java").toString();

    var result =
        Programs.run(
            Map.of(),
            node.home,
            "setpriv",
            "--reuid=" + BOB,
            "--regid=" + BOB,
            "--clear-groups",
            // Only so that this user can read the test's class path, wherever it is.
            "--inh-caps=+dac_read_search",
            "--ambient-caps=+dac_read_search",
            "--",
            java,
            "-cp",
            System.getProperty("java.class.path"),
            Impersonator.class.getName(),
            node.socket().toString(),
            Integer.toString(ALICE));

    assertThat(result.out()).as(result.err()).startsWith("refused ERR_PERMISSION_DENIED");
  }

  @Test
  void whatAUserMayNotReadHeMayNotMount() throws IOException {
    Path secret = Files.createDirectories(node.home.resolve("roots-only"));
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rwx------"));
    Files.writeString(secret.resolve("f"), "canary");

    var result = node.cconAs(ALICE, "run", "-v", secret + ":/m", "busybox", "cat", "/m/f");

    assertThat(result.exit()).isEqualTo(125);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("cannot mount " + secret, "ermission denied");
  }

  @Test
  void theLogIsItsUsersAlone() throws IOException {
    Path log = node.tempDir().resolve("logs/" + NodeUnderTest.job(alices) + "/1.log");

    var bob =
        Programs.run(
            Map.of(),
            node.home,
            "setpriv",
            "--reuid=" + BOB,
            "--clear-groups",
            "--",
            "cat",
            log.toString());

    assertThat(bob.exit()).isNotZero();
    assertThat(Files.getPosixFilePermissions(log).toString()).isEqualTo("[OWNER_READ]");
  }
}
