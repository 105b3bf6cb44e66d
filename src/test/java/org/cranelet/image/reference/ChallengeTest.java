package org.cranelet.image.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChallengeTest {
  @Test
  void aBearerChallengeSaysWhereTheTokenIs() {
    // When
    List<Challenge> all =
        Challenge.parse(
            List.of("Bearer realm=\"https://a.test/token\",service=\"r.test\", scope=\"a:b,c\""));
    // Then
    assertThat(all)
        .containsExactly(
            new Challenge(
                "bearer",
                Map.of("realm", "https://a.test/token", "service", "r.test", "scope", "a:b,c")));
  }

  @Test
  void oneHeaderMayHoldSeveral() {
    // When
    List<Challenge> all =
        Challenge.parse(
            List.of(
                "Negotiate YWJj==, NTLM, Basic realm=\"x, \\\"y\\\"\" , charset=UTF-8,BEARER a=b"));
    // Then
    assertThat(all)
        .containsExactly(
            new Challenge("negotiate", Map.of()),
            new Challenge("ntlm", Map.of()),
            new Challenge("basic", Map.of("realm", "x, \"y\"", "charset", "UTF-8")),
            new Challenge("bearer", Map.of("a", "b")));
  }

  @Test
  void severalHeadersMayHoldOneEach() {
    assertThat(Challenge.parse(List.of("Basic realm=a", "Bearer realm=b")))
        .extracting(Challenge::scheme)
        .containsExactly("basic", "bearer");
  }

  @Test
  void theFirstOfTwoParametersOfANameCounts() {
    assertThat(Challenge.parse(List.of("Bearer realm=a, REALM=b")).getFirst().parameter("realm"))
        .contains("a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " , ,", "=", "\"Basic\"", "realm=\"x\"", "é"})
  void whatIsNoChallengeIsNone(String header) {
    assertThat(Challenge.parse(List.of(header))).isEmpty();
  }

  @Test
  void fromWhereItCannotBeUnderstoodItsRestIsLeftOut() {
    assertThat(Challenge.parse(List.of("Basic realm=x, Bearer realm=\"https://open")))
        .containsExactly(
            new Challenge("basic", Map.of("realm", "x")), new Challenge("bearer", Map.of()));
  }

  @Test
  void aLongHeaderIsReadOrLeftAlone() {
    assertThat(Challenge.parse(List.of("Basic realm=\"" + "\\a".repeat(4000) + "\""))).hasSize(1);
    assertThat(Challenge.parse(List.of("Basic realm=\"" + "a".repeat(9000) + "\""))).isEmpty();
  }

  @Property
  void nothingMakesItFail(@ForAll String header) {
    assertThat(Challenge.parse(List.of(header))).isNotNull();
  }
}
