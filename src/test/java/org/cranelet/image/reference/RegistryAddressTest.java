package org.cranelet.image.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryAddressTest {
  @ParameterizedTest
  @CsvSource({
    "r.test, r.test, https://r.test/v2/",
    "R.test:5000, r.test:5000, https://r.test:5000/v2/",
    "https://r.test/, r.test, https://r.test/v2/",
    "HTTPS://r.test/v1/x, r.test, https://r.test/v2/",
    "http://r.test, r.test, http://r.test/v2/",
    "docker.io, docker.io, https://registry-1.docker.io/v2/",
    "https://index.docker.io/v1/, docker.io, https://registry-1.docker.io/v2/",
    "localhost, localhost, https://localhost/v2/ http://localhost/v2/",
    "127.0.0.9:5, 127.0.0.9:5, https://127.0.0.9:5/v2/ http://127.0.0.9:5/v2/",
    "'[::1]:5', '[::1]:5', https://[::1]:5/v2/ http://[::1]:5/v2/",
    "http://localhost:5, localhost:5, http://localhost:5/v2/",
    "127.0.0.1.evil.test, 127.0.0.1.evil.test, https://127.0.0.1.evil.test/v2/",
    "localhost.evil.test, localhost.evil.test, https://localhost.evil.test/v2/",
    "10.1.1.1, 10.1.1.1, https://10.1.1.1/v2/"
  })
  void itIsAskedWithTlsUnlessItIsLocalOrTheUserSaysSo(String text, String registry, String bases) {
    // When
    RegistryAddress address = RegistryAddress.parse(text);
    // Then
    assertThat(address.registry()).isEqualTo(registry);
    assertThat(address.bases())
        .containsExactlyElementsOf(Arrays.stream(bases.split(" ")).map(URI::create).toList());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "https://",
        "r.test:",
        "r.test:99x",
        "r.test:123456",
        "r test",
        "ftp://r.test",
        "me@r.test",
        "https://me:pass@r.test/",
        "-r.test",
        "[::1",
        "r.test\n",
        "rgistry"
      })
  void whatIsNoRegistryIsRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RegistryAddress.parse(text))
        .withMessageContaining("is not a registry");
  }
}
