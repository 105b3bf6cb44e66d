package org.cranelet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code ./verify} makes of test reports ({@code testbed/reports.sh}). */
class VerifyReportsTest {
  private final Path reports;

  VerifyReportsTest(@TempDir Path dir) {
    this.reports = dir;
  }

  /** How the script ended, and its last words. */
  private record Verdict(int exit, String text) {}

  @Test
  void whatRanAndPassedPasses() throws Exception {
    report("A", 3, 0, 0, 0);
    report("B", 2, 0, 0, 0);

    Verdict verdict = verdict();

    assertThat(verdict.exit()).isZero();
    assertThat(verdict.text())
        .isEqualTo("tests: 5 ran, 5 passed, 0 failed, 0 skipped\n5 passed, 0 failed\n");
  }

  @Test
  void aSkippedTestFails() throws Exception {
    report("A", 3, 0, 0, 1);

    Verdict verdict = verdict();

    assertThat(verdict.exit()).isNotZero();
    assertThat(verdict.text())
        .contains("3 ran, 2 passed, 0 failed, 1 skipped")
        .contains("skipped tests are failures here");
  }

  @Test
  void aFailureAndAnErrorFail() throws Exception {
    report("A", 3, 1, 1, 0);

    Verdict verdict = verdict();

    assertThat(verdict.exit()).isNotZero();
    assertThat(verdict.text()).contains("3 ran, 1 passed, 2 failed");
  }

  @Test
  void noReportAtAllFails() throws Exception {
    Verdict verdict = verdict();

    assertThat(verdict.exit()).isNotZero();
    assertThat(verdict.text()).contains("NO TEST RAN");
  }

  private void report(String name, int tests, int failures, int errors, int skipped)
      throws IOException {
    Files.writeString(
        reports.resolve("TEST-" + name + ".xml"),
        "<?xml version=\"1.0\"?>\n<testsuite name=\"%s\" time=\"1.0\" tests=\"%d\" errors=\"%d\" skipped=\"%d\" failures=\"%d\">\n</testsuite>\n"
            .formatted(name, tests, errors, skipped, failures));
  }

  private Verdict verdict() throws Exception {
    Process bash =
        new ProcessBuilder(
                "bash",
                "-c",
                "set -euo pipefail; . testbed/reports.sh; record tests \"$0\" 0; verdict",
                reports.toString())
            .redirectErrorStream(true)
            .start();
    String text = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Verdict(bash.waitFor(), text);
  }
}
