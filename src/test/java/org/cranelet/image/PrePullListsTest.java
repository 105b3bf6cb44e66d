package org.cranelet.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.cranelet.config.PrePullSettings;
import org.cranelet.config.PullPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrePullListsTest {
  private static final String UBUNTU = "docker.io/library/ubuntu:latest";

  private final Path directory;
  private Instant clock = Instant.parse("2026-01-31T12:00:00Z");

  PrePullListsTest(@TempDir Path dir) {
    this.directory = dir.resolve("prepull.d");
  }

  @Test
  void theConfigurationsLinesAreFirstThenThoseOfTheFilesByName() throws Exception {
    // Given
    write("20.yaml", "Images: [ubuntu, team/b]");
    write("10.yml", "Images: [team/a]");
    write("ignored.txt", "Images: [team/c]");
    write("broken.yaml.new", "Images: [");
    // When
    PrePullLists lists = lists(line("team/first", 7));
    // Then
    assertThat(lists.all().keySet())
        .containsExactly(
            "docker.io/team/first:latest",
            "docker.io/team/a:latest",
            UBUNTU,
            "docker.io/team/b:latest");
    assertThat(lists.names()).isEqualTo(lists.all().keySet());
    assertThat(line(lists, "docker.io/team/a:latest").source())
        .isEqualTo(directory.resolve("10.yml").toString());
  }

  @Test
  void ofTwoLinesForOneImageTheFirstCounts() throws Exception {
    // Given
    write("a.yaml", "Images: [{Image: docker.io/library/ubuntu:latest, Priority: 1}]");
    write("b.yaml", "Images: [{Image: 'index.docker.io/ubuntu', Priority: 2}]");
    // When
    PrePullLists lists = lists(line("ubuntu", 7));
    // Then
    assertThat(lists.all()).hasSize(1);
    assertThat(line(lists, UBUNTU).priority()).isEqualTo(7);
  }

  @Test
  void withoutADirectoryTheConfigurationsLinesAreAll() {
    // When
    PrePullLists lists = lists(line("ubuntu", 0));
    // Then
    assertThat(lists.names()).containsExactly(UBUNTU);
    assertThat(lists.lookAgain()).isEmpty();
  }

  @Test
  void aFileThatComesIsPickedUp() throws Exception {
    // Given
    PrePullLists lists = lists();
    // When
    write("a.yaml", "Images: [ubuntu]");
    // Then
    assertThat(names(lists.lookAgain())).containsExactly(UBUNTU);
    assertThat(lists.names()).containsExactly(UBUNTU);
    assertThat(lists.lookAgain()).isEmpty();
  }

  @Test
  void onlyWhatIsNewOrSaysSomethingElseIsToldOfAFileThatChanges() throws Exception {
    // Given
    write("a.yaml", "Images: [ubuntu, team/a, team/gone]");
    PrePullLists lists = lists();
    // When
    write("a.yaml", "Images: [ubuntu, {Image: team/a, Policy: Always}, team/new]");
    // Then
    assertThat(names(lists.lookAgain()))
        .containsExactly("docker.io/team/a:latest", "docker.io/team/new:latest");
    assertThat(lists.names())
        .containsExactly(UBUNTU, "docker.io/team/a:latest", "docker.io/team/new:latest");
  }

  @Test
  void aFileThatGoesTakesItsImagesAlong() throws Exception {
    // Given
    write("a.yaml", "Images: [ubuntu]");
    PrePullLists lists = lists();
    // When
    Files.delete(directory.resolve("a.yaml"));
    // Then
    assertThat(lists.lookAgain()).isEmpty();
    assertThat(lists.names()).isEmpty();
  }

  @Test
  void aFileThatCannotBeUsedHarmsNoOther() throws Exception {
    // Given
    write("a.yaml", "Images: [");
    write("b.yaml", "Images: [ubuntu, 'Not A Name']");
    write("c.yaml", "Imagez: [team/c]");
    write("d.yaml", "Images: [team/d]");
    // When
    PrePullLists lists = lists();
    // Then
    assertThat(lists.names()).containsExactly(UBUNTU, "docker.io/team/d:latest");
  }

  @Test
  void aFileThatIsMendedIsUsed() throws Exception {
    // Given
    write("a.yaml", "Images: [");
    PrePullLists lists = lists();
    // When
    write("a.yaml", "Images: [ubuntu]");
    // Then
    assertThat(names(lists.lookAgain())).containsExactly(UBUNTU);
  }

  @Test
  void aLinkToNowhereHarmsNoOther() throws Exception {
    // Given
    write("a.yaml", "Images: [ubuntu]");
    link("b.yaml");
    write("c.yaml", "Images: [team/c]");
    // When
    PrePullLists lists = lists();
    // Then
    assertThat(lists.names()).containsExactly(UBUNTU, "docker.io/team/c:latest");
    assertThat(lists.lookAgain()).isEmpty();
  }

  @Test
  void whatAFileSaidBeforeItBecameALinkToNowhereHolds() throws Exception {
    // Given
    write("a.yaml", "Images: [ubuntu]");
    write("b.yaml", "Images: [team/b]");
    PrePullLists lists = lists();
    Files.delete(directory.resolve("a.yaml"));
    link("a.yaml");
    // When
    write("b.yaml", "Images: [team/new]");
    // Then
    assertThat(names(lists.lookAgain())).containsExactly("docker.io/team/new:latest");
    assertThat(lists.names()).containsExactly(UBUNTU, "docker.io/team/new:latest");
  }

  @Test
  void aLinkToNowhereIsUsedOnceThereIsAFile() throws Exception {
    // Given
    link("a.yaml");
    PrePullLists lists = lists();
    // When
    write("nowhere", "Images: [ubuntu]");
    // Then
    assertThat(names(lists.lookAgain())).containsExactly(UBUNTU);
  }

  @Test
  void aLinkToNowhereIsToldOnceAndNotWheneverSomebodyLooks() throws Exception {
    // Given
    link("a.yaml");
    List<String> told = new CopyOnWriteArrayList<>();
    Handler handler = new Listener(told);
    Logger logger = Logger.getLogger(PrePullLists.class.getName());
    logger.addHandler(handler);
    try {
      PrePullLists lists = lists();
      // When
      lists.lookAgain();
      lists.lookAgain();
    } finally {
      logger.removeHandler(handler);
    }
    // Then
    assertThat(told).hasSize(1);
  }

  @Test
  void namesThatBeginWithADotAreNoLists() throws Exception {
    // Given
    write("a.yaml", "Images: [ubuntu]");
    write(".b.yaml", "Images: [team/b]");
    link(".#a.yaml"); // an editor's lock
    // When
    PrePullLists lists = lists();
    // Then
    assertThat(lists.names()).containsExactly(UBUNTU);
  }

  /** Hears what is logged. */
  private static final class Listener extends Handler {
    private final List<String> told;

    Listener(List<String> told) {
      this.told = told;
    }

    @Override
    public void publish(LogRecord line) {
      told.add(line.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  private void link(String name) throws IOException {
    Files.createDirectories(directory);
    Files.createSymbolicLink(directory.resolve(name), Path.of("nowhere"));
  }

  private PrePullLists lists(PrePullSettings.Image... lines) {
    return new PrePullLists(Settings.prePull(directory, lines));
  }

  private static PrePullSettings.Image line(PrePullLists lists, String name) {
    return Objects.requireNonNull(lists.all().get(name)).line();
  }

  private static PrePullSettings.Image line(String image, int priority) {
    return new PrePullSettings.Image(
        image,
        PullPolicy.IF_NOT_PRESENT,
        Optional.empty(),
        Optional.empty(),
        priority,
        "/etc/crane/config.yaml");
  }

  /** Each write has a time of its own, however fast the test is. */
  private void write(String name, String content) throws IOException {
    Files.createDirectories(directory);
    Path file = Files.writeString(directory.resolve(name), content);
    clock = clock.plusSeconds(1);
    Files.setLastModifiedTime(file, FileTime.from(clock));
  }

  private static List<String> names(List<PrePullLists.Listed> listed) {
    return listed.stream().map(l -> l.reference().toString()).toList();
  }
}
