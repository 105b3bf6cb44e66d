package org.cranelet.image;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.cranelet.image.reference.Login;
import org.cranelet.os.DurableFiles;
import org.cranelet.pod.StepRef;
import org.jboss.logging.Logger;

/**
 * The logins of steps that wait for their image. They are on a tmpfs, so that they survive the
 * daemon and not the machine, and no file of a disk holds them; where there is no tmpfs, in memory
 * only.
 */
public final class LoginStore {
  private static final Logger LOG = Logger.getLogger(LoginStore.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path directory;
  private final boolean onTmpfs;
  private final Map<StepRef, Login> inMemory = new ConcurrentHashMap<>();

  private LoginStore(Path directory, boolean onTmpfs) {
    this.directory = directory;
    this.onTmpfs = onTmpfs;
  }

  /** A login as it is written. */
  @RegisterForReflection // stands in a file
  record Written(String registry, String username, String password) {
    @Override
    public String toString() {
      return "login at " + registry;
    }
  }

  /**
   * Makes the directory.
   *
   * @param runtimeDir the daemon's, on a tmpfs
   * @param instance tells daemons that share it apart
   */
  public static LoginStore open(Path runtimeDir, String instance) throws IOException {
    Files.createDirectories(runtimeDir);
    String type = Files.getFileStore(runtimeDir).type();
    boolean onTmpfs = type.equals("tmpfs") || type.equals("ramfs");
    Path all = runtimeDir.resolve("credentials");
    Path directory = all.resolve(instance);
    if (onTmpfs) {
      DurableFiles.directory(all, "rwx------");
      DurableFiles.directory(directory, "rwx------");
    } else {
      LOG.warnf(
          "%s is not a tmpfs but %s: logins of waiting jobs do not survive a restart of cranelet",
          runtimeDir, type);
    }
    return new LoginStore(directory, onTmpfs);
  }

  public void keep(StepRef step, Login login) throws IOException {
    if (onTmpfs) {
      Written written = new Written(login.registry(), login.username(), login.password());
      DurableFiles.replace(file(step), JSON.writeValueAsBytes(written));
    } else {
      inMemory.put(step, login);
    }
  }

  public Optional<Login> find(StepRef step) throws IOException {
    if (!onTmpfs) {
      return Optional.ofNullable(inMemory.get(step));
    }
    if (!Files.exists(file(step))) {
      return Optional.empty();
    }
    try {
      Written w = JSON.readValue(file(step).toFile(), Written.class);
      return Optional.of(new Login(w.registry(), w.username(), w.password()));
    } catch (JacksonException e) { // its message may quote what it read
      throw new IOException("the login of step " + step + " cannot be read: submit again");
    }
  }

  /** The image is there, or nobody waits for it any more. */
  public void forget(StepRef step) {
    inMemory.remove(step);
    try {
      if (onTmpfs) {
        Files.deleteIfExists(file(step));
      }
    } catch (IOException e) {
      LOG.warnf("step=%s the login of its image cannot be removed: %s", step, e.getMessage());
    }
  }

  /** Forgets all but those of the steps that still need one. */
  public void keepOnly(Predicate<StepRef> needed) throws IOException {
    if (!onTmpfs) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        if (!name.matches("\\d{1,18}\\.\\d{1,9}") || !needed.test(step(name))) {
          Files.delete(file);
        }
      }
    }
  }

  private static StepRef step(String name) {
    int dot = name.indexOf('.');
    return new StepRef(
        Long.parseLong(name.substring(0, dot)), Integer.parseInt(name.substring(dot + 1)));
  }

  private Path file(StepRef step) {
    return directory.resolve(step.jobId() + "." + step.stepId());
  }
}
