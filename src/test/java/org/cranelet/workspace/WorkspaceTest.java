package org.cranelet.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkspaceTest {
  private final Path root;

  WorkspaceTest(@TempDir Path dir) {
    this.root = dir.resolve("crane/containers");
  }

  @Test
  void theTreeIsMadeWhereItIsMissing() throws IOException {
    try (Workspace workspace = Workspace.open(root)) {
      assertThat(workspace.journal()).isEqualTo(root.resolve("journal")).isDirectory();
      assertThat(workspace.logs()).isEqualTo(root.resolve("logs")).isDirectory();
      assertThat(workspace.mounts()).isEqualTo(root.resolve("mounts")).isDirectory();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'',      rwx--x--x",
    "journal, rwx------",
    "logs,    rwx--x--x",
    "mounts,  rwx------",
  })
  void modesArePutRight(String name, String mode) throws IOException {
    // Given
    Files.createDirectories(root.resolve(name));
    Files.setPosixFilePermissions(root.resolve(name), PosixFilePermissions.fromString("rwxrwxrwx"));
    // When
    Workspace.open(root).close();
    // Then
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve(name))))
        .isEqualTo(mode);
  }

  @Test
  void aSecondDaemonIsRefused() throws IOException {
    try (Workspace first = Workspace.open(root)) {
      assertThat(first.instance()).isNotEmpty();

      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> Workspace.open(root))
          .withMessage("another cranelet uses " + root);
    }
  }

  @Test
  void theNextDaemonMayHaveIt() throws IOException {
    // Given
    Workspace.open(root).close();
    // When
    try (Workspace next = Workspace.open(root)) {
      // Then
      assertThat(next.journal()).isDirectory();
    }
  }

  @Test
  void theInstanceStaysTheSame() throws IOException {
    // Given
    String first = instanceAt(root);
    // When
    String second = instanceAt(root);
    // Then
    assertThat(second).isEqualTo(first).hasSize(36);
  }

  @Test
  void anotherDirectoryIsAnotherInstance() throws IOException {
    // Given
    String first = instanceAt(root);
    // When
    String other = instanceAt(root.resolveSibling("other"));
    // Then
    assertThat(other).isNotEqualTo(first);
  }

  private static String instanceAt(Path root) throws IOException {
    try (Workspace workspace = Workspace.open(root)) {
      return workspace.instance();
    }
  }
}
