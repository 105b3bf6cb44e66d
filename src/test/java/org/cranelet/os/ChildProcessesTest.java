package org.cranelet.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.cranelet.it.Until;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildProcessesTest {
  private static final Duration SHORT = Duration.ofMillis(500);

  private final ChildProcesses commands = new ChildProcesses();

  /** More than the 256 carriers that virtual threads can have at most. */
  @Test
  void childrenThatHangKeepNoVirtualThreadFromRunning() throws Exception {
    // Given
    List<FutureTask<Commands.Result>> hanging = new ArrayList<>();
    Callable<Commands.Result> hang =
        () -> commands.run(Duration.ofSeconds(20), List.of("sleep", "600"));
    for (int i = 0; i < 300; i++) {
      FutureTask<Commands.Result> task = new FutureTask<>(hang);
      hanging.add(task);
      Thread.startVirtualThread(task);
    }
    Until.holds("all hang", () -> ProcessHandle.current().children().count() >= 300);
    // When
    FutureTask<String> other = new FutureTask<>(() -> "ran");
    Thread.startVirtualThread(other);
    // Then
    assertThat(other.get(10, TimeUnit.SECONDS)).isEqualTo("ran");
    for (FutureTask<Commands.Result> task : hanging) {
      assertThatExceptionOfType(java.util.concurrent.ExecutionException.class)
          .isThrownBy(() -> task.get(1, TimeUnit.MINUTES))
          .withMessageContaining("did not end within 20000 ms");
    }
  }

  @Test
  void aChildThatIsGivenUpTakesItsChildrenAlong(@TempDir Path dir) throws IOException {
    // Given
    Path pids = dir.resolve("pid");
    List<String> argv = List.of("sh", "-c", "sleep 600 & echo $! >" + pids + "; wait");
    // When
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> commands.run(SHORT, argv))
        .withMessageContaining("did not end within 500 ms");
    // Then
    long pid = Long.parseLong(java.nio.file.Files.readString(pids).strip());
    Until.holds("it is gone", () -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
  }
}
