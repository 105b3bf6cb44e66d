package org.cranelet.standalone;

import java.util.List;
import org.cranelet.config.PerUser;
import org.cranelet.job.JobRecord;
import org.cranelet.job.JobRunner;
import org.cranelet.job.Jobs;
import org.cranelet.os.User;

/** What one user may take of the node; root may take all. */
final class UserLimits {
  private static final long MAX_RECORD_BYTES = 4L << 20;

  private final PerUser limits;
  private final Jobs jobs;

  UserLimits(PerUser limits, Jobs jobs) {
    this.limits = limits;
    this.jobs = jobs;
  }

  /**
   * Looks whether a user may submit one more job; makes room by forgetting his oldest finished
   * jobs.
   *
   * @throws Refusal if he may not
   */
  void requireRoomForJob(User user) throws Refusal {
    if (user.isRoot()) {
      return;
    }
    long waiting = jobs.of(user).stream().map(JobRunner::view).filter(JobRecord::waits).count();
    if (limits.maxPendingJobs() > 0 && waiting >= limits.maxPendingJobs()) {
      throw new Refusal(
          Refusal.Kind.USER_LIMIT,
          waiting + " of your jobs wait already, which is the limit for one user; try later");
    }
    requireRoomOnDisk(user);
  }

  /**
   * Forgets the user's oldest finished jobs where that makes room.
   *
   * @throws Refusal if what is not finished takes all he may have
   */
  void requireRoomOnDisk(User user) throws Refusal {
    if (user.isRoot() || limits.maxTempData() == 0) {
      return;
    }
    List<JobRunner> his = jobs.of(user);
    long live = his.stream().filter(j -> !j.view().ended()).mapToLong(jobs::bytes).sum();
    if (live >= limits.maxTempData()) {
      throw new Refusal(
          Refusal.Kind.USER_LIMIT,
          "the output of your running jobs takes "
              + live
              + " bytes on this node, one user may have "
              + limits.maxTempData()
              + "; try again when some have ended");
    }
    jobs.makeRoom(user);
  }

  /**
   * Each change of a job writes its whole record, and all records are in memory.
   *
   * @throws Refusal if the job has had more steps than can be recorded
   */
  void requireRoomInRecord(JobRunner job) throws Refusal {
    if (jobs.bytesOfRecord(job.jobId()) > MAX_RECORD_BYTES) {
      throw new Refusal(
          Refusal.Kind.USER_LIMIT,
          "job "
              + job.jobId()
              + " has had so many steps that its record takes "
              + (MAX_RECORD_BYTES >> 20)
              + " MiB: submit another job");
    }
  }

  /**
   * @throws Refusal if the job's owner runs as many steps as one user may
   */
  void requireRoomForStep(User user) throws Refusal {
    if (!mayRunMore(user)) {
      throw new Refusal(
          Refusal.Kind.USER_LIMIT,
          limits.maxRunningSteps() + " of your steps run, which is the limit for one user");
    }
  }

  boolean mayRunMore(User user) {
    return user.isRoot()
        || limits.maxRunningSteps() == 0
        || jobs.liveSteps(user) < limits.maxRunningSteps();
  }
}
