package org.cranelet.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.cranelet.it.Until;
import org.junit.jupiter.api.Test;

class ImageHoldsTest {
  private static final String ID = "sha256:1";

  private final ImageHolds holds = new ImageHolds();

  @Test
  void anImageIsHeldUntilTheLastLetsGo() throws Exception {
    // Given
    holds.hold(ID);
    holds.hold(ID);
    holds.release(ID);
    boolean afterOne = holds.isHeld(ID);
    // When
    holds.release(ID);
    // Then
    assertThat(afterOne).isTrue();
    assertThat(holds.isHeld(ID)).isFalse();
  }

  @Test
  void oneThatIsHeldIsNotRemoved() throws Exception {
    // Given
    holds.hold(ID);
    AtomicBoolean ran = new AtomicBoolean();
    // When
    boolean removed = holds.unlessHeld(Set.of(ID), () -> ran.compareAndSet(false, true));
    // Then
    assertThat(removed).isFalse();
    assertThat(ran).isFalse();
  }

  @Test
  void oneWhoseNameIsHeldIsNotRemoved() throws Exception {
    // Given
    holds.hold("registry.example/tool:1");
    AtomicBoolean ran = new AtomicBoolean();
    // When
    boolean removed =
        holds.unlessHeld(
            Set.of(ID, "registry.example/tool:1"), () -> ran.compareAndSet(false, true));
    // Then
    assertThat(removed).isFalse();
    assertThat(ran).isFalse();
  }

  @Test
  void whoWantsOneThatIsBeingRemovedWaitsUntilItIsGone() throws Exception {
    // Given
    CountDownLatch removal = new CountDownLatch(1);
    FutureTask<Boolean> removing =
        new FutureTask<>(() -> holds.unlessHeld(Set.of(ID), () -> await(removal)));
    Thread.startVirtualThread(removing);
    Until.holds("being removed", () -> !holds.unlessHeld(Set.of(ID), () -> true));
    FutureTask<Boolean> holding =
        new FutureTask<>(
            () -> {
              holds.hold(ID);
              return removal.getCount() == 0;
            });
    Thread thread = Thread.startVirtualThread(holding);
    Until.holds("waits", () -> thread.getState() == Thread.State.WAITING);
    boolean heldMeanwhile = holds.isHeld(ID);
    // When
    removal.countDown();
    // Then
    assertThat(holding.get(1, TimeUnit.MINUTES)).isTrue();
    assertThat(removing.get(1, TimeUnit.MINUTES)).isTrue();
    assertThat(heldMeanwhile).isFalse();
    assertThat(holds.isHeld(ID)).isTrue();
  }

  @Test
  void aRemovalThatFailsLeavesTheImageToOthers() throws Exception {
    // Given
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                holds.unlessHeld(
                    Set.of(ID),
                    () -> {
                      throw new IllegalStateException("no");
                    }));
    // When
    holds.hold(ID);
    // Then
    assertThat(holds.isHeld(ID)).isTrue();
  }

  private static boolean await(CountDownLatch latch) {
    try {
      latch.await();
      return true;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
