package org.cranelet.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MountTableTest {
  @ParameterizedTest
  @CsvSource(
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "/plain,/plain",
        "/a\\040b,/a b",
        "/a\\011b,/a\tb",
        "/a\\134b,/a\\b",
        "/a\\134040b,/a\\040b",
        "/a\\134134b,/a\\134b",
        "/käse,/käse"
      })
  void whatTheKernelEscapedIsPutBack(String field, String path) {
    assertThat(MountTable.unescape(field)).isEqualTo(path);
  }

  @Test
  void aNewlineIsPutBack() {
    assertThat(MountTable.unescape("/a\\012b")).isEqualTo("/a\nb");
  }

  @Property(tries = 500)
  void everyNameComesBackAsItWas(
      @ForAll @Chars({' ', '\t', '\n', '\\', '#'}) @CharRange(from = '0', to = '4') String name) {
    String asTheKernelWrites =
        name.replace("\\", "\\134")
            .replace(" ", "\\040")
            .replace("\t", "\\011")
            .replace("\n", "\\012");

    assertThat(MountTable.unescape(asTheKernelWrites)).isEqualTo(name);
  }

  @Test
  void whatIsMountedBelowADirectoryIsFound() throws IOException {
    assertThat(MountTable.mountPoints(Path.of("/proc"))).contains(Path.of("/proc"));
    assertThat(MountTable.mountPoints(Path.of("/pro"))).isEmpty();
  }

  /** Anybody may mount on such a name, by way of FUSE. */
  @Test
  void namesElsewhereMayBeAnything() {
    String table =
        "36 35 98:0 / /bad\ufffd\0 rw - fuse fuse rw\n"
            + "37 35 98:0 / /ours/7.2 rw unbindable - ext4 /dev/sda rw\n";

    assertThat(MountTable.mountPoints(table, Path.of("/ours")))
        .containsExactly(Path.of("/ours/7.2"));
  }
}
