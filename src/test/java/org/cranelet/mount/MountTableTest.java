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
  void theRootAndProcAreMountPoints() throws IOException {
    assertThat(MountTable.mountPoints()).contains(Path.of("/"), Path.of("/proc"));
  }
}
