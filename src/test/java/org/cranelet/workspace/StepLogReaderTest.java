package org.cranelet.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.cranelet.os.RecordingCommands;
import org.cranelet.os.User;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The runtime is played by {@link #write}, which keeps writing to the file it opened last. */
class StepLogReaderTest {
  private final StepLogs logs;
  private final User me;
  private final StepLogReader reader;
  private Path opened;

  StepLogReaderTest(@TempDir Path dir) throws IOException {
    logs = new StepLogs(dir, new RecordingCommands());
    int uid = (Integer) Files.getAttribute(dir, "unix:uid");
    int gid = (Integer) Files.getAttribute(dir, "unix:gid");
    me = new User(uid, "me", gid, List.of(gid));
    logs.ensure(7, 1, me, gid);
    opened = logs.file(7, 1);
    reader = new StepLogReader(logs, 7, 1);
  }

  @AfterEach
  void close() throws IOException {
    reader.close();
  }

  @Test
  void whatIsWrittenAfterARotationFollowsWhatWasWrittenBefore() throws IOException {
    write("a", "b");
    rotate();
    write("c");
    rotate();
    write("d");

    assertThat(read()).containsExactly("a", "b", "c", "d");
  }

  @Test
  void aReaderThatHadReadAllGoesOnInTheNextFile() throws IOException {
    write("a");
    assertThat(read()).containsExactly("a");
    rotate();
    write("b");

    assertThat(read()).containsExactly("b");
    assertThat(read()).isEmpty();
  }

  @Test
  void whatTheRuntimeStillWritesToTheOldFileIsReadBeforeTheNewOneIsOpened() throws IOException {
    write("a");
    assertThat(read()).containsExactly("a");
    // When: set aside, the runtime not told yet
    Path old = logs.file(7, 1).resolveSibling("1.log.1");
    logs.setAside(7, 1, me, me.gid());
    opened = old;
    assertThat(read()).isEmpty();
    write("b");
    assertThat(read()).containsExactly("b");
    write("c");
    opened = logs.file(7, 1);
    logs.leftOldParts(7, 1);
    write("d");
    // Then
    assertThat(read()).containsExactly("c", "d");
  }

  @Test
  void theTailMayReachBackOverSeveralFiles() throws IOException {
    write("a", "b", "c");
    rotate();
    write("d");
    rotate();
    write("e");

    reader.seekTail(3);

    assertThat(read()).containsExactly("c", "d", "e");
  }

  @Test
  void theTailOfMoreThanThereIsIsAll() throws IOException {
    write("a");
    rotate();
    write("b");

    reader.seekTail(10);

    assertThat(read()).containsExactly("a", "b");
  }

  @Test
  void aReaderWhoseFileWasDroppedGoesOnWithTheOldestThatIsLeft() throws IOException {
    write("a");
    assertThat(read()).containsExactly("a");
    for (String line : List.of("b", "c", "d")) {
      rotate();
      write(line);
    }
    logs.dropOldest(7, 1, 2, Long.MAX_VALUE);

    assertThat(read()).containsExactly("c", "d");
  }

  @Test
  void aStepThatNeverWroteHasNoOutput() throws IOException {
    try (StepLogReader none = new StepLogReader(logs, 8, 1)) {
      none.seekTail(5);
      assertThat(none.next()).isEmpty();
    }
  }

  private void rotate() throws IOException {
    logs.setAside(7, 1, me, me.gid());
    opened = logs.file(7, 1);
    logs.leftOldParts(7, 1);
  }

  private void write(String... lines) throws IOException {
    for (String line : lines) {
      Files.writeString(
          opened,
          "2026-01-31T12:00:00.000000000Z stdout F " + line + "\n",
          StandardOpenOption.WRITE,
          StandardOpenOption.APPEND);
    }
  }

  private List<String> read() throws IOException {
    List<String> all = new ArrayList<>();
    for (Optional<CriLog.Entry> e = reader.next(); e.isPresent(); e = reader.next()) {
      all.add(new String(e.get().data(), StandardCharsets.UTF_8).strip());
    }
    return all;
  }
}
