package org.cranelet.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.cranelet.config.ImageSettings.Verify;
import org.cranelet.cri.ImageInfo;
import org.cranelet.image.reference.Reference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageRecordsTest {
  private static final String NAME = "registry.example/team/tool:1";
  private static final Reference REFERENCE = Reference.parse(NAME);
  private static final ImageInfo IMAGE = image("sha256:1", NAME);
  private static final int ROOT = 0;
  private static final int ALICE = 1000;
  private static final int BOB = 2000;

  private final Path dir;
  private final Path file;

  ImageRecordsTest(@TempDir Path dir) {
    this.dir = dir;
    this.file = dir.resolve("records.json");
  }

  // ---- who may use it ----

  @ParameterizedTest
  @CsvSource({
    // by hand, without a login, with alice's login
    "CREDENTIALS, true,  true,  false",
    "ALWAYS,      false, false, false",
    "NEVER,       true,  true,  true",
  })
  void whetherOneWhoNeverOpenedItMayUseIt(
      Verify verify, boolean byHand, boolean withoutLogin, boolean withLogin) throws Exception {
    // Given
    ImageRecords records = open(verify);
    ImageInfo imported = image("sha256:2", "registry.example/imported:1");
    ImageInfo open = image("sha256:3", "registry.example/open:1");
    records.refresh(List.of(imported), Set.of(), Instant.now());
    records.pulled(Reference.parse("registry.example/open:1"), open, false);
    // When
    pulledBy(records, ALICE);
    // Then
    assertThat(records.mayUse(imported, BOB)).isEqualTo(byHand);
    assertThat(records.mayUse(open, BOB)).isEqualTo(withoutLogin);
    assertThat(records.mayUse(IMAGE, BOB)).isEqualTo(withLogin);
  }

  @ParameterizedTest
  @EnumSource(Verify.class)
  void whoseLoginOpenedItMayUseItAndRootMayUseAll(Verify verify) throws Exception {
    // Given
    ImageRecords records = open(verify);
    // When
    pulledBy(records, ALICE);
    // Then
    assertThat(records.mayUse(IMAGE, ALICE)).isTrue();
    assertThat(records.mayUse(IMAGE, ROOT)).isTrue();
    assertThat(records.mayUse(image("sha256:9", "nobody/knows:1"), ROOT)).isTrue();
  }

  @Test
  void anotherUserMayOnceHisOwnPullSucceeded() throws Exception {
    // Given
    ImageRecords records = open();
    pulledBy(records, ALICE);
    // When
    pulledBy(records, BOB);
    // Then
    assertThat(records.mayUse(IMAGE, ALICE)).isTrue();
    assertThat(records.mayUse(IMAGE, BOB)).isTrue();
    assertThat(records.mayUse(IMAGE, 3000)).isFalse();
  }

  @Test
  void whatTheRegistryGivesWithoutALoginIsEverybodysFromThenOn() throws Exception {
    // Given
    ImageRecords records = open();
    pulledBy(records, ALICE);
    // When
    records.pulled(REFERENCE, IMAGE, false);
    // Then
    assertThat(records.mayUse(IMAGE, BOB)).isTrue();
  }

  @Test
  void whatIsEverybodysStaysSoWhenItIsPulledWithALogin() throws Exception {
    // Given
    ImageRecords records = open();
    records.pulled(REFERENCE, IMAGE, false);
    // When
    pulledBy(records, ALICE);
    // Then
    assertThat(records.mayUse(IMAGE, BOB)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {NAME, "registry.example/other:1"})
  void whatWasImportedByHandStaysEverybodysWhenItIsPulledWithALogin(String importedAs)
      throws Exception {
    // Given
    ImageRecords records = open();
    ImageInfo imported = image("sha256:1", importedAs); // nobody has looked at it yet
    // When
    records.intend(REFERENCE, List.of(imported));
    records.pulled(REFERENCE, image("sha256:1", importedAs, NAME), true);
    records.settled(REFERENCE);
    // Then
    assertThat(records.mayUse(image("sha256:1", importedAs, NAME), BOB)).isTrue();
  }

  @Test
  void whileAPullWithALoginGoesOnWhatCameOfItIsNobodys() throws Exception {
    // Given
    ImageRecords records = open();
    // When
    records.intend(REFERENCE, List.of());
    // Then
    assertThat(records.mayUse(IMAGE, BOB)).isFalse();
    assertThat(records.mayUse(image("sha256:2", "registry.example/other:1"), BOB)).isTrue();
  }

  @Test
  void aLookAtTheImagesMeanwhileDoesNotOpenIt() throws Exception {
    // Given
    ImageRecords records = open();
    records.intend(REFERENCE, List.of());
    // When
    records.refresh(List.of(IMAGE), Set.of(), Instant.now());
    records.pulled(REFERENCE, IMAGE, true);
    records.settled(REFERENCE);
    // Then
    assertThat(records.mayUse(IMAGE, BOB)).isFalse();
  }

  @Test
  void aLookAtItBeforeItHasItsNameDoesNotOpenIt() throws Exception {
    // Given
    ImageRecords records = open();
    records.intend(REFERENCE, List.of());
    // When: a runtime gives an image its names one after the other
    records.refresh(List.of(image("sha256:1")), Set.of(), Instant.now());
    records.pulled(REFERENCE, IMAGE, true);
    records.settled(REFERENCE);
    // Then
    assertThat(records.mayUse(IMAGE, BOB)).isFalse();
  }

  @Test
  void onePulledAgainWhileItWasBeingRemovedKeepsItsRecord() throws Exception {
    // Given
    ImageRecords records = open();
    pulledBy(records, ALICE);
    ImageRecords.Known before = records.find(IMAGE.id()).orElseThrow();
    pulledBy(records, ALICE);
    // When
    records.forget(IMAGE.id(), before);
    // Then
    assertThat(records.find(IMAGE.id())).isPresent();
    assertThat(records.mayUse(IMAGE, BOB)).isFalse();
  }

  @Test
  void ofTwoPullsOfOneNameTheFirstThatIsOverDoesNotOpenWhatTheOtherBrings() throws Exception {
    // Given
    ImageRecords records = open();
    records.intend(REFERENCE, List.of());
    records.intend(REFERENCE, List.of());
    // When
    records.pulled(REFERENCE, image("sha256:old"), true);
    records.settled(REFERENCE);
    // Then
    assertThat(records.mayUse(IMAGE, BOB)).isFalse();
    assertThat(open().mayUse(IMAGE, BOB)).isFalse();
  }

  @Test
  void anImageImportedAfterAFailedPullIsEverybodys() throws Exception {
    // Given
    ImageRecords records = open();
    records.intend(REFERENCE, List.of());
    records.settled(REFERENCE); // without an image
    records.refresh(List.of(), Set.of(), Instant.now());
    // When
    records.refresh(List.of(IMAGE), Set.of(), Instant.now());
    // Then
    assertThat(records.mayUse(IMAGE, BOB)).isTrue();
    assertThat(open().mayUse(IMAGE, BOB)).isTrue();
  }

  @Test
  void withVerifyAlwaysAPullWithoutALoginTakesNothingFromThoseBefore() throws Exception {
    // Given
    ImageRecords records = open(Verify.ALWAYS);
    pulledBy(records, ALICE);
    // When
    records.pulled(REFERENCE, IMAGE, false);
    records.opened(IMAGE.id(), BOB);
    // Then
    assertThat(records.mayUse(IMAGE, ALICE)).isTrue();
    assertThat(records.mayUse(IMAGE, BOB)).isTrue();
    assertThat(records.mayUse(IMAGE, 3000)).isFalse();
  }

  @Test
  void anImageNobodyPulledIsOpenedByNobody() throws Exception {
    // Given
    ImageRecords records = open();
    // When
    records.opened("sha256:gone", ALICE);
    // Then
    assertThat(records.find("sha256:gone")).isEmpty();
  }

  // ---- restarts and crashes ----

  @Test
  void allIsKnownAfterARestart() throws Exception {
    // Given
    ImageRecords records = open();
    pulledBy(records, ALICE);
    ImageInfo open = image("sha256:3", "registry.example/open:1");
    records.pulled(Reference.parse("registry.example/open:1"), open, false);
    // When
    ImageRecords again = open();
    // Then
    assertThat(again.find("sha256:1")).isEqualTo(records.find("sha256:1"));
    assertThat(again.find("sha256:3")).isEqualTo(records.find("sha256:3"));
    assertThat(again.mayUse(IMAGE, ALICE)).isTrue();
    assertThat(again.mayUse(IMAGE, BOB)).isFalse();
    assertThat(again.mayUse(open, BOB)).isTrue();
  }

  @Test
  void whatCameWhileTheDaemonWasDeadIsNobodysIfItWasBeingPulledWithALogin() throws Exception {
    // Given
    open().intend(REFERENCE, List.of());
    // When
    ImageRecords again = open(); // after a crash
    boolean before = again.mayUse(IMAGE, BOB);
    again.refresh(List.of(IMAGE), Set.of(), Instant.now());
    // Then
    assertThat(before).isFalse();
    assertThat(again.mayUse(IMAGE, BOB)).isFalse();
    assertThat(open().mayUse(IMAGE, BOB)).isFalse();
    assertThat(again.mayUse(image("sha256:2", "registry.example/other:1"), BOB)).isTrue();
  }

  @Test
  void whatWasBeingPulledBeforeACrashIsNotTakenForImportedByTheNextPull() throws Exception {
    // Given
    open().intend(REFERENCE, List.of());
    ImageRecords again = open(); // after a crash
    // When
    again.intend(REFERENCE, List.of(IMAGE));
    again.pulled(REFERENCE, IMAGE, true);
    again.settled(REFERENCE);
    // Then
    assertThat(again.mayUse(IMAGE, BOB)).isFalse();
  }

  @Test
  void whatCannotBeWrittenDownBeforehandIsNotBegun() throws Exception {
    // Given
    Path missing = file.resolveSibling("missing");
    ImageRecords records = ImageRecords.open(missing.resolve("records.json"), Verify.CREDENTIALS);
    assertThatIOException().isThrownBy(() -> records.intend(REFERENCE, List.of()));
    // When
    assertThatIOException().isThrownBy(() -> records.intend(REFERENCE, List.of()));
    // Then
    Files.createDirectory(missing);
    records.intend(REFERENCE, List.of());
    assertThat(missing.resolve("records.json")).content().contains(NAME);
  }

  @Test
  void onlyRootCanReadTheFileAndItHoldsNoPassword() throws Exception {
    // Given
    ImageRecords records = open();
    // When
    pulledBy(records, ALICE);
    // Then
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(file).content().contains("1000").doesNotContainIgnoringCase("password", "secret");
    assertThat(siblings()).containsExactly("records.json");
  }

  /** A file that cannot be used. */
  @Nested
  class Corrupt {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "{",
          "[]",
          "{\"version\":2,\"images\":{},\"intents\":[]}",
          "{\"version\":1}",
          "{\"version\":1,\"images\":{\"sha256:1\":{\"everybody\":true}},\"intents\":[]}",
        })
    void itIsSetAsideAndAllThatIsThereIsNobodys(String content) throws Exception {
      // Given
      Files.writeString(file, content);
      // When
      ImageRecords records = open();
      // Then
      assertThat(file.resolveSibling("records.json.set-aside")).hasContent(content);
      assertThat(records.mayUse(IMAGE, ALICE)).isFalse();
      assertThat(records.mayUse(IMAGE, ROOT)).isTrue();
    }

    @Test
    void afterTheNextLookOnlyWhatWasThereThenIsNobodys() throws Exception {
      // Given
      Files.writeString(file, "{");
      ImageRecords records = open();
      // When
      records.refresh(List.of(IMAGE), Set.of(), Instant.now());
      // Then
      ImageInfo later = image("sha256:2", "registry.example/other:1");
      for (ImageRecords each : List.of(records, open())) {
        assertThat(each.mayUse(IMAGE, ALICE)).isFalse();
        assertThat(each.mayUse(later, ALICE)).isTrue();
      }
    }

    @Test
    void aCrashBeforeTheNextLookOpensNothing() throws Exception {
      // Given
      Files.writeString(file, "{");
      ImageRecords records = open();
      records.intend(Reference.parse("registry.example/else:1"), List.of());
      // When
      ImageRecords again = open();
      // Then
      assertThat(again.mayUse(IMAGE, ALICE)).isFalse();
    }

    @Test
    void whatIsPulledMeanwhileIsRecordedAsEver() throws Exception {
      // Given
      Files.writeString(file, "{");
      ImageRecords records = open();
      // When
      records.pulled(REFERENCE, IMAGE, false);
      // Then
      assertThat(records.mayUse(IMAGE, ALICE)).isTrue();
    }
  }

  // ---- what is on the node ----

  @Test
  void whatIsGoneLosesItsRecord() throws Exception {
    // Given
    ImageRecords records = open();
    pulledBy(records, ALICE);
    // When
    records.refresh(List.of(image("sha256:2")), Set.of(), Instant.now().plusSeconds(1));
    // Then
    assertThat(records.find("sha256:1")).isEmpty();
    assertThat(open().find("sha256:1")).isEmpty();
  }

  @Test
  void aRuntimeWithoutItsDiskLosesNoRecord() throws Exception {
    // Given
    ImageRecords records = open();
    pulledBy(records, ALICE);
    // When
    records.refresh(List.of(), Set.of(), Instant.now().plusSeconds(1));
    // Then
    assertThat(records.mayUse(IMAGE, BOB)).isFalse();
  }

  @Test
  void whatWasPulledWhileTheListWasMadeKeepsItsRecord() throws Exception {
    // Given
    ImageRecords records = open();
    Instant asked = Instant.now();
    pulledBy(records, ALICE);
    // When
    records.refresh(List.of(), Set.of(), asked);
    // Then
    assertThat(records.mayUse(IMAGE, ALICE)).isTrue();
    assertThat(records.mayUse(IMAGE, BOB)).isFalse();
  }

  @Test
  void whatIsFoundGetsARecordOfThatTime() throws Exception {
    // Given
    ImageRecords records = open();
    Instant asked = Instant.parse("2026-01-31T12:00:00Z");
    // When
    records.refresh(List.of(IMAGE), Set.of(), asked);
    // Then
    assertThat(records.find("sha256:1"))
        .contains(new ImageRecords.Known(asked, asked, true, Set.of()));
  }

  @Test
  void whatIsInUseWasUsedNowAndWhatIsNotWasUsedBefore() throws Exception {
    // Given
    ImageRecords records = open();
    Instant early = Instant.parse("2026-01-31T12:00:00Z");
    Instant late = early.plusSeconds(60);
    ImageInfo idle = image("sha256:2", "registry.example/idle:1");
    records.refresh(List.of(IMAGE, idle), Set.of(), early);
    // When
    records.refresh(List.of(IMAGE, idle), Set.of("sha256:1"), late);
    // Then
    for (ImageRecords each : List.of(records, open())) {
      assertThat(each.find("sha256:1").orElseThrow().lastUsed()).isEqualTo(late);
      assertThat(each.find("sha256:1").orElseThrow().firstSeen()).isEqualTo(early);
      assertThat(each.find("sha256:2").orElseThrow().lastUsed()).isEqualTo(early);
    }
  }

  @Test
  void aUseIsNotedAndWrittenWithTheNextLook() throws Exception {
    // Given
    ImageRecords records = open();
    Instant early = Instant.parse("2026-01-31T12:00:00Z");
    records.refresh(List.of(IMAGE), Set.of(), early);
    records.used("sha256:1");
    // When
    records.refresh(List.of(IMAGE), Set.of(), early);
    // Then
    assertThat(open().find("sha256:1").orElseThrow().lastUsed()).isAfter(early);
  }

  // ---- helpers ----

  private ImageRecords open() throws IOException {
    return open(Verify.CREDENTIALS);
  }

  private ImageRecords open(Verify verify) throws IOException {
    return ImageRecords.open(file, verify);
  }

  /** As the puller does it for a user's login. */
  private static void pulledBy(ImageRecords records, int uid) throws IOException {
    records.intend(REFERENCE, List.of());
    records.pulled(REFERENCE, IMAGE, true);
    records.settled(REFERENCE);
    records.opened(IMAGE.id(), uid);
  }

  private List<String> siblings() throws IOException {
    try (Stream<Path> all = Files.list(dir)) {
      return all.map(p -> String.valueOf(p.getFileName())).toList();
    }
  }

  private static ImageInfo image(String id, String... names) {
    return new ImageInfo(id, List.of(names), List.of(), 1 << 20, false);
  }
}
