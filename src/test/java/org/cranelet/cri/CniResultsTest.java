package org.cranelet.cri;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CniResultsTest {
  private final Path dir;

  CniResultsTest(@TempDir Path dir) {
    this.dir = dir;
  }

  @Test
  void onlyWhatCannotBeReadAndIsThisSandboxesIsRemoved() throws IOException {
    // Given
    Files.writeString(dir.resolve("pods-ours-eth0"), "{\"cniVersion\": \"1.0");
    Files.createFile(dir.resolve("pods-ours-eth1"));
    Files.writeString(dir.resolve("pods-ours-lo"), "{}");
    Files.writeString(dir.resolve("pods-others-eth0"), "{");
    // When
    boolean dropped = new CniResults(dir).dropUnreadable("ours");
    // Then
    assertThat(dropped).isTrue();
    assertThat(dir.resolve("pods-ours-eth0")).doesNotExist();
    assertThat(dir.resolve("pods-ours-eth1")).doesNotExist();
    assertThat(dir.resolve("pods-ours-lo")).exists();
    assertThat(dir.resolve("pods-others-eth0")).exists();
  }

  @Test
  void whereThereIsNoneNothingIsRemoved() {
    assertThat(new CniResults(dir.resolve("none")).dropUnreadable("ours")).isFalse();
  }
}
