package org.cranelet.api;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cranelet.config.PullPolicy;
import org.cranelet.image.reference.Login;
import org.cranelet.image.reference.Reference;
import org.cranelet.job.NewStep;
import org.cranelet.job.StepSpec;
import org.cranelet.pod.Identity;
import org.cranelet.pod.WireAnnotations;
import org.cranelet.proto.crane.ContainerJobAdditionalMeta;
import org.cranelet.standalone.Refusal;

/** Checks what is asked of a container: its image and login, command, environment and mounts. */
final class StepMapping {
  /** Tokens have a few thousand characters; logins of waiting jobs fill a tmpfs. */
  private static final int MAX_LOGIN = 16_384;

  /** Of a job, pod or step: they are labels at the runtime, and columns of tables. */
  static final int MAX_NAME = 255;

  private StepMapping() {}

  /**
   * The specification of a step and the login that goes with it, which stands in no record.
   *
   * @param identity absent: whom the image names
   * @param givenCwd where the user was; empty: /
   * @param name for a container that has none of its own
   */
  static NewStep step(
      ContainerJobAdditionalMeta c,
      Optional<Identity> identity,
      String givenCwd,
      String commandLine,
      String name)
      throws Refusal {
    String cwd = givenCwd.isEmpty() ? "/" : givenCwd;
    Optional<Login> login = login(c.getImage());
    Refusal.invalidIf(
        !cwd.startsWith("/") || (cwd + c.getWorkdir() + c.getCommand()).contains("\0"),
        "the current directory and the working directory must be absolute paths");
    Refusal.invalidIf(
        c.getArgsList().stream().anyMatch(arg -> arg.contains("\0")),
        "an argument cannot hold a NUL character");
    Refusal.invalidIf(
        Math.max(name.length(), c.getName().length()) > MAX_NAME,
        "a name may have " + MAX_NAME + " characters at most");
    Refusal.invalidIf(c.getTty() || c.getStdin(), "-i and -t are not there yet: run without them");
    Refusal.invalidIf(
        c.getCdiDevicesCount() > 0, "CDI devices cannot be asked for directly: use --gres");
    StepSpec spec =
        new StepSpec(
            0,
            c.getName().isEmpty() ? name : c.getName(),
            c.getImage().getImage(),
            pullPolicy(c.getImage().getPullPolicy()),
            login.map(Login::registry),
            c.getCommand().isEmpty() ? List.of() : List.of(c.getCommand()),
            List.copyOf(c.getArgsList()),
            c.getWorkdir(),
            environment(c.getEnvMap()),
            MountMapping.mounts(c, cwd),
            identity,
            c.getAnnotationsOrDefault(WireAnnotations.READ_ONLY_ROOT, "").equals("true"),
            Annotations.users(c.getLabelsMap()),
            Annotations.users(c.getAnnotationsMap()),
            cwd,
            commandLine,
            Instant.now());
    return new NewStep(spec, login);
  }

  /** A login is for the image's own registry, whatever the client says. */
  private static Optional<Login> login(ContainerJobAdditionalMeta.ImageInfo image) throws Refusal {
    Reference reference;
    try {
      reference = Reference.parse(image.getImage());
    } catch (IllegalArgumentException e) {
      throw new Refusal(Refusal.Kind.INVALID, String.valueOf(e.getMessage()));
    }
    if (image.getUsername().isEmpty() && image.getPassword().isEmpty()) {
      return Optional.empty();
    }
    String server = image.getServerAddress();
    Refusal.invalidIf(
        !server.isEmpty() && !Reference.hostOf(server).equals(reference.registry()),
        "a login for " + server + " cannot open " + reference.registry());
    Refusal.invalidIf(
        (image.getUsername() + image.getPassword()).contains("\0")
            || image.getUsername().isEmpty()
            || image.getPassword().isEmpty(),
        "a login is a user name and a password");
    Refusal.invalidIf(
        image.getUsername().length() + image.getPassword().length() > MAX_LOGIN,
        "a login may have " + MAX_LOGIN + " characters at most");
    return Optional.of(new Login(reference.registry(), image.getUsername(), image.getPassword()));
  }

  private static Optional<PullPolicy> pullPolicy(String text) throws Refusal {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(PullPolicy.parse(text));
    } catch (IllegalArgumentException e) {
      throw new Refusal(Refusal.Kind.INVALID, String.valueOf(e.getMessage()));
    }
  }

  private static Map<String, String> environment(Map<String, String> env) throws Refusal {
    for (Map.Entry<String, String> v : env.entrySet()) {
      Refusal.invalidIf(
          v.getKey().isEmpty()
              || v.getKey().contains("=")
              || (v.getKey() + v.getValue()).contains("\0"),
          "'" + v.getKey() + "' cannot be an environment variable");
    }
    return Map.copyOf(env);
  }
}
