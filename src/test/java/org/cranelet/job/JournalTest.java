package org.cranelet.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.cranelet.config.PullPolicy;
import org.cranelet.os.BootMoment;
import org.cranelet.os.User;
import org.cranelet.pod.Identity;
import org.cranelet.pod.Mount;
import org.cranelet.pod.PortMapping;
import org.cranelet.pod.Resources;
import org.cranelet.workspace.JournalStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JournalTest {
  private static final Instant AT = Instant.parse("2026-01-31T12:00:00.123456789Z");

  private final Path dir;
  private final Journal journal;

  JournalTest(@TempDir Path dir) {
    this.dir = dir;
    this.journal = new Journal(new JournalStore(dir));
  }

  // ---- what is written is read ----

  @Test
  void aRecordWithAllItsFieldsIsReadAsItWasWritten() throws IOException {
    // Given
    JobRecord record = full(17);
    journal.write(record);
    // When
    List<JobRecord> read = new Journal(new JournalStore(dir)).readAll();
    // Then
    assertThat(read).containsExactly(record);
  }

  @Test
  void aRecordWithNothingOptionalIsReadAsItWasWritten() throws IOException {
    // Given
    JobRecord record = Records.waiting(3);
    journal.write(record);
    // When
    List<JobRecord> read = journal.readAll();
    // Then
    assertThat(read).containsExactly(record);
  }

  @Test
  void recordsComeInTheOrderOfTheirIds() throws IOException {
    // Given
    for (long id : new long[] {10, 9, 100, 1}) {
      journal.write(full(id));
    }
    // When
    List<JobRecord> read = journal.readAll();
    // Then
    assertThat(read).extracting(JobRecord::jobId).containsExactly(1L, 9L, 10L, 100L);
  }

  @Test
  void theNewestOfARecordIsRead() throws IOException {
    // Given
    JobRecord record = Records.waiting(3);
    journal.write(record);
    journal.write(record.withAdmittedAt(AT));
    // When
    List<JobRecord> read = journal.readAll();
    // Then
    assertThat(read).containsExactly(record.withAdmittedAt(AT));
  }

  @Test
  void whatAnOlderCraneletDoesNotKnowIsReadPast() throws IOException {
    // Given
    JobRecord record = full(4);
    journal.write(record);
    put("4.json", "{\"fromTheFuture\":[1]," + text("4.json").substring(1));
    // When
    List<JobRecord> read = journal.readAll();
    // Then
    assertThat(read).containsExactly(record);
  }

  @Test
  void recordsAreNobodysButRoots() throws IOException {
    // When
    journal.write(full(17));
    // Then
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("17.json"))))
        .isEqualTo("rw-------");
    assertThat(names()).containsExactly("17.json");
  }

  // ---- what cannot be read ----

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "null",
        "[]",
        "not json",
        "{}",
        "{\"version\":1,\"spec\":7}",
        "{\"version\":1,\"steps\":{}}"
      })
  void aCorruptRecordIsSetAsideAndTheOthersAreRead(String content) throws IOException {
    // Given
    journal.write(full(1));
    put("2.json", content);
    journal.write(full(3));
    // When
    List<JobRecord> read = journal.readAll();
    // Then
    assertThat(read).extracting(JobRecord::jobId).containsExactly(1L, 3L);
    assertThat(text("set-aside/2.json")).isEqualTo(content);
    assertThat(names()).containsExactly("1.json", "3.json", "highest-id", "set-aside");
  }

  @Test
  void aRecordCutShortIsSetAside() throws IOException {
    // Given
    journal.write(full(2));
    String whole = text("2.json");
    put("2.json", whole.substring(0, whole.length() / 2));
    // When
    List<JobRecord> read = journal.readAll();
    // Then
    assertThat(read).isEmpty();
    assertThat(names("set-aside")).containsExactly("2.json");
  }

  @Test
  void aRecordOfANewerVersionIsSetAside() throws IOException {
    // Given
    journal.write(full(2));
    String newer = text("2.json").replace("\"version\":1", "\"version\":2");
    put("2.json", newer);
    // When
    List<JobRecord> read = journal.readAll();
    // Then
    assertThat(read).isEmpty();
    assertThat(text("set-aside/2.json")).isEqualTo(newer);
  }

  @Test
  void aRecordUnderAnotherJobsNameIsSetAside() throws IOException {
    // Given
    journal.write(full(2));
    Files.move(dir.resolve("2.json"), dir.resolve("5.json"));
    // When
    List<JobRecord> read = journal.readAll();
    // Then
    assertThat(read).isEmpty();
    assertThat(names("set-aside")).containsExactly("5.json");
  }

  @Test
  void whatIsNoRecordIsLeftAlone() throws IOException {
    // Given
    put(".7.json.new", "half");
    put("notes.txt", "mine");
    put("1x.json", "{}");
    // When
    List<JobRecord> read = journal.readAll();
    // Then
    assertThat(read).isEmpty();
    assertThat(names()).containsExactly(".7.json.new", "1x.json", "notes.txt");
  }

  // ---- ids ----

  @Test
  void theIdOfAForgottenJobIsRemembered() throws IOException {
    // Given
    journal.write(full(41));
    journal.write(full(42));
    // When
    journal.delete(42);
    // Then
    assertThat(new Journal(new JournalStore(dir)).highestEver()).isEqualTo(42);
    assertThat(names()).containsExactly("41.json", "highest-id");
  }

  @Test
  void forgettingAnOlderJobLowersNoId() throws IOException {
    // Given
    journal.write(full(41));
    journal.write(full(42));
    journal.delete(42);
    // When
    journal.delete(41);
    // Then
    assertThat(journal.highestEver()).isEqualTo(42);
  }

  @Test
  void aNewJournalKnowsNoId() throws IOException {
    assertThat(journal.highestEver()).isZero();
  }

  @Test
  void forgettingTwiceIsNoError() throws IOException {
    // Given
    journal.write(full(1));
    journal.delete(1);
    // When
    journal.delete(1);
    // Then
    assertThat(journal.readAll()).isEmpty();
  }

  // ---- tools ----

  /** A record in which every field that may be absent is there. */
  private static JobRecord full(long id) {
    StepRecord primary =
        new StepRecord(
            step(),
            State.RUNNING,
            Optional.of(new BootMoment("boot", 5000)),
            Optional.of(AT.plusSeconds(1)),
            Optional.of(new StopIntent(State.EXCEED_TIME_LIMIT, 30, "over its time limit")),
            Optional.of(
                new Outcome(State.EXCEED_TIME_LIMIT, 143, "over its time limit", AT.plusNanos(1))));
    StepRecord appended =
        StepRecord.of(Records.step(2)).withStop(new StopIntent(State.CANCELLED, 0, ""));
    return new JobRecord(
        JobRecord.VERSION,
        spec(id),
        Optional.of(AT),
        "b8d5f7d0-uid",
        3,
        List.of(primary, appended),
        Optional.of(new Outcome(State.EXCEED_TIME_LIMIT, 143, "over its time limit", AT)));
  }

  private static JobSpec spec(long id) {
    return new JobSpec(
        id,
        "näme with 'quotes' and \"more\"",
        "CPU",
        new User(-2, "nobody", -2, List.of(-2, 100)), // 4294967294 as the kernel has it
        100,
        new Resources(0.5, 64L << 20, 4096),
        Optional.of(3600L),
        "cn15",
        "login.hpc.test",
        AT.minusSeconds(9),
        new JobSpec.PodWish(
            "pod",
            Map.of("app", "train"),
            Map.of("note", "line 1\nline 2"),
            true,
            List.of(
                new PortMapping(PortMapping.Protocol.UDP, "127.0.0.1", 8080, 80),
                new PortMapping(PortMapping.Protocol.SCTP, "", 1, 65535)),
            List.of("10.0.0.1")));
  }

  private static StepSpec step() {
    return new StepSpec(
        1,
        "train",
        "registry.test:5000/a/b@sha256:00",
        Optional.of(PullPolicy.AUTO),
        Optional.of("registry.test:5000"),
        List.of("/bin/sh", "-c"),
        List.of("echo \u0001 ☃ 漢字"),
        "/work",
        Map.of("A", "1", "EMPTY", ""),
        List.of(new Mount("/home/a b", "/data", true), new Mount("/home/a b", "/out", false)),
        Optional.of(new Identity(1000, 100, List.of(100, 101))),
        true,
        Map.of("l", "1"),
        Map.of("a", "2"),
        "/home/alice",
        "registry.test:5000/a/b 'echo hi'",
        AT.minusSeconds(8));
  }

  private void put(String name, String content) throws IOException {
    Files.writeString(dir.resolve(name), content);
  }

  private String text(String name) throws IOException {
    return Files.readString(dir.resolve(name), StandardCharsets.UTF_8);
  }

  private List<String> names(String... below) throws IOException {
    try (Stream<Path> files = Files.list(dir.resolve(String.join("/", below)))) {
      return files.map(f -> String.valueOf(f.getFileName())).sorted().toList();
    }
  }
}
