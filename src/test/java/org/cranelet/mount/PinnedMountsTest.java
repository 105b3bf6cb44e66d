package org.cranelet.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cranelet.os.RecordingCommands;
import org.cranelet.pod.ContainerSpec;
import org.cranelet.pod.Contribution.ContributionException;
import org.cranelet.pod.Identity;
import org.cranelet.pod.Mount;
import org.cranelet.pod.Resources;
import org.cranelet.pod.StepRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PinnedMountsTest {
  private static final StepRef STEP = new StepRef(7, 2);
  private static final String HELD = "/proc/" + RecordingCommands.HELD_PID + "/fd/3";

  private final List<String> unbindable;
  private final RecordingCommands commands = new RecordingCommands();
  private final Path root;
  private final PinnedMounts mounts;

  PinnedMountsTest(@TempDir Path dir) {
    this.root = dir.resolve("mounts");
    this.mounts = new PinnedMounts(root, commands);
    this.unbindable = List.of("mount", "--bind", "--make-unbindable", root + "/7.2", root + "/7.2");
  }

  @Test
  void aContainerWithoutMountsNeedsNothing() throws ContributionException {
    // Given
    ContainerSpec spec = spec();
    // When
    ContainerSpec applied = mounts.apply(spec);
    // Then
    assertThat(applied).isSameAs(spec);
    assertThat(commands.held()).isEmpty();
    assertThat(root).doesNotExist();
  }

  @Test
  void theRuntimeIsGivenThePinnedPath() throws ContributionException {
    // Given
    commands.heldSays("directory");
    ContainerSpec spec =
        spec(new Mount("/home/alice/in", "/in", true), new Mount("/home/alice/in", "/out", false));
    // When
    ContainerSpec applied = mounts.apply(spec);
    // Then
    assertThat(applied.mounts())
        .containsExactly(
            new Mount(root + "/7.2/0", "/in", true), new Mount(root + "/7.2/1", "/out", false));
    assertThat(root.resolve("7.2/0")).isDirectory();
    assertThat(applied.withMounts(spec.mounts())).isEqualTo(spec);
  }

  @Test
  void theSourceIsOpenedWithTheUsersCredentialsOnly() throws ContributionException {
    // Given
    commands.heldSays("directory");
    // When
    mounts.apply(spec(new Mount("/home/alice/it's; $(x)", "/in", true)));
    // Then
    List<String> argv = commands.held().getFirst();
    assertThat(argv)
        .startsWith("setpriv", "--reuid=1000", "--regid=100", "--groups=100,101")
        .contains("--no-new-privs", "--inh-caps=-all")
        .endsWith("sh", "/home/alice/it's; $(x)");
    assertThat(argv.get(argv.indexOf("-c") + 1)).doesNotContain("alice");
  }

  @Test
  void rootMountsWhatTheChildHoldsAndNeverAName() throws ContributionException {
    // Given
    commands.heldSays("directory");
    // When
    mounts.apply(spec(new Mount("/home/alice/in", "/in", true)));
    // Then
    String target = root + "/7.2/0";
    assertThat(commands.ran())
        .containsExactly(
            unbindable,
            List.of("mount", "-c", "--rbind", HELD, target),
            List.of("mount", "--make-rslave", target));
    assertThat(commands.open()).isZero();
  }

  @Test
  void aFileIsMountedOnAFile() throws ContributionException {
    // Given
    commands.heldSays("file");
    // When
    mounts.apply(spec(new Mount("/home/alice/data.csv", "/data.csv", true)));
    // Then
    assertThat(root.resolve("7.2/0")).isRegularFile();
  }

  @Test
  void whatChangedItsKindBeforeARestartIsMountedAnew() throws Exception {
    // Given
    Files.createDirectories(root.resolve("7.2"));
    Files.createFile(root.resolve("7.2/0"));
    commands.heldSays("directory");
    // When
    mounts.apply(spec(new Mount("/home/alice/in", "/in", true)));
    // Then
    assertThat(root.resolve("7.2/0")).isDirectory();
  }

  // ---- failures ----

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sh: 1: cannot open /home/bob/x: Permission denied       | Permission denied",
        "sh: 1: cannot open /home/bob/x: No such file            | No such file",
        "sh: line 1: /home/bob/x: Permission denied              | Permission denied",
        "neither a file nor a directory                          | neither a file nor a directory",
        "''                                                      | it cannot be opened"
      })
  void whatTheUserMayNotOpenIsNotMounted(String said, String reason) {
    // Given
    commands.heldSays(said);
    ContainerSpec spec = spec(new Mount("/home/bob/x", "/x", true));
    // When
    assertThatExceptionOfType(ContributionException.class)
        .isThrownBy(() -> mounts.apply(spec))
        // Then
        .withMessage("cannot mount /home/bob/x: " + reason);
    assertThat(commands.ran()).containsExactly(unbindable);
    assertThat(commands.open()).isZero();
    assertNothingLeftAfterUndo();
  }

  @Test
  void aHolderThatWasKilledProvesNothing() {
    // Given
    commands.heldSays("directory").heldDies();
    ContainerSpec spec = spec(new Mount("/home/alice/in", "/in", true));
    // When
    assertThatExceptionOfType(ContributionException.class)
        .isThrownBy(() -> mounts.apply(spec))
        // Then
        .withMessage("cannot mount /home/alice/in: its holder was killed");
    assertThat(commands.ran().getLast())
        .containsExactly("umount", "--recursive", "--lazy", root + "/7.2/0");
    assertThat(commands.open()).isZero();
    assertNothingLeftAfterUndo();
  }

  @Test
  void aMountThatFailsIsToldInMountsWords() {
    // Given
    commands.heldSays("directory").answer("--rbind", 32, "mount: permission denied");
    ContainerSpec spec = spec(new Mount("/home/alice/in", "/in", true));
    // When
    assertThatExceptionOfType(ContributionException.class)
        .isThrownBy(() -> mounts.apply(spec))
        // Then
        .withMessage("cannot mount for step 7.2: mount: permission denied");
    assertThat(commands.open()).isZero();
    assertNothingLeftAfterUndo();
  }

  // ---- undo ----

  @Test
  void undoLeavesOtherStepsAlone() throws ContributionException {
    // Given
    commands.heldSays("directory");
    mounts.apply(spec(new Mount("/home/alice/in", "/in", true)));
    mounts.apply(spec(new StepRef(7, 22), new Mount("/home/alice/in", "/in", true)));
    // When
    mounts.undo(STEP);
    // Then
    assertThat(root.resolve("7.2/0")).doesNotExist();
    assertThat(root.resolve("7.22/0")).isDirectory();
  }

  @Test
  void undoOfTheLastStepLeavesNothing() throws ContributionException {
    // Given
    commands.heldSays("directory");
    mounts.apply(spec(new Mount("/a", "/a", true), new Mount("/b", "/b", true)));
    // When
    boolean undone = mounts.undo(STEP);
    // Then
    assertThat(undone).isTrue();
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void whatSomebodyElsePutThereIsKeptAndSaid() throws IOException {
    // Given
    Path foreign = Files.createDirectories(root.resolve("7.2/0/foreign"));
    // When
    boolean undone = mounts.undo(STEP);
    // Then
    assertThat(undone).isFalse();
    assertThat(foreign).isDirectory();
  }

  @Test
  void undoOfNothingIsNoError() {
    assertThat(mounts.undo(STEP)).isTrue();
  }

  @Test
  void undoFollowsNoLink() throws IOException {
    // Given
    Path precious = Files.createDirectories(root.resolve("precious"));
    Files.createFile(precious.resolve("0"));
    Files.createSymbolicLink(root.resolve("7.2"), precious);
    // When
    mounts.undo(STEP);
    // Then
    assertThat(precious.resolve("0")).exists();
  }

  // ---- tools ----

  private void assertNothingLeftAfterUndo() {
    mounts.undo(STEP);
    assertThat(root.resolve("7.2")).doesNotExist();
  }

  private static ContainerSpec spec(Mount... mounts) {
    return spec(STEP, mounts);
  }

  private static ContainerSpec spec(StepRef step, Mount... mounts) {
    return new ContainerSpec(
        step,
        new Identity(1000, 100, List.of(100, 101)),
        "job-7-2",
        "busybox",
        List.of(),
        List.of(),
        "",
        Map.of(),
        List.of(mounts),
        Optional.empty(),
        new Resources(1, 64L << 20, 0),
        false,
        "2.log",
        Map.of(),
        Map.of());
  }
}
