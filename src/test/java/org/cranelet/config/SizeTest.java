package org.cranelet.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizeTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1024, 1024",
    "1024B, 1024",
    "1K, 1024",
    "1KB, 1024",
    "1k, 1024",
    "512M, 536870912",
    "512mb, 536870912",
    "8G, 8589934592",
    "2T, 2199023255552",
    "1.5G, 1610612736",
    "0.5K, 512",
    "' 3 M ', 3145728"
  })
  void readsSizesInPowersOf1024(String text, long bytes) {
    assertThat(Size.parse(text, ' ')).isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({"64, 67108864", "64B, 64", "64K, 65536", "1G, 1073741824"})
  void aBareNumberCountsTheDefaultUnit(String text, long bytes) {
    assertThat(Size.parse(text, 'M')).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "M", "-1M", "1P", "1.M", ".5G", "1 2", "1e3", "1MiB", "0x10", "1,5G"})
  void refusesWhatIsNoSize(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Size.parse(text, ' '))
        .withMessage("'%s' is not a size (a number with K, M, G or T, such as 512M)", text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"999999999999T", "8388608T"})
  void refusesWhatNoLongHolds(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Size.parse(text, ' '))
        .withMessage("'%s' is too large", text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0B",
    "512, 512B",
    "1024, 1K",
    "536870912, 512M",
    "1610612736, 1.5G",
    "2199023255552, 2T",
    "2251799813685248, 2048T"
  })
  void isShortForPeople(long bytes, String text) {
    assertThat(Size.text(bytes)).isEqualTo(text);
  }

  @Property(tries = 300)
  void whatIsWholeInItsUnitIsReadBackAsItWasWritten(
      @ForAll @LongRange(min = 1, max = 1023) long number,
      @ForAll @LongRange(min = 0, max = 4) long power) {
    long bytes = number << (10 * power);

    String text = Size.text(bytes);

    assertThat(Size.parse(text, ' ')).isEqualTo(bytes);
  }
}
