package org.cranelet.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.cranelet.image.reference.Login;
import org.cranelet.pod.StepRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoginStoreTest {
  private static final StepRef STEP = new StepRef(7, 1);
  private static final StepRef OTHER = new StepRef(8, 2);
  private static final Login ALICE = new Login("registry.example:5000", "alice", "pass\"word é");
  private static final Login TOKEN = new Login("docker.io", Login.TOKEN, "the-token");

  /** Where a file survives the daemon and not the machine. */
  @Nested
  class OnTmpfs {
    private final Path runtimeDir;

    OnTmpfs() throws IOException {
      runtimeDir = Files.createTempDirectory(Path.of("/dev/shm"), "logins-");
    }

    @AfterEach
    void remove() throws IOException {
      delete(runtimeDir);
    }

    @Test
    void aLoginSurvivesTheDaemonUntilItIsForgotten() throws Exception {
      // Given
      LoginStore store = LoginStore.open(runtimeDir, "a");
      store.keep(STEP, ALICE);
      store.keep(OTHER, TOKEN);
      // When
      LoginStore again = LoginStore.open(runtimeDir, "a");
      // Then
      assertThat(again.find(STEP)).contains(ALICE);
      assertThat(again.find(OTHER)).contains(TOKEN);
      again.forget(STEP);
      assertThat(again.find(STEP)).isEmpty();
      assertThat(files("a")).containsExactly("8.2");
    }

    @Test
    void onlyItsOwnerCanReadIt() throws Exception {
      // Given
      LoginStore store = LoginStore.open(runtimeDir, "a");
      // When
      store.keep(STEP, ALICE);
      // Then
      assertThat(mode(runtimeDir.resolve("credentials"))).isEqualTo("rwx------");
      assertThat(mode(runtimeDir.resolve("credentials/a"))).isEqualTo("rwx------");
      assertThat(mode(runtimeDir.resolve("credentials/a/7.1"))).isEqualTo("rw-------");
    }

    @Test
    void aDirectoryThatOthersCouldReadIsClosed() throws Exception {
      // Given
      Path credentials = Files.createDirectory(runtimeDir.resolve("credentials"));
      Files.setPosixFilePermissions(credentials, PosixFilePermissions.fromString("rwxrwxrwx"));
      // When
      LoginStore.open(runtimeDir, "a");
      // Then
      assertThat(mode(credentials)).isEqualTo("rwx------");
    }

    @Test
    void daemonsThatShareTheDirectoryDoNotSeeEachOthersLogins() throws Exception {
      // Given
      LoginStore.open(runtimeDir, "a").keep(STEP, ALICE);
      LoginStore other = LoginStore.open(runtimeDir, "b");
      // When
      other.keepOnly(_ -> false);
      // Then
      assertThat(other.find(STEP)).isEmpty();
      assertThat(LoginStore.open(runtimeDir, "a").find(STEP)).contains(ALICE);
    }

    @Test
    void onlyThoseOfStepsThatNeedOneAreKept() throws Exception {
      // Given
      LoginStore store = LoginStore.open(runtimeDir, "a");
      store.keep(STEP, ALICE);
      store.keep(OTHER, ALICE);
      // When
      store.keepOnly(OTHER::equals);
      // Then
      assertThat(files("a")).containsExactly("8.2");
    }

    @Test
    void whatACrashLeftHalfWrittenIsRemoved() throws Exception {
      // Given
      LoginStore store = LoginStore.open(runtimeDir, "a");
      store.keep(STEP, ALICE);
      for (String name : List.of(".7.1.new", "7", "7.1.2", "x.y", "7.x", ".1", "1.99999999999")) {
        Files.writeString(runtimeDir.resolve("credentials/a").resolve(name), "{\"pass");
      }
      // When
      store.keepOnly(_ -> true);
      // Then
      assertThat(files("a")).containsExactly("7.1");
      assertThat(store.find(STEP)).contains(ALICE);
    }

    @Test
    void forgettingTwiceIsNoError() throws Exception {
      // Given
      LoginStore store = LoginStore.open(runtimeDir, "a");
      store.keep(STEP, ALICE);
      store.forget(STEP);
      // When
      store.forget(STEP);
      // Then
      assertThat(files("a")).isEmpty();
    }

    private List<String> files(String instance) throws IOException {
      return names(runtimeDir.resolve("credentials").resolve(instance));
    }
  }

  /** Where a file would reach a disk. */
  @Nested
  class Elsewhere {
    private final Path runtimeDir = Path.of("/proc"); // stands for one; nothing can be made

    @Test
    void loginsAreInMemoryOnly() throws Exception {
      // Given
      LoginStore store = LoginStore.open(runtimeDir, "a");
      // When
      store.keep(STEP, ALICE);
      // Then
      assertThat(store.find(STEP)).contains(ALICE);
      assertThat(LoginStore.open(runtimeDir, "a").find(STEP)).isEmpty();
      assertThat(runtimeDir.resolve("credentials")).doesNotExist();
    }

    @Test
    void theyAreForgottenTheSameWay() throws Exception {
      // Given
      LoginStore store = LoginStore.open(runtimeDir, "a");
      store.keep(STEP, ALICE);
      store.keepOnly(STEP::equals);
      boolean kept = store.find(STEP).isPresent();
      // When
      store.forget(STEP);
      // Then
      assertThat(kept).isTrue();
      assertThat(store.find(STEP)).isEmpty();
    }
  }

  @Test
  void theRuntimeDirectoryIsMade(@TempDir Path dir) throws Exception {
    // When
    LoginStore.open(dir.resolve("run/cranelet"), "a");
    // Then
    assertThat(dir.resolve("run/cranelet")).isDirectory();
  }

  @Test
  void nothingOfALoginIsShownAsText() {
    assertThat(ALICE.toString()).isEqualTo("login of alice at registry.example:5000");
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.map(p -> String.valueOf(p.getFileName())).sorted().toList();
    }
  }

  private static void delete(Path tree) throws IOException {
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes a) throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, IOException e) throws IOException {
            Files.delete(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
