package org.cranelet.workspace;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.cranelet.os.AsUser;
import org.cranelet.os.Commands;
import org.cranelet.os.DurableFiles;
import org.cranelet.os.User;
import org.jboss.logging.Logger;

/**
 * Where the runtime writes a step's output, and how its user gets to see it: {@code
 * <cwd>/<job>.out/<step>.<node>.log} is a link to the log while the step runs and the log itself
 * afterwards. What happens below the user's directory is done by a child with his credentials; root
 * never opens a path there.
 */
public final class StepLogs {
  private static final Logger LOG = Logger.getLogger(StepLogs.class);
  private static final Duration LINK_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration COPY_TIMEOUT = Duration.ofMinutes(10);

  private static final String LINK =
      "{ [ -d \"$1\" ] || mkdir -- \"$1\"; } && ln -s -f -n -T -- \"$2\" \"$1/$3\"";

  private static final String COPY =
      "[ -d \"$1\" ] || exit 0; cp -T -- \"$2\" \"$1/.$3.new\" && mv -f -T -- \"$1/.$3.new\" \"$1/$3\"";

  private final Path root;
  private final Commands commands;

  public StepLogs(Path root, Commands commands) {
    this.root = root;
    this.commands = commands;
  }

  /** The log directory of a job's pod. */
  public Path directory(long jobId) {
    return root.resolve(Long.toString(jobId));
  }

  public static String name(int stepId) {
    return stepId + ".log";
  }

  public Path file(long jobId, int stepId) {
    return directory(jobId).resolve(name(stepId));
  }

  /** Makes the log before the runtime opens it: the user's, and his alone to read. */
  public void ensure(long jobId, int stepId, User user, int gid) throws IOException {
    DurableFiles.directory(directory(jobId), "rwx--x--x");
    Path file = file(jobId, stepId);
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r--------")));
    } catch (FileAlreadyExistsException e) {
      return; // made before a restart
    }
    DurableFiles.own(file, user.uid(), gid);
  }

  /** Links the log below the user's directory. If that cannot be, the step runs all the same. */
  public void link(long jobId, int stepId, String node, User user, int gid, String cwd) {
    asUser(user, gid, LINK, LINK_TIMEOUT, jobId, stepId, node, cwd);
  }

  /** Puts the finished log in the link's place. */
  public void handOver(long jobId, int stepId, String node, User user, int gid, String cwd) {
    asUser(user, gid, COPY, COPY_TIMEOUT, jobId, stepId, node, cwd);
  }

  private void asUser(
      User user,
      int gid,
      String script,
      Duration timeout,
      long jobId,
      int stepId,
      String node,
      String cwd) {
    List<String> argv =
        List.of(
            "sh",
            "-c",
            script,
            "sh",
            cwd + "/" + jobId + ".out",
            file(jobId, stepId).toString(),
            stepId + "." + node + ".log");
    try {
      Commands.Result result = commands.run(timeout, AsUser.command(user, gid, argv));
      if (!result.ok()) {
        LOG.infof("job=%d step=%d has no log below %s: %s", jobId, stepId, cwd, result.out());
      }
    } catch (IOException e) {
      LOG.warnf("job=%d step=%d has no log below %s: %s", jobId, stepId, cwd, e.getMessage());
    }
  }

  /** What a job's logs take on the disk; 0 if there are none. */
  public long bytes(long jobId) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory(jobId))) {
      long sum = 0;
      for (Path file : files) {
        sum += file.toFile().length();
      }
      return sum;
    } catch (IOException e) {
      return 0; // it has none, or no longer
    }
  }

  /** Jobs that have logs of which nothing was written after {@code time}. Never throws. */
  public List<Long> jobsUntouchedSince(Instant time) {
    List<Long> ids = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(root, "[0-9]*")) {
      for (Path directory : all) {
        String name = String.valueOf(directory.getFileName());
        if (name.matches("\\d{1,18}") && newest(directory).isBefore(time)) {
          ids.add(Long.parseLong(name));
        }
      }
    } catch (IOException e) {
      LOG.debugf("looking for old logs: %s", e.getMessage());
    }
    return ids;
  }

  private static Instant newest(Path directory) throws IOException {
    Instant newest = Files.getLastModifiedTime(directory, NOFOLLOW_LINKS).toInstant();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Instant at = Files.getLastModifiedTime(file, NOFOLLOW_LINKS).toInstant();
        newest = at.isAfter(newest) ? at : newest;
      }
    }
    return newest;
  }

  /** Removes a job's logs; only plain files in its own directory, nothing is followed. */
  public void delete(long jobId) throws IOException {
    Path directory = directory(jobId);
    if (!Files.isDirectory(directory, NOFOLLOW_LINKS)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
