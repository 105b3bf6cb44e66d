package org.cranelet.cli.term;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.cranelet.os.RecordingCommands;
import org.junit.jupiter.api.Test;

/** The conversation itself; a real terminal is LoginIT's. */
class PromptTest {
  private final RecordingCommands commands = new RecordingCommands().answer("-g", 0, "500:5:bf");
  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();

  private Prompt prompt(InputStream in) {
    return new Prompt(commands, in, new PrintStream(shown, true, StandardCharsets.UTF_8));
  }

  private static InputStream typed(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void eachAnswerIsOneLine() throws IOException {
    // Given
    Prompt prompt = prompt(typed("jürgen\r\nsecond"));
    // When / Then
    assertThat(prompt.line("A: ")).contains("jürgen");
    assertThat(prompt.line("B: ")).contains("second");
    assertThat(prompt.line("C: ")).isEmpty();
    assertThat(shown.toString(StandardCharsets.UTF_8)).isEqualTo("A: B: C: ");
  }

  @Test
  void aSecretIsReadWithoutEchoWhichIsThenAsBefore() throws IOException {
    // When
    assertThat(prompt(typed("s3cret\n")).secret("Password: ")).contains("s3cret");
    // Then
    assertThat(commands.ran())
        .containsExactly(
            List.of("stty", "-F", "/dev/tty", "-g"),
            List.of("stty", "-F", "/dev/tty", "-echo"),
            List.of("stty", "-F", "/dev/tty", "500:5:bf"));
    assertThat(shown.toString(StandardCharsets.UTF_8)).isEqualTo("Password: \n");
  }

  @Test
  void theEchoComesBackIfReadingFails() {
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("gone");
          }
        };
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> prompt(broken).secret("Password: "))
        .withMessage("gone");
    assertThat(commands.ran()).last().isEqualTo(List.of("stty", "-F", "/dev/tty", "500:5:bf"));
  }

  @Test
  void nothingIsReadWhileTheEchoIsOn() throws IOException {
    commands.answer("-echo", 1, "stty: no terminal");
    InputStream in = typed("s3cret\n");
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> prompt(in).secret("Password: "))
        .withMessage("cannot set up the terminal: stty: no terminal");
    assertThat(in.available()).isEqualTo(7);
  }
}
