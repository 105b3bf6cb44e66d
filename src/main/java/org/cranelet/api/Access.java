package org.cranelet.api;

import io.grpc.Status.Code;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.cranelet.job.JobRunner;
import org.cranelet.job.Jobs;
import org.cranelet.os.User;
import org.cranelet.os.Users;
import org.cranelet.standalone.Refusal;
import org.cranelet.transport.Peer;
import org.cranelet.transport.RpcException;

/** Who calls, and which jobs he may know of. What he may not see does not exist for him. */
final class Access {
  private final Users users;
  private final Jobs jobs;

  Access(Users users, Jobs jobs) {
    this.users = users;
    this.jobs = jobs;
  }

  Caller caller(Peer peer) {
    try {
      return new Caller(users.byUid(peer.uid(), peer.gid()));
    } catch (IOException e) {
      throw new RpcException(
          Code.UNAVAILABLE, "cannot look up user " + peer.uid() + ": " + e.getMessage());
    }
  }

  /**
   * The caller, who must be root.
   *
   * @param what he wants, after "only root may"
   */
  Caller requireRoot(Peer peer, String what) {
    Caller caller = caller(peer);
    if (!caller.isRoot()) {
      Audit.log(caller, what, "node", "refused: he is not root");
      throw new RpcException(Code.PERMISSION_DENIED, "only root may " + what);
    }
    return caller;
  }

  /** A user's name, or his number if the name service does not tell. */
  String userName(int uid) {
    try {
      return users.byUid(uid, uid).name();
    } catch (IOException e) {
      return Integer.toUnsignedString(uid);
    }
  }

  /** Whom a submission is for: the caller; root may name somebody else. */
  User owner(Caller caller, int uid) throws Refusal {
    if (uid == caller.user().uid()) {
      return caller.user();
    }
    if (!caller.isRoot()) {
      throw new Refusal(
          Refusal.Kind.PERMISSION,
          "user "
              + caller.user().name()
              + " cannot submit as uid "
              + Integer.toUnsignedString(uid));
    }
    try {
      return users.byUid(uid, uid);
    } catch (IOException e) {
      throw new Refusal(Refusal.Kind.SYSTEM, "cannot look up user " + uid + ": " + e.getMessage());
    }
  }

  List<JobRunner> visible(Caller caller) {
    return jobs.all().stream().filter(j -> caller.mayTouch(j.view().spec().owner())).toList();
  }

  /** The job, if there is one and the caller may know of it. */
  Optional<JobRunner> find(Caller caller, long jobId) {
    return jobs.find(jobId).filter(j -> caller.mayTouch(j.view().spec().owner()));
  }

  /**
   * @throws RpcException NOT_FOUND if there is no such job, or it is somebody else's
   */
  JobRunner job(Caller caller, long jobId) {
    return find(caller, jobId)
        .orElseThrow(() -> new RpcException(Code.NOT_FOUND, "no job " + jobId));
  }
}
