package org.cranelet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.cranelet.image.reference.Login;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageLoginTest {
  private static RunCommand run(String image) {
    RunCommand run = new RunCommand();
    run.image = image;
    run.containerUser = "me";
    run.containerPassword = "secret";
    return run;
  }

  @ParameterizedTest
  @CsvSource({
    "busybox, docker.io",
    "R.Test/app:1, r.test",
    "localhost:5000/app, localhost:5000",
    "index.docker.io/library/app, docker.io"
  })
  void aLoginIsForTheRegistryOfTheImage(String image, String registry) {
    assertThat(ImageLogin.of(run(image))).contains(new Login(registry, "me", "secret"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "A B", "r.test/UPPER", "r.test/a:b:c"})
  void whatIsNoReferenceIsSentWithoutALogin(String image) {
    assertThat(ImageLogin.of(run(image))).isEmpty();
  }
}
