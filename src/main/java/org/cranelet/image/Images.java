package org.cranelet.image;

import java.time.Duration;
import java.util.Optional;
import org.cranelet.config.PullPolicy;
import org.cranelet.cri.CriException;
import org.cranelet.cri.ImageClient;
import org.cranelet.cri.ImageInfo;
import org.cranelet.image.reference.Login;
import org.cranelet.image.reference.Reference;
import org.cranelet.os.Deadline;

/** Ensures images: there already and the user's to use, or pulled as the policy says. */
public final class Images {
  /** Somebody may remove an image by hand just when it has come; not again and again. */
  private static final int PULLS = 5;

  private final ImageClient client;
  private final Puller puller;
  private final ImageRecords records;
  private final ImageHolds holds;
  private final PullPolicy byDefault;

  Images(
      ImageClient client,
      Puller puller,
      ImageRecords records,
      ImageHolds holds,
      PullPolicy byDefault) {
    this.client = client;
    this.puller = puller;
    this.records = records;
    this.holds = holds;
    this.byDefault = byDefault;
  }

  /** An image that is on the node and stays there until this is closed. */
  public final class Held implements AutoCloseable {
    private final String id;

    private Held(String id) {
      this.id = id;
    }

    /** What CreateContainer takes for it. */
    public String id() {
      return id;
    }

    @Override
    public void close() {
      holds.release(id);
    }
  }

  /**
   * Makes sure the image is on the node; waits for its pull if it must be pulled.
   *
   * @throws ImageException if it cannot be had, or is not this user's to use
   * @throws CriException.Unavailable if the runtime is away; try again
   */
  public Held ensure(ImageWish wish) throws ImageException, InterruptedException {
    Reference reference = parse(wish.image());
    PullPolicy policy = effective(reference, wish.policy().orElse(byDefault));
    if (policy != PullPolicy.ALWAYS) {
      Optional<Held> there = present(reference, wish.uid(), policy);
      if (there.isPresent()) {
        return there.get();
      }
    }
    for (int n = 0; n < PULLS; n++) {
      Optional<Held> pulled = pull(reference, wish);
      if (pulled.isPresent()) {
        return pulled.get();
      }
    }
    throw new ImageException(
        "image " + reference + " was removed " + PULLS + " times as soon as it was there");
  }

  private static Reference parse(String image) throws ImageException {
    try {
      return Reference.parse(image);
    } catch (IllegalArgumentException e) {
      throw new ImageException(String.valueOf(e.getMessage()));
    }
  }

  private static PullPolicy effective(Reference reference, PullPolicy policy) {
    if (policy != PullPolicy.AUTO) {
      return policy;
    }
    return reference.isLatest() ? PullPolicy.ALWAYS : PullPolicy.IF_NOT_PRESENT;
  }

  /** The image without its registry, if the policy allows that. */
  private Optional<Held> present(Reference reference, int uid, PullPolicy policy)
      throws ImageException, InterruptedException {
    Optional<ImageInfo> image = client.status(reference.toString());
    if (image.isPresent() && records.mayUse(image.get(), uid)) {
      Optional<Held> held = hold(image.get().id());
      if (held.isPresent()) {
        return held;
      }
      image = Optional.empty();
    }
    if (policy == PullPolicy.NEVER) {
      throw image.isPresent() ? notYours(reference) : absent(reference);
    }
    return Optional.empty();
  }

  private static ImageException absent(Reference reference) {
    return new ImageException(
        "image " + reference + " is not on this node, and the pull policy is Never");
  }

  private static ImageException notYours(Reference reference) {
    return new ImageException(
        "image "
            + reference
            + " is on this node, but was not opened by a login of yours, and the pull policy is"
            + " Never: use ccon login "
            + reference.registry()
            + ", and IfNotPresent once");
  }

  private Optional<Held> pull(Reference reference, ImageWish wish)
      throws ImageException, InterruptedException {
    holds.hold(reference.toString()); // the old one of this name is not to go beneath the pull
    try (Puller.Ticket ticket = puller.forStep(reference, wish.login(), wish.step(), wish.uid())) {
      String id = ticket.await();
      records.opened(id, wish.uid());
      return hold(id);
    } finally {
      holds.release(reference.toString());
    }
  }

  /** Absent if the image was removed just before. */
  private Optional<Held> hold(String id) throws InterruptedException {
    holds.hold(id);
    Held held = new Held(id);
    boolean there = false;
    try {
      there = client.status(id).isPresent();
    } finally {
      if (!there) {
        held.close();
      }
    }
    if (!there) {
      return Optional.empty();
    }
    records.used(id);
    return Optional.of(held);
  }

  /**
   * The image on the node, if the policy is content with it; nobody is to use it yet.
   *
   * @throws CriException.Unavailable if the runtime is away; try again
   */
  Optional<ImageInfo> there(Reference reference, PullPolicy policy) {
    return effective(reference, policy) == PullPolicy.ALWAYS
        ? Optional.empty()
        : client.status(reference.toString());
  }

  /**
   * Pulls an image that no job needs yet.
   *
   * @return what is on the node then
   * @throws CriException.Unavailable if the runtime is away; try again
   */
  ImageInfo ahead(AheadWish wish) throws ImageException, InterruptedException {
    Reference reference = wish.reference();
    Optional<ImageInfo> there = there(reference, wish.policy());
    if (there.isPresent()) {
      return there.get();
    }
    holds.hold(reference.toString());
    try (Puller.Ticket ticket = puller.ahead(reference, wish.login(), wish.attempts())) {
      String id = ticket.await(wish.deadline());
      return client
          .status(id)
          .orElseThrow(() -> new ImageException("image " + reference + " was removed at once"));
    } finally {
      holds.release(reference.toString());
    }
  }

  /** Waits until no job waits for a pull; whether that is so by then. */
  boolean awaitNoJobs(Deadline latest) throws InterruptedException {
    return puller.awaitNoJobs(latest);
  }

  /**
   * An image that a list names.
   *
   * @param deadline for all its attempts
   */
  record AheadWish(
      Reference reference,
      PullPolicy policy,
      Optional<Login> login,
      int attempts,
      Duration deadline) {}
}
