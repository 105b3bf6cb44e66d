package org.cranelet.image;

import java.util.Optional;
import java.util.regex.Pattern;
import org.cranelet.config.PullPolicy;
import org.cranelet.cri.CriException;
import org.cranelet.cri.ImageClient;
import org.cranelet.cri.ImageInfo;

/** Ensures images. */
public final class Images {
  /** An explicit tag other than latest, or a digest, behind the last slash. */
  private static final Pattern FIXED = Pattern.compile("[^/]*(:(?!latest$)[^/:@]+|@.+)$");

  private final ImageClient client;
  private final PullPolicy byDefault;

  public Images(ImageClient client, PullPolicy byDefault) {
    this.client = client;
    this.byDefault = byDefault;
  }

  /**
   * Makes sure the image is on the node.
   *
   * @param policy the job's, or empty for the configured default
   * @return what CreateContainer takes for it
   * @throws ImageException if it cannot be had
   * @throws CriException.Unavailable or DeadlineExceeded if the runtime is away; try again
   */
  public String ensure(String reference, Optional<PullPolicy> policy) throws ImageException {
    try {
      return switch (effective(reference, policy.orElse(byDefault))) {
        case NEVER -> present(reference).map(ImageInfo::id).orElseThrow(() -> absent(reference));
        case ALWAYS -> client.pull(reference);
        default -> {
          Optional<ImageInfo> there = present(reference);
          yield there.isPresent() ? there.get().id() : client.pull(reference);
        }
      };
    } catch (CriException.NotFound | CriException.Refused | CriException.Unimplemented e) {
      throw new ImageException("cannot get image " + reference + ": " + e.getMessage());
    }
  }

  private Optional<ImageInfo> present(String reference) {
    return client.status(reference);
  }

  private static PullPolicy effective(String reference, PullPolicy policy) {
    if (policy != PullPolicy.AUTO) {
      return policy;
    }
    return FIXED.matcher(reference).find() ? PullPolicy.IF_NOT_PRESENT : PullPolicy.ALWAYS;
  }

  private static ImageException absent(String reference) {
    return new ImageException(
        "image " + reference + " is not on this node, and the pull policy is Never");
  }
}
