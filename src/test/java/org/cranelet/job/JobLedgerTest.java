package org.cranelet.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import org.cranelet.workspace.JournalStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory that is away stands for a disk that refuses. */
class JobLedgerTest {
  private static final Instant AT = Instant.parse("2026-01-31T12:00:00Z");

  private final Path directory;
  private final Journal journal;
  private final JobLedger ledger;

  JobLedgerTest(@TempDir Path dir) throws IOException {
    directory = dir.resolve("journal");
    journal = new Journal(new JournalStore(directory));
    ledger = new JobLedger(journal, Records.waiting(7));
  }

  @Test
  void whatIsWrittenIsInTheJournal() throws Exception {
    Files.createDirectory(directory);

    ledger.write(r -> r.withAdmittedAt(AT));

    assertThat(journal.readAll()).containsExactly(ledger.view());
  }

  @Test
  void whatIsNotedGoesToDiskWithTheNextWrite() throws Exception {
    Files.createDirectory(directory);

    ledger.note(r -> r.withStep(r.steps().getFirst().withPhase(State.CONFIGURING)));

    assertThat(journal.readAll()).isEmpty();
    ledger.write(r -> r.withAdmittedAt(AT));
    assertThat(journal.readAll()).containsExactly(ledger.view());
    assertThat(ledger.view().state()).isEqualTo(State.CONFIGURING);
  }

  @Test
  void whileTheDiskRefusesTheRecordGoesOnAndTheJournalCatchesUpLater() throws Exception {
    // Given
    ledger.write(r -> r.withAdmittedAt(AT));
    assertThat(ledger.view().admittedAt()).contains(AT);
    assertThat(journal.problem()).startsWith("the journal cannot be written: ");
    assertThat(ledger.catchUp()).isFalse();
    // When
    Files.createDirectory(directory);
    assertThat(ledger.catchUp()).isTrue();
    // Then
    assertThat(journal.readAll()).containsExactly(ledger.view());
    assertThat(journal.problem()).isEmpty();
  }

  @Test
  void whoMustNotRunBeforeItIsRecordedWaitsUntilTheDiskTakesIt() throws Exception {
    // Given
    ledger.write(r -> r.withAdmittedAt(AT));
    CountDownLatch recorded = new CountDownLatch(1);
    Thread stage =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    ledger.awaitWritten();
                    recorded.countDown();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    ledger.catchUp();
    assertThat(recorded.getCount()).isEqualTo(1);
    // When
    Files.createDirectory(directory);
    ledger.catchUp();
    // Then
    stage.join();
    assertThat(recorded.getCount()).isZero();
  }

  @Test
  void whatIsRefusedChangesNothing() {
    assertThatThrownBy(() -> ledger.writeOrRefuse(r -> r.withAdmittedAt(AT)))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("the journal cannot be written: ");

    assertThat(ledger.view().admittedAt()).isEmpty();
  }

  @Test
  void theProblemIsOverOnceTheJournalCanBeWrittenAgainEvenIfNobodyWrites() throws Exception {
    assertThatThrownBy(() -> ledger.writeOrRefuse(r -> r)).isInstanceOf(IOException.class);
    Files.createDirectory(directory);

    journal.probe();

    assertThat(journal.problem()).isEmpty();
  }
}
