package org.cranelet.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.cranelet.image.LoginStore;
import org.cranelet.job.Engines;
import org.cranelet.job.JobRunner;
import org.cranelet.job.Jobs;
import org.cranelet.job.NewStep;
import org.cranelet.job.Records;
import org.cranelet.metrics.Meters;
import org.cranelet.os.RecordingCommands;
import org.cranelet.os.User;
import org.cranelet.os.Users;
import org.cranelet.proto.crane.CancelJobReply;
import org.cranelet.proto.crane.CancelJobRequest;
import org.cranelet.proto.crane.CancelledJobStep;
import org.cranelet.proto.crane.JobIdSelector;
import org.cranelet.proto.crane.JobStatus;
import org.cranelet.proto.crane.NotCancelledJobStep;
import org.cranelet.transport.Peer;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whose jobs, and which of them, a request to cancel is about: all of them wait here. */
class CraneCtldServiceTest {
  private static final User ALICE = new User(1000, "1000", 1000, List.of(1000));
  private static final User BOB = new User(1001, "1001", 1001, List.of(1001));

  private final Jobs jobs;
  private final CraneCtldService service;
  private final int first;
  private final int second;
  private final int bobs;

  CraneCtldServiceTest(@TempDir Path dir) throws Exception {
    LoginStore logins = LoginStore.open(dir.resolve("run"), "it");
    Meters meters = new Meters(new SimpleMeterRegistry());
    this.jobs = new Jobs(Engines.withoutRuntime(dir, "", logins, meters), job -> {});
    Users users = new Users(new RecordingCommands()); // knows no names
    this.service = service(new Access(users, jobs));
    this.first = accept("first", ALICE);
    this.second = accept("second", ALICE);
    this.bobs = accept("first", BOB);
  }

  // ---- filters ----

  static Stream<CancelJobRequest> aboutNothing() {
    CancelJobRequest any = CancelJobRequest.newBuilder().setFilterState(JobStatus.Invalid).build();
    return Stream.of(
        any,
        any.toBuilder().setFilterAccount("physics").build(),
        any.toBuilder().setFilterAccount("physics").setFilterJobName("first").build(),
        CancelJobRequest.newBuilder().setFilterAccount("physics").build(),
        CancelJobRequest.newBuilder().setFilterState(JobStatus.Running).build());
  }

  @ParameterizedTest
  @MethodSource("aboutNothing")
  void aRequestThatIsAboutNothingCancelsNothing(CancelJobRequest request) {
    // When
    CancelJobReply reply = cancel(ALICE, request);
    // Then
    assertThat(reply).isEqualTo(CancelJobReply.getDefaultInstance());
    assertThat(waiting()).containsExactly(first, second, bobs);
  }

  @Test
  void theStatePendingAloneCancelsTheCallersWaitingJobs() {
    // When
    CancelJobReply reply =
        cancel(ALICE, CancelJobRequest.newBuilder().setFilterState(JobStatus.Pending).build());
    // Then
    assertThat(cancelled(reply)).containsExactly(first, second);
    assertThat(waiting()).containsExactly(bobs);
  }

  @Test
  void anyStateLeavesTheOtherFiltersToChoose() {
    // When
    CancelJobReply reply =
        cancel(
            ALICE,
            CancelJobRequest.newBuilder()
                .setOperatorUid(ALICE.uid())
                .setFilterState(JobStatus.Invalid)
                .setFilterJobName("first")
                .build());
    // Then
    assertThat(cancelled(reply)).containsExactly(first);
    assertThat(waiting()).containsExactly(second, bobs);
  }

  @Test
  void anAccountHoldsForNamedJobsToo() {
    // When
    CancelJobReply reply =
        cancel(ALICE, named(first).toBuilder().setFilterAccount("physics").build());
    // Then
    assertThat(reply.getNotCancelledList())
        .containsExactly(
            NotCancelledJobStep.newBuilder()
                .setJobId(first)
                .setReason("there are no accounts on this node: no job is of physics")
                .build());
    assertThat(waiting()).contains(first);
  }

  // ---- who asks ----

  @Test
  void aUserCannotCancelAsAnother() {
    // Given
    String reason = "user 1000 cannot cancel as uid 1001";
    CancelJobRequest.Builder request = CancelJobRequest.newBuilder().setOperatorUid(BOB.uid());
    CancelJobRequest byName = request.setFilterJobName("first").build();
    CancelJobRequest byId =
        request
            .clearFilterJobName()
            .addFilterJobIds(JobIdSelector.newBuilder().setJobId(first))
            .addFilterJobIds(JobIdSelector.newBuilder().setJobId(second).addSteps(1))
            .addFilterJobIds(JobIdSelector.newBuilder().setJobId(bobs))
            .build();
    // When
    CancelJobReply filtered = cancel(ALICE, byName);
    CancelJobReply named = cancel(ALICE, byId);
    // Then
    NotCancelledJobStep.Builder not = NotCancelledJobStep.newBuilder().setReason(reason);
    assertThat(filtered.getNotCancelledList()).containsExactly(not.setJobId(first).build());
    assertThat(named.getNotCancelledList())
        .containsExactly(
            not.setJobId(first).build(),
            not.setJobId(second).setStepId(1).build(),
            not.setJobId(bobs).clearStepId().build());
    assertThat(waiting()).containsExactly(first, second, bobs);
  }

  @Test
  void rootMayNameWhomHeActsFor() {
    // When
    CancelJobReply reply =
        cancel(
            new User(0, "root", 0, List.of(0)),
            named(bobs).toBuilder().setOperatorUid(BOB.uid()).build());
    // Then
    assertThat(cancelled(reply)).containsExactly(bobs);
  }

  @Test
  void whoDoesNotSayWhoHeIsIsWhoTheKernelSays() {
    // When
    CancelJobReply reply = cancel(ALICE, named(first));
    // Then
    assertThat(cancelled(reply)).containsExactly(first);
  }

  // ---- tools ----

  private static CancelJobRequest named(int job) {
    return CancelJobRequest.newBuilder()
        .addFilterJobIds(JobIdSelector.newBuilder().setJobId(job))
        .build();
  }

  private CancelJobReply cancel(User user, CancelJobRequest request) {
    return service.cancelJob(new Peer(user.uid(), user.gid(), 1), request);
  }

  private static List<Integer> cancelled(CancelJobReply reply) {
    assertThat(reply.getNotCancelledList()).isEmpty();
    return reply.getCancelledList().stream().map(CancelledJobStep::getJobId).toList();
  }

  private List<Integer> waiting() {
    return jobs.all().stream()
        .map(JobRunner::view)
        .filter(j -> !j.ended())
        .map(j -> (int) j.jobId())
        .toList();
  }

  private int accept(String name, User owner) throws IOException {
    NewStep step = new NewStep(Records.step(1), Optional.empty());
    return (int) jobs.accept(id -> Records.spec(id, name, owner), step).jobId();
  }

  /** Cancelling asks the cluster nothing. */
  @NullUnmarked
  private static CraneCtldService service(Access access) {
    return new CraneCtldService(null, access, null, null);
  }
}
