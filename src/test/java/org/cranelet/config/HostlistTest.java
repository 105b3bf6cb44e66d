package org.cranelet.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostlistTest {
  static Stream<Arguments> expansions() {
    return Stream.of(
        arguments("cn15", List.of("cn15")),
        arguments("cn[15-16]", List.of("cn15", "cn16")),
        arguments("cn[1-3,5]", List.of("cn1", "cn2", "cn3", "cn5")),
        arguments("a[01-04]", List.of("a01", "a02", "a03", "a04")),
        arguments("a[08-11]", List.of("a08", "a09", "a10", "a11")),
        arguments("a[9-11]", List.of("a9", "a10", "a11")),
        arguments("r[1-2]n[1-2]", List.of("r1n1", "r1n2", "r2n1", "r2n2")),
        arguments("cn1, cn[3-4] ,x", List.of("cn1", "cn3", "cn4", "x")),
        arguments("cn[1, 3]", List.of("cn1", "cn3")),
        arguments("n[1-2]-ib", List.of("n1-ib", "n2-ib")),
        arguments("/dev/nvidia[0-1]", List.of("/dev/nvidia0", "/dev/nvidia1")),
        arguments("nvidia.com/gpu=[0-1]", List.of("nvidia.com/gpu=0", "nvidia.com/gpu=1")),
        arguments("cn[7-7]", List.of("cn7")));
  }

  @ParameterizedTest
  @MethodSource("expansions")
  void expandsInOrder(String hostlist, List<String> names) {
    assertThat(Hostlist.expand(hostlist)).isEqualTo(names);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", ",", "a,,b", "a,", ",a"})
  void refusesEmptyNames(String hostlist) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Hostlist.expand(hostlist))
        .withMessage("an empty name in '%s'", hostlist);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cn[1-2", "cn1-2]", "cn]1[", "cn[[1]]", "cn[1-2]]"})
  void refusesUnbalancedBrackets(String hostlist) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Hostlist.expand(hostlist))
        .withMessage("unbalanced brackets in '%s'", hostlist);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cn[]          | ''      | is not a number or a range of them",
        "cn[a-b]       | 'a-b'   | is not a number or a range of them",
        "cn[1-2-3]     | '1-2-3' | is not a number or a range of them",
        "cn[1-]        | '1-'    | is not a number or a range of them",
        "cn[-1]        | '-1'    | is not a number or a range of them",
        "cn[1,,2]      | ''      | is not a number or a range of them"
      })
  void refusesWhatIsNoRange(String hostlist, String range, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Hostlist.expand(hostlist))
        .withMessage("'" + range + "' " + message);
  }

  @Test
  void refusesARangeThatRunsBackwards() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Hostlist.expand("cn[5-3]"))
        .withMessage("the range '5-3' runs backwards");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cn[1-999999999]",
        "cn[1-999999999999999999]",
        "a[1-1000]b[1-1000]",
        "a[1-60000],b[1-60000]"
      })
  void refusesMoreNamesThanAnyClusterHas(String hostlist) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Hostlist.expand(hostlist))
        .withMessage("more than 100000 names");
  }

  @Property(tries = 200)
  void aRangeHasOneNameForEachNumberAndKeepsItsZeros(
      @ForAll @IntRange(min = 0, max = 5000) int first,
      @ForAll @IntRange(min = 0, max = 300) int more,
      @ForAll @IntRange(min = 1, max = 8) int width) {
    String head = padded(first, width);

    List<String> names = Hostlist.expand("cn[" + head + "-" + (first + more) + "]");

    assertThat(names).hasSize(more + 1).doesNotHaveDuplicates();
    for (int i = 0; i <= more; i++) {
      assertThat(names.get(i)).isEqualTo("cn" + padded(first + i, width));
    }
  }

  private static String padded(int number, int width) {
    String digits = Integer.toString(number);
    return "0".repeat(Math.max(0, width - digits.length())) + digits;
  }
}
