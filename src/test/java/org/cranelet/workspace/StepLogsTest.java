package org.cranelet.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.cranelet.os.RecordingCommands;
import org.cranelet.os.User;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepLogsTest {
  private static final Duration TWO_DAYS = Duration.ofDays(2);

  private final RecordingCommands commands = new RecordingCommands();
  private final Path root;
  private final StepLogs logs;
  private final User me;

  StepLogsTest(@TempDir Path dir) throws IOException {
    this.root = dir;
    this.logs = new StepLogs(dir, commands);
    int uid = (Integer) Files.getAttribute(dir, "unix:uid");
    int gid = (Integer) Files.getAttribute(dir, "unix:gid");
    this.me = new User(uid, "me", gid, List.of(gid, 100));
  }

  @Test
  void theLogIsTheUsersAloneToRead() throws IOException {
    // When
    logs.ensure(7, 1, me, me.gid());
    // Then
    Path file = root.resolve("7/1.log");
    assertThat(logs.file(7, 1)).isEqualTo(file);
    assertThat(mode(file)).isEqualTo("r--------");
    assertThat(mode(root.resolve("7"))).isEqualTo("rwx--x--x");
    assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(me.uid());
  }

  @Test
  void aLogMadeBeforeARestartKeepsItsContent() throws IOException {
    // Given
    Files.createDirectories(root.resolve("7"));
    Files.writeString(root.resolve("7/1.log"), "output");
    // When
    logs.ensure(7, 1, me, me.gid());
    // Then
    assertThat(root.resolve("7/1.log")).hasContent("output");
  }

  @Test
  void theLinkIsMadeWithTheUsersCredentialsOnly() {
    // Given
    User alice = new User(1000, "alice", 100, List.of(100, 101));
    // When
    logs.link(7, 2, "cn15", alice, 101, "/home/alice");
    // Then
    List<String> argv = commands.ran().getFirst();
    assertThat(commands.ran()).hasSize(1);
    assertThat(argv)
        .startsWith(
            "setpriv",
            "--reuid=1000",
            "--regid=101",
            "--groups=100,101",
            "--inh-caps=-all",
            "--no-new-privs",
            "--",
            "sh",
            "-c")
        .endsWith("sh", "/home/alice/7.out", root.resolve("7/2.log").toString(), "2.cn15.log");
    assertThat(argv.get(9)).contains("ln -s").doesNotContain("alice");
  }

  @Test
  void theFinishedLogTakesTheLinksPlaceItsPartsJoined() throws IOException {
    // Given
    logs.ensure(7, 1, me, me.gid());
    logs.setAside(7, 1, me, me.gid());
    // When
    logs.handOver(7, 1, "cn15", me, me.gid(), "/home/it's here");
    // Then
    List<String> argv = commands.ran().getFirst();
    assertThat(argv)
        .endsWith(
            "sh",
            "/home/it's here/7.out",
            "1.cn15.log",
            root.resolve("7/1.log.1").toString(),
            root.resolve("7/1.log").toString());
    assertThat(argv.get(9)).contains("cat ").contains("mv ");
  }

  @Test
  void aDirectoryThatCannotBeWrittenStopsNoStep() {
    commands.answer("sh", 1, "mkdir: cannot create directory: Permission denied");

    assertThatCode(() -> logs.link(7, 1, "cn15", me, me.gid(), "/")).doesNotThrowAnyException();
  }

  @Test
  void aMissingProgramStopsNoStep() {
    commands.missing("sh");

    assertThatCode(() -> logs.handOver(7, 1, "cn15", me, me.gid(), "/")).doesNotThrowAnyException();
  }

  @Test
  void deletingLeavesNothingOfTheJobAndAllOfOthers() throws IOException {
    // Given
    logs.ensure(7, 1, me, me.gid());
    logs.ensure(7, 2, me, me.gid());
    logs.ensure(8, 1, me, me.gid());
    // When
    logs.delete(7);
    // Then
    assertThat(root.resolve("7")).doesNotExist();
    assertThat(root.resolve("8/1.log")).exists();
  }

  @Test
  void deletingFollowsNoLink() throws IOException {
    // Given
    Path precious = Files.createDirectory(root.resolve("precious"));
    Files.writeString(precious.resolve("file"), "x");
    Files.createSymbolicLink(root.resolve("7"), precious);
    // When
    logs.delete(7);
    // Then
    assertThat(precious.resolve("file")).exists();
  }

  @Test
  void deletingALinkInTheDirectoryLeavesItsTarget() throws IOException {
    // Given
    logs.ensure(7, 1, me, me.gid());
    Path precious = Files.writeString(root.resolve("precious"), "x");
    Files.createSymbolicLink(root.resolve("7/2.log"), precious);
    // When
    logs.delete(7);
    // Then
    assertThat(root.resolve("7")).doesNotExist();
    assertThat(precious).hasContent("x");
  }

  @Test
  void deletingWhatIsNotThereIsNoError() {
    assertThatCode(() -> logs.delete(99)).doesNotThrowAnyException();
  }

  @Test
  void logsOfWhichNothingWasWrittenForLongAreFound() throws IOException {
    // Given
    Instant now = Instant.now();
    old(7, now);
    old(8, now);
    Files.writeString(root.resolve("8/2.log"), "written to just now");
    logs.ensure(9, 1, me, me.gid());
    Files.createDirectories(root.resolve("7x"));
    Files.setLastModifiedTime(root.resolve("7x"), FileTime.from(now.minus(TWO_DAYS)));
    // When
    List<Long> found = logs.jobsUntouchedSince(now.minus(Duration.ofDays(1)), _ -> true);
    // Then
    assertThat(found).containsExactly(7L);
  }

  @Test
  void aLinkAmongTheLogsIsNotFollowedByWhoLooksForOldOnesAndRemovesThem() throws IOException {
    // Given a link that is as old as the log, to what was written to just now
    Instant now = Instant.now();
    Path precious = Files.writeString(root.resolve("precious"), "x");
    logs.ensure(7, 1, me, me.gid());
    Path link = Files.createSymbolicLink(root.resolve("7/2.log"), precious);
    FileTime then = FileTime.from(now.minus(TWO_DAYS));
    Files.getFileAttributeView(link, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(then, then, then);
    old(7, now);
    logs.ensure(8, 1, me, me.gid());
    // When
    List<Long> found = logs.jobsUntouchedSince(now.minus(Duration.ofDays(1)), _ -> true);
    for (long job : found) {
      logs.delete(job);
    }
    // Then
    assertThat(found).containsExactly(7L);
    assertThat(precious).hasContent("x");
    assertThat(root.resolve("7")).doesNotExist();
    assertThat(root.resolve("8/1.log")).exists();
  }

  @Test
  void nobodyLooksForOldLogsWhereThereAreNone() throws IOException {
    Files.delete(root);

    assertThat(logs.jobsUntouchedSince(Instant.now(), _ -> true)).isEmpty();

    Files.createDirectory(root);
  }

  /** A job's log to which nothing was written for two days. */
  private void old(long job, Instant now) throws IOException {
    logs.ensure(job, 1, me, me.gid());
    FileTime then = FileTime.from(now.minus(TWO_DAYS));
    Files.setLastModifiedTime(logs.file(job, 1), then);
    Files.setLastModifiedTime(logs.directory(job), then);
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
