package org.cranelet.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CriLogTest {
  private static final String TIME = "2026-01-31T12:00:00.123456789Z";
  private static final int BLOCK = 64 << 10;

  private final Path file;

  CriLogTest(@TempDir Path dir) throws IOException {
    this.file = Files.createFile(dir.resolve("1.log"));
  }

  // ---- records ----

  @Test
  void anEmptyFileHasNoRecord() throws IOException {
    assertThat(readAll()).isEmpty();
  }

  @Test
  void aWholeLineEndsWithItsNewline() throws IOException {
    // Given
    append(TIME + " stdout F hello world\n");
    // When
    List<CriLog.Entry> entries = readAll();
    // Then
    CriLog.Entry entry = entries.getFirst();
    assertThat(entries).hasSize(1);
    assertThat(entry.timestamp()).isEqualTo(TIME);
    assertThat(entry.time()).isEqualTo(Instant.parse(TIME));
    assertThat(entry.stderr()).isFalse();
    assertThat(entry.endsLine()).isTrue();
    assertThat(text(entry)).isEqualTo("hello world\n");
  }

  @Test
  void streamsAreToldApart() throws IOException {
    // Given
    append(TIME + " stdout F out\n" + TIME + " stderr F err\n");
    // When
    List<CriLog.Entry> entries = readAll();
    // Then
    assertThat(entries).extracting(CriLog.Entry::stderr).containsExactly(false, true);
  }

  @Test
  void partsOfALineHaveNoNewline() throws IOException {
    // Given
    append(TIME + " stdout P one, \n" + TIME + " stdout P two, \n" + TIME + " stdout F three\n");
    // When
    List<CriLog.Entry> entries = readAll();
    // Then
    assertThat(entries).extracting(CriLog.Entry::endsLine).containsExactly(false, false, true);
    assertThat(output(entries)).isEqualTo("one, two, three\n".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void anEmptyLineIsALine() throws IOException {
    // Given
    append(TIME + " stdout F \n");
    // When
    List<CriLog.Entry> entries = readAll();
    // Then
    assertThat(output(entries)).isEqualTo(new byte[] {'\n'});
  }

  @Test
  void moreTagsMayFollow() throws IOException {
    // Given
    append(TIME + " stdout P:more a\n" + TIME + " stdout F:more b\n");
    // When
    List<CriLog.Entry> entries = readAll();
    // Then
    assertThat(output(entries)).isEqualTo("ab\n".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void bytesStayAsTheyAre() throws IOException {
    // Given
    byte[] data = new byte[20_000];
    new Random(7).nextBytes(data);
    for (int i = 0; i < data.length; i++) {
      data[i] = data[i] == '\n' ? 0 : data[i];
    }
    append(record("stdout", "P", data));
    // When
    List<CriLog.Entry> entries = readAll();
    // Then
    assertThat(output(entries)).isEqualTo(data);
  }

  @Test
  void aLineOfAMegabyteInPartsIsWhole() throws IOException {
    // Given
    byte[] line = line(1 << 20);
    append(inParts(line));
    // When
    List<CriLog.Entry> entries = readAll();
    // Then
    assertThat(entries).hasSize(64 + 1);
    assertThat(output(entries)).isEqualTo(withNewline(line));
  }

  @Test
  void whatIsNoRecordIsSkipped() throws IOException {
    // Given
    append("\nnot a record\n" + TIME + " stdout\n" + TIME + " stdout F fine\n");
    // When
    List<CriLog.Entry> entries = readAll();
    // Then
    assertThat(output(entries)).isEqualTo("fine\n".getBytes(StandardCharsets.UTF_8));
  }

  // ---- growing ----

  @Test
  void aRecordWithoutItsNewlineIsNotThereYet() throws IOException {
    append(TIME + " stdout F half");
    try (CriLog log = CriLog.open(file)) {
      assertThat(log.next()).isEmpty();
    }
  }

  @Test
  void aRecordThatIsWrittenInPiecesIsReadOnceItIsWhole() throws IOException {
    try (CriLog log = CriLog.open(file)) {
      // Given
      append(TIME + " std");
      assertThat(log.next()).isEmpty();
      append("out F he");
      assertThat(log.next()).isEmpty();
      // When
      append("llo\n" + TIME + " stdout F again\n");
      // Then
      assertThat(log.next().map(CriLogTest::text)).contains("hello\n");
      assertThat(log.next().map(CriLogTest::text)).contains("again\n");
      assertThat(log.next()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-2, -1, 0, 1, 2})
  void recordsAcrossABlockAreWhole(int beyond) throws IOException {
    // Given
    int head = (TIME + " stdout F \n").length();
    String first = "a".repeat(BLOCK - head + beyond);
    append(TIME + " stdout F " + first + "\n" + TIME + " stdout F b\n");
    // When
    List<CriLog.Entry> entries = readAll();
    // Then
    assertThat(entries).extracting(CriLogTest::text).containsExactly(first + "\n", "b\n");
  }

  // ---- tail ----

  @Test
  void theTailOfAnEmptyFileIsEmpty() throws IOException {
    assertThat(tail(5)).isEmpty();
  }

  @Test
  void aTailLongerThanTheFileIsTheFile() throws IOException {
    // Given
    append(TIME + " stdout F 1\n" + TIME + " stdout F 2\n");
    // When
    List<String> tail = tail(5);
    // Then
    assertThat(tail).containsExactly("1\n", "2\n");
  }

  @Test
  void aTailOfNothingGoesToTheEnd() throws IOException {
    append(TIME + " stdout F 1\n");
    try (CriLog log = CriLog.open(file)) {
      // Given
      log.seekTail(0);
      assertThat(log.next()).isEmpty();
      // When
      append(TIME + " stdout F 2\n");
      // Then
      assertThat(log.next().map(CriLogTest::text)).contains("2\n");
    }
  }

  @Test
  void partsCountAsOneLine() throws IOException {
    // Given
    append(
        TIME
            + " stdout F 1\n"
            + TIME
            + " stdout P 2a\n"
            + TIME
            + " stdout F 2b\n"
            + TIME
            + " stdout F 3\n");
    // When
    List<String> tail = tail(2);
    // Then
    assertThat(tail).containsExactly("2a", "2b\n", "3\n");
  }

  @Test
  void aLastLineThatIsStillOpenCountsAsOne() throws IOException {
    // Given
    append(TIME + " stdout F 1\n" + TIME + " stdout F 2\n" + TIME + " stdout P 3\n");
    // When
    List<String> tail = tail(2);
    // Then
    assertThat(tail).containsExactly("2\n", "3");
  }

  @Test
  void afterTheTailTheFileGrowsOn() throws IOException {
    append(TIME + " stdout F 1\n" + TIME + " stdout F 2\n" + TIME + " std");
    try (CriLog log = CriLog.open(file)) {
      // Given
      log.seekTail(1);
      assertThat(log.next().map(CriLogTest::text)).contains("2\n");
      assertThat(log.next()).isEmpty();
      // When
      append("err F 3\n");
      // Then
      assertThat(log.next().map(CriLogTest::text)).contains("3\n");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 50, 1000, 1999, 2000, 2001, 6000, 10_000, 20_000})
  void theTailOfALargeFileIsItsLastLines(int lines) throws IOException {
    // Given
    int all = 10_000; // some 450 KB: many blocks
    StringBuilder content = new StringBuilder();
    for (int i = 1; i <= all; i++) {
      content.append(TIME).append(" stdout F ").append(i).append('\n');
    }
    append(content.toString());
    // When
    List<String> tail = tail(lines);
    // Then
    int expected = Math.min(lines, all);
    assertThat(tail).hasSize(expected);
    assertThat(tail.getFirst()).isEqualTo((all - expected + 1) + "\n");
    assertThat(tail.getLast()).isEqualTo(all + "\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {-3, -2, -1, 0, 1, 2, 3})
  void linesThatBeginAtTheEdgeOfABlockAreFound(int beyond) throws IOException {
    // Given: the last block begins at, before or behind the beginning of line b
    int head = (TIME + " stdout F \n").length();
    String last = "c".repeat(100);
    String middle = "b".repeat(BLOCK - head - head - last.length() + beyond);
    append(TIME + " stdout F a\n");
    append(TIME + " stdout F " + middle + "\n" + TIME + " stdout F " + last + "\n");
    // When
    List<String> tail = tail(2);
    // Then
    assertThat(tail).containsExactly(middle + "\n", last + "\n");
  }

  // ---- files ----

  @Test
  void aLinkIsNotFollowed() throws IOException {
    Path link = Files.createSymbolicLink(file.resolveSibling("link.log"), file);

    assertThatExceptionOfType(IOException.class).isThrownBy(() -> CriLog.open(link));
  }

  // ---- tools ----

  private void append(String text) throws IOException {
    append(text.getBytes(StandardCharsets.UTF_8));
  }

  private void append(byte[] bytes) throws IOException {
    Files.write(file, bytes, StandardOpenOption.APPEND);
  }

  private List<CriLog.Entry> readAll() throws IOException {
    try (CriLog log = CriLog.open(file)) {
      return rest(log);
    }
  }

  private List<String> tail(long lines) throws IOException {
    try (CriLog log = CriLog.open(file)) {
      log.seekTail(lines);
      return rest(log).stream().map(CriLogTest::text).toList();
    }
  }

  private static List<CriLog.Entry> rest(CriLog log) throws IOException {
    List<CriLog.Entry> all = new ArrayList<>();
    for (Optional<CriLog.Entry> e = log.next(); e.isPresent(); e = log.next()) {
      all.add(e.get());
    }
    return all;
  }

  private static String text(CriLog.Entry entry) {
    return new String(entry.data(), StandardCharsets.UTF_8);
  }

  private static byte[] output(List<CriLog.Entry> entries) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    entries.forEach(e -> out.writeBytes(e.data()));
    return out.toByteArray();
  }

  private static byte[] record(String stream, String tag, byte[] data) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes((TIME + " " + stream + " " + tag + " ").getBytes(StandardCharsets.UTF_8));
    out.writeBytes(data);
    out.write('\n');
    return out.toByteArray();
  }

  /** As runtimes cut long lines: parts of 16 KiB, the last one closing the line. */
  private static byte[] inParts(byte[] line) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int part = 16 << 10;
    for (int at = 0; at < line.length; at += part) {
      byte[] data = java.util.Arrays.copyOfRange(line, at, Math.min(at + part, line.length));
      out.writeBytes(record("stdout", "P", data));
    }
    out.writeBytes(record("stdout", "F", new byte[0]));
    return out.toByteArray();
  }

  private static byte[] line(int length) {
    byte[] line = new byte[length];
    for (int i = 0; i < length; i++) {
      line[i] = (byte) ('a' + i % 26);
    }
    return line;
  }

  private static byte[] withNewline(byte[] line) {
    byte[] all = java.util.Arrays.copyOf(line, line.length + 1);
    all[line.length] = '\n';
    return all;
  }
}
