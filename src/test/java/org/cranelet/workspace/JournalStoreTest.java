package org.cranelet.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalStoreTest {
  private final Path dir;
  private final JournalStore store;

  JournalStoreTest(@TempDir Path dir) {
    this.dir = dir;
    this.store = new JournalStore(dir);
  }

  @Test
  void aRecordReplacesTheOneBeforeIt() throws IOException {
    // Given
    store.write(5, bytes("old and long"));
    // When
    store.write(5, bytes("new"));
    // Then
    assertThat(dir.resolve("5.json")).hasContent("new");
    assertThat(dir).isDirectoryNotContaining("glob:**.new");
  }

  @Test
  void aTemporaryFileOfACrashIsOverwritten() throws IOException {
    // Given
    Files.writeString(dir.resolve(".5.json.new"), "half of something long");
    // When
    store.write(5, bytes("whole"));
    // Then
    assertThat(store.readAll().get(5L)).isEqualTo(bytes("whole"));
  }

  @Test
  void settingAsideKeepsTheContent() throws IOException {
    // Given
    store.write(5, bytes("odd"));
    // When
    store.setAside(5, "it is odd");
    // Then
    assertThat(dir.resolve("set-aside/5.json")).hasContent("odd");
    assertThat(store.readAll()).isEmpty();
  }

  @Test
  void whatCannotBeReadIsSetAsideAndTheOthersAreRead() throws IOException {
    // Given
    store.write(4, bytes("good"));
    Files.createDirectory(dir.resolve("5.json"));
    // When
    SortedMap<Long, byte[]> all = store.readAll();
    // Then
    assertThat(all).containsOnlyKeys(4L);
    assertThat(dir.resolve("set-aside/5.json")).isDirectory();
    assertThat(store.highest()).isEqualTo(5);
  }

  @Test
  void theHighestIdIsNeverLowered() throws IOException {
    // Given
    store.noteHighest(9);
    // When
    store.noteHighest(3);
    // Then
    assertThat(new JournalStore(dir).highest()).isEqualTo(9);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
