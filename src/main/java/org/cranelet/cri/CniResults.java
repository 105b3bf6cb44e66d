package org.cranelet.cri;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jboss.logging.Logger;

/**
 * What libcni remembers of each pod's network, in files it does not force to disk. After a power
 * cut one may be cut off, and then the runtime can never stop that pod: its network is released
 * only if the result can be read, or is not there.
 */
final class CniResults {
  private static final Logger LOG = Logger.getLogger(CniResults.class);

  private final Path directory;

  CniResults(Path directory) {
    this.directory = directory;
  }

  /** Whether a sandbox could not be stopped because of a result that cannot be read. */
  static boolean isToBlame(CriException e) {
    return String.valueOf(e.getMessage()).contains("cached result");
  }

  /**
   * Removes the results of this sandbox that cannot be read.
   *
   * @return whether there were any
   */
  boolean dropUnreadable(String sandboxId) {
    boolean dropped = false;
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory, "*-" + sandboxId + "-*")) {
      for (Path file : files) {
        if (!isReadable(file)) {
          Files.delete(file);
          LOG.warnf("removed %s, which a power cut left unreadable", file);
          dropped = true;
        }
      }
    } catch (IOException e) {
      LOG.warnf("cannot look at the results of CNI in %s: %s", directory, e.getMessage());
    }
    return dropped;
  }

  private static boolean isReadable(Path file) throws IOException {
    try {
      return JsonMapper.builder().build().readTree(Files.readAllBytes(file)).isObject();
    } catch (JsonProcessingException e) {
      return false;
    }
  }
}
