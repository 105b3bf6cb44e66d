package org.cranelet.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cranelet.image.reference.Login;
import org.cranelet.image.reference.LoginFile;

/**
 * Where a user's logins are kept.
 *
 * @param own ccon's file, the only one that it writes
 * @param dockers what {@code docker login} writes
 */
record LoginFiles(LoginFile own, LoginFile dockers) {
  /**
   * @param env this process's environment
   */
  static LoginFiles of(Map<String, String> env) {
    Path home = Path.of(variable(env, "HOME").orElse(System.getProperty("user.home", "/")));
    Path own =
        variable(env, "CCON_AUTH_FILE")
            .map(Path::of)
            .orElseGet(
                () ->
                    variable(env, "XDG_CONFIG_HOME")
                        .map(Path::of)
                        .filter(Path::isAbsolute) // others are void (XDG Base Directory)
                        .orElse(home.resolve(".config"))
                        .resolve("crane/auth.json"));
    Path dockers = variable(env, "DOCKER_CONFIG").map(Path::of).orElse(home.resolve(".docker"));
    return new LoginFiles(new LoginFile(own), new LoginFile(dockers.resolve("config.json")));
  }

  private static Optional<String> variable(Map<String, String> env, String name) {
    return Optional.ofNullable(env.get(name)).filter(value -> !value.isEmpty());
  }

  /**
   * The login for a registry, ours first. A file or helper that cannot be used is told and passed
   * over: an image for everybody needs none of them.
   */
  Optional<Login> find(String registry) {
    for (LoginFile file : List.of(own, dockers)) {
      Optional<Login> login = find(file, registry);
      if (login.isPresent()) {
        return login;
      }
    }
    return Optional.empty();
  }

  static Optional<Login> find(LoginFile file, String registry) {
    try {
      Optional<Login> login = file.find(registry);
      if (login.isPresent() && file.isExposed()) {
        warn(file.path() + " holds passwords that others can read: chmod 600 " + file.path());
      }
      return login;
    } catch (IOException e) {
      warn(String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  static void warn(String message) {
    System.err.println("ccon: warning: " + message);
  }
}
