package org.cranelet.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.cranelet.config.ImageSettings.Verify;
import org.cranelet.cri.ImageInfo;
import org.cranelet.image.reference.Reference;

class ImageRecordsPropertyTest {
  private static final Reference REFERENCE = Reference.parse("registry.example/team/tool:1");
  private static final ImageInfo IMAGE =
      new ImageInfo("sha256:1", List.of(REFERENCE.toString()), List.of(), 1, false);

  /**
   * A pull of the image.
   *
   * @param withLogin whether the user showed one
   * @param works whether the registry gave it
   */
  record Try(int uid, boolean withLogin, boolean works) {}

  @Property(tries = 100)
  void whoMayUseAnImageFollowsFromWhoPulledIt(
      @ForAll @Size(max = 6) List<@From("tries") Try> tries, @ForAll Verify verify)
      throws IOException {
    // Given
    Path directory = Files.createTempDirectory("records");
    Path file = directory.resolve("records.json");
    ImageRecords records = ImageRecords.open(file, verify);
    // When
    for (Try each : tries) {
      run(each, records);
    }
    // Then
    boolean known = tries.stream().anyMatch(Try::works);
    if (known) {
      Set<Integer> expected = expected(tries, verify);
      assertThat(who(records)).isEqualTo(expected);
      assertThat(who(ImageRecords.open(file, verify))).isEqualTo(expected);
    }
    Files.deleteIfExists(file);
    Files.delete(directory);
  }

  private static void run(Try each, ImageRecords records) throws IOException {
    if (each.withLogin()) {
      records.intend(REFERENCE, List.of());
    }
    if (each.works()) {
      records.pulled(REFERENCE, IMAGE, each.withLogin());
      records.opened(IMAGE.id(), each.uid());
    }
    if (each.withLogin()) {
      records.settled(REFERENCE);
    }
  }

  private static Set<Integer> expected(List<Try> tries, Verify verify) {
    boolean open = tries.stream().anyMatch(t -> t.works() && !t.withLogin());
    Set<Integer> who = new TreeSet<>(Set.of(0));
    for (int uid = 1; uid <= 4; uid++) {
      int user = uid;
      boolean opened = tries.stream().anyMatch(t -> t.works() && t.uid() == user);
      boolean everybody = verify == Verify.NEVER || verify == Verify.CREDENTIALS && open;
      if (opened || everybody) {
        who.add(uid);
      }
    }
    return who;
  }

  private static Set<Integer> who(ImageRecords records) {
    Set<Integer> who = new TreeSet<>();
    for (int uid = 0; uid <= 4; uid++) {
      if (records.mayUse(IMAGE, uid)) {
        who.add(uid);
      }
    }
    return who;
  }

  @Provide
  Arbitrary<Try> tries() {
    return Combinators.combine(
            Arbitraries.integers().between(1, 4),
            Arbitraries.of(true, false),
            Arbitraries.of(true, false))
        .as(Try::new);
  }
}
