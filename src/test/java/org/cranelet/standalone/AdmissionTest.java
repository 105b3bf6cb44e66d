package org.cranelet.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
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

  @Test
  void allReasonsAreThoseThatEachJobIsTold() {
    // Given
    admission.adopt(1, need(3, 6 * GIB));
    admission.enqueue(2, need(2, GIB));
    admission.enqueue(3, need(1, GIB));
    admission.enqueue(4, need(1, 3 * GIB));
    admission.enqueue(5, need(2, 3 * GIB));
    admission.enqueue(6, need(1, GIB));
    blocked.add(6L);
    // When
    Map<Long, String> reasons = admission.reasons();
    // Then
    assertThat(reasons)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                2L, "cpu",
                3L, "its turn, 1 before it",
                4L, "memory, 2 before it",
                5L, "cpu and memory, 3 before it",
                6L, "its user runs as many steps as one user may"));
    assertThat(reasons).allSatisfy((id, told) -> assertThat(told).isEqualTo(admission.reason(id)));
  }

  @Test
  void forAllReasonsEachUserIsLookedAtOnce() {
    // Given
    List<Long> looks = new ArrayList<>(); // at users
    Supplier<LongPredicate> limits =
        () -> {
          Map<Long, Boolean> byUser = new HashMap<>(); // as long as one look at the line lasts
          return id -> byUser.computeIfAbsent(id % 2, user -> looks.add(user));
        };
    Admission line = new Admission(new Node("cn15", 4, 8 * GIB, true), limits);
    line.adopt(1, need(4, GIB));
    for (long id = 2; id <= 50; id++) {
      line.enqueue(id, need(1, GIB));
    }
    // When
    Map<Long, String> reasons = line.reasons();
    // Then
    assertThat(reasons).hasSize(49).containsEntry(50L, "cpu, 48 before it");
    assertThat(looks).containsExactlyInAnyOrder(0L, 1L);
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
