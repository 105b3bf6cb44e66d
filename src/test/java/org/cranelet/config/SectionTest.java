package org.cranelet.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.StringReader;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;

class SectionTest {
  private final Effective effective = new Effective();

  // ---- secondsOrZero ----

  @ParameterizedTest
  @CsvSource({"0, 0", "0.0, 0", "0.001, 1", "1.5, 1500", "999999999, 999999999000"})
  void secondsMayBeZeroWhereThatMeansSomething(String text, long millis) throws Exception {
    assertThat(section("Age: " + text).secondsOrZero("Age", Duration.ofDays(1)))
        .isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "1m", "''", "1e3", "1.0001", ".5", "1000000000"})
  void whatIsNoNumberOfSecondsIsRefused(String text) throws Exception {
    Section section = section("\nAge: " + text);

    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> section.secondsOrZero("Age", Duration.ZERO))
        .withMessage(
            "f.yaml:2: Age must be a number of seconds, or 0, not '"
                + text.replace("''", "")
                + "'");
  }

  @Test
  void withoutTheKeyTheDefaultCounts() throws Exception {
    assertThat(section("{}").secondsOrZero("Age", Duration.ofDays(1)))
        .isEqualTo(Duration.ofDays(1));
    assertThat(effective.entries).containsExactly(new Effective.Entry("Age", "86400 s", "default"));
  }

  // ---- sectionsOrTexts ----

  @Test
  void aTextIsAMappingWithThatKeyOnly() throws Exception {
    // Given
    Section section = section("List:\n- one\n- {Name: two, More: 2}\n- 3\n");
    // When
    List<Section> all = section.sectionsOrTexts("List", "Name");
    // Then
    assertThat(all).hasSize(3);
    assertThat(all.get(0).string("Name", "")).isEqualTo("one");
    assertThat(all.get(0).has("More")).isFalse();
    assertThat(all.get(1).string("Name", "")).isEqualTo("two");
    assertThat(all.get(1).integer("More", 0, 0, 9)).isEqualTo(2);
    assertThat(all.get(2).string("Name", "")).isEqualTo("3");
  }

  @Test
  void whereATextStandsIsKnown() throws Exception {
    // Given
    Section second = section("List:\n- one\n- two\n").sectionsOrTexts("List", "Name").get(1);
    // When
    second.string("Name", "");
    // Then
    assertThat(second.where("Name")).isEqualTo("f.yaml:3");
    assertThat(second.name("Name")).isEqualTo("List[1].Name");
    assertThat(effective.entries)
        .containsExactly(new Effective.Entry("List[1].Name", "two", "f.yaml:3"));
  }

  @Test
  void withoutTheKeyThereAreNone() throws Exception {
    assertThat(section("{}").sectionsOrTexts("List", "Name")).isEmpty();
    assertThat(section("List: ~").sectionsOrTexts("List", "Name")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"one, \"'one'\"", "{a: b}, a mapping"})
  void whatIsNoListIsRefused(String value, String found) throws Exception {
    Section section = section("List: " + value);

    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> section.sectionsOrTexts("List", "Name"))
        .withMessage("f.yaml:1: List must be a list, not " + found.replace("\"", ""));
  }

  private Section section(String yaml) throws ConfigException {
    return new Section(
        "f.yaml", "", new Yaml(new LoaderOptions()).compose(new StringReader(yaml)), effective);
  }
}
