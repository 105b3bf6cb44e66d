package org.cranelet.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.cranelet.config.ConfigException;
import org.cranelet.image.LoginStore;
import org.cranelet.image.reference.Login;
import org.cranelet.metrics.Meters;
import org.cranelet.pod.StepRef;
import org.cranelet.workspace.JournalStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobsTest {
  private static final Instant AT = Instant.parse("2026-01-31T12:00:00Z");

  private final Path dir;
  private final Path logs;
  private final Path journalDir;
  private final LoginStore logins;
  private final MeterRegistry registry = new SimpleMeterRegistry();

  JobsTest(@TempDir Path dir) throws IOException {
    this.dir = dir;
    this.logs = Files.createDirectory(dir.resolve("logs"));
    this.journalDir = Files.createDirectory(dir.resolve("journal"));
    this.logins = LoginStore.open(dir.resolve("run"), "it");
  }

  @Test
  void idsCountFromOne() throws Exception {
    // Given
    Jobs jobs = jobs(10, Duration.ofDays(1));
    // When
    List<Long> ids = List.of(accept(jobs), accept(jobs), accept(jobs));
    // Then
    assertThat(ids).containsExactly(1L, 2L, 3L);
  }

  @Test
  void aJobStandsInTheJournalOnceItIsAccepted() throws Exception {
    // Given
    Jobs jobs = jobs(10, Duration.ofDays(1));
    // When
    long id = accept(jobs);
    // Then
    assertThat(journalDir.resolve(id + ".json")).exists();
    assertThat(jobs.find(id).orElseThrow().view().state()).isEqualTo(State.PENDING);
  }

  @Test
  void afterARestartIdsGoOn() throws Exception {
    // Given
    accept(jobs(10, Duration.ofDays(1)));
    Jobs again = jobs(10, Duration.ofDays(1));
    // When
    long id = accept(again);
    // Then
    assertThat(id).isEqualTo(2);
    assertThat(again.all()).extracting(JobRunner::jobId).containsExactly(1L, 2L);
  }

  @Test
  void idsNeverRepeatAfterForgetting() throws Exception {
    // Given
    finished(1, AT);
    finished(2, AT);
    jobs(0, Duration.ofDays(1)).forgetOld();
    // When
    long id = accept(jobs(0, Duration.ofDays(1)));
    // Then
    assertThat(id).isEqualTo(3);
  }

  @Test
  void theIdOfARecordThatWasSetAsideNeverRepeats() throws Exception {
    // Given
    Files.writeString(journalDir.resolve("41.json"), "no JSON");
    // When
    long id = accept(jobs(10, Duration.ofDays(1)));
    // Then
    assertThat(id).isEqualTo(42);
  }

  @Test
  void whatCannotBeRecordedDoesNotExist() throws Exception {
    // Given
    Jobs jobs = jobs(10, Duration.ofDays(1));
    Files.delete(journalDir);
    // When
    Optional<Long> id = tryAccept(jobs);
    // Then
    assertThat(id).isEmpty();
    assertThat(jobs.all()).isEmpty();
  }

  @Test
  void anIdThatCouldNotBeRecordedIsUsedAgain() throws Exception {
    // Given
    Jobs jobs = jobs(10, Duration.ofDays(1));
    Files.delete(journalDir);
    tryAccept(jobs);
    Files.createDirectory(journalDir);
    // When
    long id = accept(jobs);
    // Then
    assertThat(id).isEqualTo(1);
  }

  @Test
  void theOldestBeyondTheCountAreForgottenWithTheirLogs() throws Exception {
    // Given
    for (long id = 1; id <= 4; id++) {
      finished(id, Instant.now());
    }
    Jobs jobs = jobs(2, Duration.ofDays(1));
    // When
    jobs.forgetOld();
    // Then
    assertThat(jobs.all()).extracting(JobRunner::jobId).containsExactly(3L, 4L);
    assertThat(journalDir.resolve("1.json")).doesNotExist();
    assertThat(logs.resolve("2")).doesNotExist();
    assertThat(logs.resolve("3/1.log")).exists();
    assertThat(registry.counter("cranelet.jobs.forgotten").count()).isEqualTo(2);
  }

  @Test
  void theOnesBeyondTheAgeAreForgotten() throws Exception {
    // Given
    finished(1, Instant.now().minus(Duration.ofDays(2)));
    finished(2, Instant.now());
    Jobs jobs = jobs(100, Duration.ofDays(1));
    // When
    jobs.forgetOld();
    // Then
    assertThat(jobs.all()).extracting(JobRunner::jobId).containsExactly(2L);
  }

  @Test
  void whatAUsersJobsTakeBeyondHisLimitIsForgottenTheOldestFirst() throws Exception {
    // Given
    Instant before = Instant.now().minus(Duration.ofMinutes(2));
    for (long id = 1; id <= 3; id++) {
      finished(id, before);
      Files.writeString(logs.resolve(id + "/1.log"), "x".repeat(100_000));
    }
    finished(4, Instant.now()); // somebody may still be reading it
    Files.writeString(logs.resolve("4/1.log"), "x".repeat(1_000_000));
    Jobs jobs = jobs(100, Duration.ofDays(1), "PerUser: {MaxTempData: 1200K}");
    // When
    jobs.forgetOld();
    // Then
    assertThat(jobs.all()).extracting(JobRunner::jobId).containsExactly(2L, 3L, 4L);
  }

  @Test
  void whatAUserAddsToTheLogsOfHisFinishedJobsIsCounted() throws Exception {
    // Given
    finished(1, Instant.now().minus(Duration.ofMinutes(2)));
    Jobs jobs = jobs(100, Duration.ofDays(1), "PerUser: {MaxTempData: 100K}");
    jobs.forgetOld();
    int before = jobs.all().size();
    Files.writeString(logs.resolve("1/1.log"), "x".repeat(200_000));
    // When
    jobs.forgetOld();
    // Then
    assertThat(before).isEqualTo(1);
    assertThat(jobs.all()).isEmpty();
  }

  @Test
  void oldFilesOfAJobBeforeWithTheSameIdAreNotItsOwn() throws Exception {
    // Given
    Files.createDirectories(logs.resolve("1"));
    Files.writeString(logs.resolve("1/1.log"), "of another");
    // When
    long id = accept(jobs(10, Duration.ofDays(1)));
    // Then
    assertThat(id).isEqualTo(1);
    assertThat(logs.resolve("1")).doesNotExist();
  }

  @Test
  void aJobThatHasNotEndedIsNeverForgotten() throws Exception {
    // Given
    Jobs jobs = jobs(0, Duration.ofMillis(1));
    accept(jobs);
    // When
    jobs.forgetOld();
    // Then
    assertThat(jobs.all()).hasSize(1);
  }

  @Test
  void theLoginOfAJobThatIsCancelledWhileItWaitsIsForgotten() throws Exception {
    // Given
    Jobs jobs = jobs(10, Duration.ofDays(1));
    NewStep step = new NewStep(Records.step(1), Optional.of(new Login("r.test", "u", "secret")));
    JobRunner job = jobs.accept(Records::spec, step);
    assertThat(logins.find(new StepRef(job.jobId(), 1))).isPresent();
    // When
    job.cancel(new StopIntent(State.CANCELLED, 0, "cancelled"));
    // Then
    assertThat(logins.find(new StepRef(job.jobId(), 1))).isEmpty();
  }

  // ---- tools ----

  private void finished(long id, Instant end) throws IOException {
    JobRecord record =
        JobRecord.of(Records.spec(id), Records.step(1))
            .withOutcome(new Outcome(State.COMPLETED, 0, "", end));
    new Journal(new JournalStore(journalDir)).write(record);
    Files.createDirectories(logs.resolve(Long.toString(id)));
    Files.writeString(logs.resolve(id + "/1.log"), "output");
  }

  private static long accept(Jobs jobs) throws IOException {
    return jobs.accept(Records::spec, new NewStep(Records.step(1), Optional.empty())).jobId();
  }

  private static Optional<Long> tryAccept(Jobs jobs) {
    try {
      return Optional.of(accept(jobs));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private Jobs jobs(int maxCount, Duration maxAge) throws IOException, ConfigException {
    return jobs(maxCount, maxAge, "");
  }

  private Jobs jobs(int maxCount, Duration maxAge, String setting)
      throws IOException, ConfigException {
    String settings =
        "FinishedJobsMaxCount: %d, FinishedJobsMaxAge: %s, %s"
            .formatted(maxCount, maxAge.toMillis() / 1000.0, setting);
    return new Jobs(Engines.withoutRuntime(dir, settings, logins, new Meters(registry)), job -> {});
  }
}
