package org.cranelet.image;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.cranelet.cri.CriException;
import org.cranelet.cri.ImageClient;
import org.cranelet.cri.ImageInfo;
import org.cranelet.cri.RegistryAuth;
import org.cranelet.image.reference.Login;
import org.cranelet.image.reference.Reference;
import org.jboss.logging.Logger;

/** One attempt to pull an image: what is recorded around it, and what its failure means. */
final class PullAttempt {
  private static final Logger LOG = Logger.getLogger(PullAttempt.class);

  /** A failure that another attempt may not have. */
  static final class Passing extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Passing(String message) {
      super(message);
    }
  }

  private final ImageClient client;
  private final ImageRecords records;
  private final Puller.Disk disk;
  private final Duration deadline;

  /**
   * @param deadline for all attempts of one pull together
   */
  PullAttempt(ImageClient client, ImageRecords records, Puller.Disk disk, Duration deadline) {
    this.client = client;
    this.records = records;
    this.disk = disk;
    this.deadline = deadline;
  }

  /**
   * Pulls; the image's id.
   *
   * @throws ImageException if another attempt would fail likewise
   * @throws Passing if another attempt may succeed
   * @throws CriException.Unavailable if the runtime is away
   */
  String run(Pull pull) throws ImageException {
    try {
      return pull.key.login().isPresent() ? withLogin(pull) : fetch(pull);
    } catch (CriException.NotFound | CriException.Refused | CriException.Unimplemented e) {
      throw failed(pull, String.valueOf(e.getMessage()));
    }
  }

  /**
   * Without a record beforehand, what is pulled with a login now would be everybody's after a
   * crash.
   */
  private String withLogin(Pull pull) throws ImageException {
    Reference reference = pull.key.reference();
    try {
      records.intend(reference, client.list());
    } catch (IOException e) {
      throw passing(pull, "cannot record whose it is: " + e.getMessage());
    }
    try {
      return fetch(pull);
    } finally {
      records.settled(reference);
    }
  }

  private String fetch(Pull pull) throws ImageException {
    Reference reference = pull.key.reference();
    LOG.infof("image=%s pulling", reference);
    String pulled = pullNow(pull);
    ImageInfo image =
        client
            .status(pulled)
            .orElseThrow(() -> passing(pull, "it was removed as soon as it was there"));
    records.pulled(reference, image, pull.key.login().isPresent());
    LOG.infof("image=%s pulled: %s", reference, image.id());
    Thread.startVirtualThread(disk::lookIfFull);
    return image.id();
  }

  private String pullNow(Pull pull) throws ImageException {
    Optional<RegistryAuth> auth = pull.key.login().map(PullAttempt::auth);
    Duration left = deadline.minus(pull.spent());
    try {
      if (left.isPositive()) {
        return client.pull(pull.key.reference().toString(), auth, left);
      }
    } catch (CriException e) {
      if (pull.endAttempt()) {
        throw passing(
            pull, "nothing arrived from the registry for " + pull.idle().toSeconds() + " s");
      }
      if (!(e instanceof CriException.DeadlineExceeded)) {
        throw e;
      }
    } finally {
      pull.endAttempt();
    }
    throw cannotGet(pull, "the pull took more than " + deadline.toSeconds() + " s");
  }

  /** A scheme binds the login to its host (design: costly facts, 7). */
  private static RegistryAuth auth(Login login) {
    String server = "https://" + Reference.endpointOf(login.registry());
    return new RegistryAuth(server, login.isToken() ? "" : login.username(), login.password());
  }

  // ---- failures ----

  private ImageException failed(Pull pull, String message) {
    PullFailure failure = PullFailure.of(pull.key.reference(), message);
    switch (failure.kind()) {
      case LOGIN -> {
        return cannotGet(pull, failure.said() + advice(pull.key));
      }
      case FINAL -> {
        return cannotGet(pull, failure.said());
      }
      case NO_SPACE -> disk.makeRoom();
      case PASSING -> {}
    }
    throw passing(pull, failure.said());
  }

  private static String advice(Pull.Key key) {
    return key.login()
        .map(login -> " (asked as " + login.username() + ")")
        .orElse(" (asked without a login: ccon login " + key.reference().registry() + ")");
  }

  private static Passing passing(Pull pull, String said) {
    LOG.warnf("image=%s attempt failed: %s", pull.key.reference(), said);
    pull.failed(said);
    return new Passing(said);
  }

  static ImageException cannotGet(Pull pull, String why) {
    return new ImageException("cannot get image " + pull.key.reference() + ": " + why);
  }
}
