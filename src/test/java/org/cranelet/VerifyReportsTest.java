package org.cranelet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

  /** As Maven's plugins write it: the tests of nested classes stand in it, but not in its head. */
  private void report(String name, int tests, int failures, int errors, int skipped)
      throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("<?xml version=\"1.0\"?>");
    lines.add(
        "<testsuite name=\"" + name + "\" tests=\"0\" errors=\"0\" skipped=\"0\" failures=\"0\">");
    for (int i = 0; i < tests; i++) {
      String inside =
          i < failures
              ? "    <failure message=\"m\">text</failure>"
              : i < failures + errors
                  ? "    <error message=\"m\">text</error>"
                  : i < failures + errors + skipped ? "    <skipped/>" : "";
      lines.add(
          "  <testcase name=\"t"
              + i
              + "\" classname=\""
              + name
              + "$Inner\" time=\"0.1\""
              + (inside.isEmpty() ? "/>" : ">"));
      if (!inside.isEmpty()) {
        lines.add(inside);
        lines.add("  </testcase>");
      }
    }
    lines.add("</testsuite>");
    Files.write(reports.resolve("TEST-" + name + ".xml"), lines);
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
