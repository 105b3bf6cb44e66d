package org.cranelet.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.cranelet.config.Node;
import org.cranelet.pod.Resources;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdmissionTest {
  private static final long GIB = 1L << 30;

  private final Set<Long> blocked = new HashSet<>(); // their users run all they may
  private final Admission admission =
      new Admission(new Node("cn15", 4, 8 * GIB, true), () -> id -> !blocked.contains(id));

  @Test
  void admitsInTheOrderOfArrival() {
    // Given
    for (long id = 1; id <= 5; id++) {
      admission.enqueue(id, need(1, GIB));
    }
    // When
    List<Long> admitted = admitAll();
    // Then
    assertThat(admitted).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void nothingWaitsNothingIsAdmitted() {
    assertThat(admission.admitNext()).isEmpty();
  }

  @Test
  void theFirstInLineHoldsBackThoseBehindIt() {
    // Given
    admission.adopt(1, need(3, GIB));
    admission.enqueue(2, need(2, GIB));
    admission.enqueue(3, need(1, GIB)); // would fit
    // When
    Optional<Long> next = admission.admitNext();
    // Then
    assertThat(next).isEmpty();
    assertThat(admission.waiting()).isEqualTo(2);
  }

  @Test
  void aJobWhoseUserRunsAllHeMayLetsOthersPass() {
    // Given
    blocked.add(1L);
    admission.enqueue(1, need(1, GIB));
    admission.enqueue(2, need(1, GIB));
    // When
    List<Long> admitted = admitAll();
    // Then
    assertThat(admitted).containsExactly(2L);
    assertThat(admission.reason(1)).isEqualTo("its user runs as many steps as one user may");
  }

  @Test
  void aJobThatEndsMakesRoomForTheFirstInLine() {
    // Given
    admission.adopt(1, need(3, GIB));
    admission.enqueue(2, need(2, GIB));
    admission.enqueue(3, need(1, GIB));
    // When
    admission.release(1);
    // Then
    assertThat(admitAll()).containsExactly(2L, 3L);
  }

  @Test
  void aWaitingJobThatIsCancelledLeavesTheLine() {
    // Given
    admission.adopt(1, need(3, GIB));
    admission.enqueue(2, need(2, GIB));
    admission.enqueue(3, need(1, GIB));
    // When
    admission.release(2);
    // Then
    assertThat(admitAll()).containsExactly(3L);
  }

  @Test
  void releasingTwiceGivesNothingTwice() {
    // Given
    admission.adopt(1, need(4, GIB));
    admission.release(1);
    admission.enqueue(2, need(4, GIB));
    admission.enqueue(3, need(4, GIB));
    admission.admitNext();
    // When
    admission.release(1);
    // Then
    assertThat(admission.admitNext()).isEmpty();
  }

  @Test
  void memoryIsCountedAsCpusAre() {
    // Given
    admission.adopt(1, need(1, 7 * GIB));
    admission.enqueue(2, need(1, 2 * GIB));
    // When
    Optional<Long> next = admission.admitNext();
    // Then
    assertThat(next).isEmpty();
  }

  @Test
  void partsOfCpusAddUpToWholeOnes() {
    // Given
    for (long id = 1; id <= 9; id++) {
      admission.enqueue(id, need(0.5, GIB / 4));
    }
    // When
    List<Long> admitted = admitAll();
    // Then
    assertThat(admitted).hasSize(8);
  }

  @ParameterizedTest
  @CsvSource({"2, 1, cpu", "1, 2, memory", "2, 2, cpu and memory"})
  void theFirstInLineIsToldWhatLacks(double cpus, long gib, String reason) {
    // Given
    admission.adopt(1, need(3, 7 * GIB));
    admission.enqueue(2, need(cpus, gib * GIB));
    // When
    String told = admission.reason(2);
    // Then
    assertThat(told).isEqualTo(reason);
  }

  @Test
  void thoseBehindAreToldHowManyAreBeforeThem() {
    // Given
    admission.adopt(1, need(4, GIB));
    for (long id = 2; id <= 5; id++) {
      admission.enqueue(id, need(1, GIB));
    }
    // When
    String told = admission.reason(5);
    // Then
    assertThat(told).isEqualTo("cpu, 3 before it");
  }

  @Test
  void oneThatWouldFitWaitsForItsTurn() {
    // Given
    admission.adopt(1, need(3, GIB));
    admission.enqueue(2, need(2, GIB));
    admission.enqueue(3, need(1, GIB));
    // When
    String told = admission.reason(3);
    // Then
    assertThat(told).isEqualTo("its turn, 1 before it");
  }

  @Test
  void whoDoesNotWaitHasNoReason() {
    // Given
    admission.adopt(1, need(1, GIB));
    // When
    String told = admission.reason(1);
    // Then
    assertThat(told).isEmpty();
  }

  private List<Long> admitAll() {
    List<Long> all = new ArrayList<>();
    for (var next = admission.admitNext(); next.isPresent(); next = admission.admitNext()) {
      all.add(next.get());
    }
    return all;
  }

  private static Resources need(double cpus, long memory) {
    return new Resources(cpus, memory, 0);
  }
}
