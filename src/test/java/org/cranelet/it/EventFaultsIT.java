package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Events are hints: whatever becomes of them, every job ends once and truly. */
@Tag("faults")
class EventFaultsIT {
  @RegisterExtension final FaultyNode faulty = new FaultyNode();

  private void assertAJobEndsTruly() {
    String id = faulty.submit("job");
    faulty.awaitRuns("job");
    faulty.letEnd("job");
    faulty.assertEndedTruly("job", id);
    faulty.assertNothingLeft();
  }

  @Test
  void anEndWhoseEventIsLostIsFoundByTheRelist() {
    faulty.start("RelistInterval: 1");
    faulty.runtime.events(EventFault.LOSE);

    assertAJobEndsTruly();
  }

  @Test
  void anEndToldThreeTimesIsOneEnd() {
    faulty.start();
    faulty.runtime.events(EventFault.repeat(3));

    assertAJobEndsTruly();
  }

  @Test
  void aFloodOfEventsHidesNoEnd() {
    faulty.start();
    faulty.runtime.events(EventFault.repeat(20_000));

    assertAJobEndsTruly();
  }

  @Test
  void endsToldOutOfOrderAreEachJobsOwn() {
    faulty.start();
    String first = faulty.submit("first", "-c", "1");
    String second = faulty.submit("second", "-c", "1");
    faulty.awaitRuns("first");
    faulty.awaitRuns("second");

    faulty.runtime.events(EventFault.reverse(2));
    faulty.letEnd("first");
    faulty.letEnd("second");

    faulty.assertEndedTruly("first", first);
    faulty.assertEndedTruly("second", second);
    faulty.assertNothingLeft();
  }

  @Test
  void aStreamThatTellsOnlySomeEventsHidesNoEnd() {
    faulty.start("RelistInterval: 1");
    faulty.runtime.events(EventFault.loseSome());

    assertAJobEndsTruly();
  }

  @Test
  void aStreamThatEndsAtOnceHidesNoEnd() {
    faulty.runtime.failAlways(FaultyRuntime.EVENTS, Code.OK);
    faulty.start();

    assertAJobEndsTruly();
    assertThat(faulty.runtime.calls(FaultyRuntime.EVENTS)).as("streams opened").isGreaterThan(1);
  }

  @Test
  void withoutEventsTheRuntimeIsAsked() {
    faulty.runtime.failAlways(FaultyRuntime.EVENTS, Code.UNIMPLEMENTED);
    faulty.start();

    assertAJobEndsTruly();
  }

  @Test
  void anEndWhileTheStreamIsAwayIsFoundByTheRelist() {
    faulty.start();
    String id = faulty.submit("job");
    faulty.awaitRuns("job");
    ProcessHandle process = faulty.process("container");

    faulty.runtime.failAlways(FaultyRuntime.EVENTS, Code.UNAVAILABLE);
    faulty.runtime.breakEvents();
    faulty.letEnd("job");
    Until.holds("it has exited", () -> !process.isAlive());
    faulty.runtime.heal();

    faulty.assertEndedTruly("job", id);
    faulty.assertNothingLeft();
  }

  @Test
  void anEndBeforeASlowSubscriptionStandsIsFoundByTheRelistsAfterTheConnect() {
    faulty.start("RelistInterval: 3600");
    String id = faulty.submit("job");
    faulty.awaitRuns("job");
    ProcessHandle process = faulty.process("container");

    Hold subscription = faulty.runtime.holdBefore(FaultyRuntime.EVENTS);
    faulty.runtime.breakEvents();
    subscription.await();
    faulty.letEnd("job");
    Until.holds("it has exited", () -> !process.isAlive());
    subscription.release();

    faulty.assertEndedTruly("job", id);
    faulty.assertNothingLeft();
  }
}
