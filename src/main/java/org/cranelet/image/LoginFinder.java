package org.cranelet.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.cranelet.image.reference.Login;
import org.cranelet.image.reference.LoginFile;
import org.jboss.logging.Logger;

/** Finds the login for a registry in a file of docker's format. */
public interface LoginFinder {
  Optional<Login> find(Path file, String registry) throws IOException;

  /** As {@link #find}, where there must be one. */
  default Login require(Path file, String registry) throws IOException {
    return find(file, registry)
        .orElseThrow(() -> new IOException("no login for " + registry + " in " + file));
  }

  /** Reads the files; of one that others can read it warns once. */
  final class OfFiles implements LoginFinder {
    private static final Logger LOG = Logger.getLogger(LoginFinder.class);

    private final Set<Path> told = ConcurrentHashMap.newKeySet();

    @Override
    public Optional<Login> find(Path file, String registry) throws IOException {
      LoginFile logins = new LoginFile(file);
      Optional<Login> login = logins.find(registry);
      if (login.isPresent() && logins.isExposed() && told.add(file)) {
        LOG.warnf("%s holds passwords that others can read: chmod 600 %s", file, file);
      }
      return login;
    }
  }
}
