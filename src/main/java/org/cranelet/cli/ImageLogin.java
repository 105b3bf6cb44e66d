package org.cranelet.cli;

import java.util.Optional;
import org.cranelet.image.reference.Login;
import org.cranelet.image.reference.Reference;

/** The login that goes along with a submission: the one for its image's registry, if any. */
final class ImageLogin {
  private ImageLogin() {}

  /**
   * @return empty also for what is no image reference: to say so is the daemon's part
   */
  static Optional<Login> of(RunCommand run) {
    if ((run.containerUser == null) != (run.containerPassword == null)) {
      throw CliException.usage(
          "--container-user and --container-password belong together: give both or none");
    }
    if (run.containerPassword != null) {
      LoginFiles.warn(
          "everybody on this machine can see --container-password while ccon runs, and the"
              + " shell's history keeps it: use ccon login");
    }
    Optional<String> registry = registry(run.image);
    if (registry.isEmpty()) {
      return Optional.empty();
    }
    if (run.containerUser != null && run.containerPassword != null) {
      return Optional.of(new Login(registry.get(), run.containerUser, run.containerPassword));
    }
    return LoginFiles.of(System.getenv()).find(registry.get());
  }

  private static Optional<String> registry(String image) {
    try {
      return Optional.of(Reference.parse(image).registry());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
