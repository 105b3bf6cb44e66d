package org.cranelet.api;

import java.util.List;
import java.util.Optional;
import org.cranelet.os.User;
import org.cranelet.pod.Identity;
import org.cranelet.pod.WireAnnotations;
import org.cranelet.proto.crane.PodJobAdditionalMeta;
import org.cranelet.standalone.Refusal;

/** Checks whom a job shall run as. */
final class IdentityMapping {
  /** -1 as an unsigned number means "no id" to the kernel (chown(2)). */
  private static final long NO_ID = (1L << 32) - 1;

  private IdentityMapping() {}

  /**
   * The job's group.
   *
   * @param wanted 0 for the owner's first, unless he is root
   */
  static int gid(int wanted, Caller caller, User owner) throws Refusal {
    int gid = wanted == 0 && !owner.isRoot() ? owner.gid() : wanted;
    if (!caller.isRoot() && !owner.isIn(gid)) {
      throw new Refusal(
          Refusal.Kind.PERMISSION, "user " + owner.name() + " is not in group " + gid);
    }
    return gid;
  }

  /**
   * Whom the containers run as. Without user namespaces a user is himself; only root may be
   * somebody else.
   *
   * @param gid of the job
   * @return absent: whom the image names, which is root's alone
   */
  static Optional<Identity> identity(PodJobAdditionalMeta pod, Caller caller, User owner, int gid)
      throws Refusal {
    String runAs = pod.getAnnotationsOrDefault(WireAnnotations.RUN_AS, "");
    if (runAs.isEmpty() && pod.getRunAsUser() != 0) {
      runAs =
          Integer.toUnsignedString(pod.getRunAsUser())
              + (pod.getRunAsGroup() == 0
                  ? ""
                  : ":" + Integer.toUnsignedString(pod.getRunAsGroup()));
    }
    if (runAs.isEmpty()) {
      return owner.isRoot()
          ? Optional.empty()
          : Optional.of(new Identity(owner.uid(), gid, owner.groups()));
    }
    Refusal.invalidIf(
        !runAs.matches("\\d{1,10}(:\\d{1,10})?"), "'" + runAs + "' is not UID or UID:GID");
    String[] ids = runAs.split(":");
    int uid = id(ids[0]);
    int group = ids.length > 1 ? id(ids[1]) : uid == owner.uid() ? gid : uid;
    boolean himself = uid == owner.uid() && owner.isIn(group);
    if (!himself && !caller.isRoot()) {
      throw new Refusal(
          Refusal.Kind.PERMISSION,
          "user "
              + owner.name()
              + " may run containers as himself only ("
              + Integer.toUnsignedString(owner.uid())
              + "), not as "
              + runAs
              + ": other users need a user namespace");
    }
    return Optional.of(new Identity(uid, group, himself ? owner.groups() : List.of()));
  }

  private static int id(String text) throws Refusal {
    long id = Long.parseLong(text);
    Refusal.invalidIf(id >= NO_ID, text + " is not a user or group id");
    return (int) id;
  }
}
