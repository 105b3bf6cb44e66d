package org.cranelet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Optional;
import org.cranelet.image.reference.Login;
import org.cranelet.proto.crane.ContainerJobAdditionalMeta.ImageInfo;
import org.cranelet.proto.crane.JobToCtld;
import org.cranelet.proto.crane.PodJobAdditionalMeta.PortMapping;
import org.cranelet.proto.crane.StepToCtld;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunRequestTest {
  @ParameterizedTest
  @CsvSource({
    "8080, '', 8080, 8080, TCP",
    "8080:80, '', 8080, 80, TCP",
    "8080:80/tcp, '', 8080, 80, TCP",
    "53:5353/udp, '', 53, 5353, UDP",
    "53/UDP, '', 53, 53, UDP",
    "9:9/sctp, '', 9, 9, SCTP",
    "127.0.0.1:8080:80, 127.0.0.1, 8080, 80, TCP",
    "[::1]:8080:80/udp, ::1, 8080, 80, UDP",
    "1:65535, '', 1, 65535, TCP"
  })
  void readsPortMappings(String text, String ip, int host, int container, String protocol) {
    // When
    PortMapping port = RunRequest.port(text);
    // Then
    assertThat(port.getHostIp()).isEqualTo(ip);
    assertThat(port.getHostPort()).isEqualTo(host);
    assertThat(port.getContainerPort()).isEqualTo(container);
    assertThat(port.getProtocol().name()).isEqualTo(protocol);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"8080:", "8080:80:90", "80/http", "8080-8090", "123456", "1.2.3:80:80", "[::1]"})
  void refusesWhatIsNoPortMapping(String text) {
    CliException e =
        assertThatExceptionOfType(CliException.class)
            .isThrownBy(() -> RunRequest.port(text))
            .withMessage(
                "--ports: '" + text + "' is not [IP:]HOST:CONTAINER[/tcp|udp|sctp] or a port")
            .actual();
    assertThat(e.exitCode()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "0:80, 0", "80:0, 0", "65536, 65536", "80:99999, 99999"})
  void refusesPortsThatDoNotExist(String text, String port) {
    assertThatExceptionOfType(CliException.class)
        .isThrownBy(() -> RunRequest.port(text))
        .withMessage("--ports: " + port + " is not a port (1 to 65535)");
  }

  @ParameterizedTest
  @CsvSource({
    "CPU, true",
    "gpu-a100, true",
    "_x, true",
    "8080, false",
    "8080:80, false",
    "127.0.0.1:80:80, false",
    "[::1]:80:80, false",
    "4gpu, false"
  })
  void whatBeginsWithADigitOrABracketIsAPort(String text, boolean partition) {
    assertThat(RunRequest.isPartition(text)).isEqualTo(partition);
  }

  @Test
  void onePortAmongPartitionsIsAPort() {
    assertThat(RunRequest.arePartitions(List.of("CPU"))).isTrue();
    assertThat(RunRequest.arePartitions(List.of("CPU", "80:80"))).isFalse();
  }

  @Test
  void aLoginGoesAlongWithTheImageAndNowhereElse() {
    // Given
    RunCommand run = new RunCommand();
    run.image = "r.test/app:1";
    Login login = new Login("r.test", "me", "s3cret");
    RunRequest request = new RunRequest(run, new Ccon(), Optional.of(login));
    // When
    JobToCtld job = request.job();
    StepToCtld step = request.step(7);
    // Then
    for (ImageInfo image :
        List.of(job.getContainerMeta().getImage(), step.getContainerMeta().getImage())) {
      assertThat(image.getUsername()).isEqualTo("me");
      assertThat(image.getPassword()).isEqualTo("s3cret");
      assertThat(image.getServerAddress()).isEqualTo("r.test");
    }
    assertThat(job.getCmdLine()).isEqualTo("r.test/app:1");
    assertThat(job.toString().split("s3cret", -1)).hasSize(2);
  }

  @Test
  void withoutALoginNothingIsSent() {
    // Given
    RunCommand run = new RunCommand();
    run.image = "busybox";
    // When
    JobToCtld job = new RunRequest(run, new Ccon(), Optional.empty()).job();
    // Then
    assertThat(job.getContainerMeta().getImage())
        .isEqualTo(ImageInfo.newBuilder().setImage("busybox").build());
  }
}
