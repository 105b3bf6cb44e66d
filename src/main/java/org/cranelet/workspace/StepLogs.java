package org.cranelet.workspace;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.LongPredicate;
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
      "d=$1 n=$2; shift 2; [ -d \"$d\" ] || exit 0; umask 077;"
          + " cat -- \"$@\" >\"$d/.$n.new\" && mv -f -T -- \"$d/.$n.new\" \"$d/$n\"";

  /** How many of a user's logs are handed over at once. */
  private static final int HAND_OVERS = 8;

  private final Path root;
  private final Commands commands;
  private final Map<Integer, Semaphore> handOvers = new ConcurrentHashMap<>(); // by uid

  /** By the log's name, the part that was set aside and that the runtime may still write to. */
  private final Map<Path, Path> stillWritten = new ConcurrentHashMap<>();

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

  /** A step's files, oldest first: {@code 1.log.1}, {@code 1.log.2}, and {@code 1.log} last. */
  public List<Path> parts(long jobId, int stepId) throws IOException {
    SortedMap<Integer, Path> rotated = new TreeMap<>();
    String prefix = name(stepId) + ".";
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory(jobId))) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        if (name.startsWith(prefix) && name.substring(prefix.length()).matches("\\d{1,9}")) {
          rotated.put(Integer.parseInt(name.substring(prefix.length())), file);
        }
      }
    } catch (NoSuchFileException e) {
      return List.of(); // it has not written anything
    }
    List<Path> all = new ArrayList<>(rotated.values());
    all.add(file(jobId, stepId));
    return all;
  }

  /**
   * Sets the log aside under the next number and begins a new one. The runtime still writes to the
   * old one until it has been told, and {@link #leftOldParts} must be called then.
   *
   * @throws IOException if the disk refuses; the runtime goes on where it was
   */
  public void setAside(long jobId, int stepId, User user, int gid) throws IOException {
    Path current = file(jobId, stepId);
    Path rotated = next(current, parts(jobId, stepId));
    Path fresh = current.resolveSibling("." + current.getFileName() + ".new");
    make(fresh, user, gid); // whole before it has the name: the runtime would make one of root's
    stillWritten.put(current, rotated);
    Files.move(current, rotated);
    Files.move(fresh, current);
  }

  /** A daemon before us may have set a log aside and not come to tell the runtime. */
  public boolean mayStillWriteOldPart(long jobId, int stepId) throws IOException {
    List<Path> parts = parts(jobId, stepId);
    if (parts.size() < 2) {
      return false;
    }
    stillWritten.put(parts.getLast(), parts.get(parts.size() - 2));
    return true;
  }

  /** The runtime writes to the file that has the log's name now, or to none any more. */
  public void leftOldParts(long jobId, int stepId) {
    stillWritten.remove(file(jobId, stepId));
  }

  /**
   * Drops the oldest parts beyond {@code maxFiles}, and while all together have more than {@code
   * maxBytes}; never the newest.
   */
  public void dropOldest(long jobId, int stepId, int maxFiles, long maxBytes) throws IOException {
    Deque<Path> parts = new ArrayDeque<>(parts(jobId, stepId));
    long bytes = parts.stream().mapToLong(part -> part.toFile().length()).sum();
    while (parts.size() > 1 && (parts.size() > maxFiles || bytes > maxBytes)) {
      Path oldest = parts.removeFirst();
      bytes -= oldest.toFile().length();
      Files.deleteIfExists(oldest);
    }
  }

  private static Path next(Path current, List<Path> parts) {
    int number = 1;
    if (parts.size() > 1) {
      String newest = parts.get(parts.size() - 2).toString();
      number += Integer.parseInt(newest.substring(newest.lastIndexOf('.') + 1));
    }
    return current.resolveSibling(current.getFileName() + "." + number);
  }

  /** Whether the runtime may still write to this part although it has been set aside. */
  boolean isStillWritten(Path part) {
    return stillWritten.containsValue(part);
  }

  /** Makes the log before the runtime opens it: the user's, and his alone to read. */
  public void ensure(long jobId, int stepId, User user, int gid) throws IOException {
    DurableFiles.directory(directory(jobId), "rwx--x--x");
    make(file(jobId, stepId), user, gid);
  }

  private static void make(Path file, User user, int gid) throws IOException {
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r--------")));
    } catch (FileAlreadyExistsException e) {
      // made before a restart, which may have come before the next line
    }
    DurableFiles.own(file, user.uid(), gid);
  }

  /** Links the log below the user's directory. If that cannot be, the step runs all the same. */
  public void link(long jobId, int stepId, String node, User user, int gid, String cwd) {
    List<String> argv = new ArrayList<>(List.of("sh", "-c", LINK, "sh"));
    argv.addAll(List.of(below(cwd, jobId), file(jobId, stepId).toString(), name(stepId, node)));
    asUser(user, gid, argv, LINK_TIMEOUT);
  }

  /** Puts the finished log, its parts joined, in the link's place. */
  public void handOver(long jobId, int stepId, String node, User user, int gid, String cwd) {
    List<String> argv = new ArrayList<>(List.of("sh", "-c", COPY, "sh"));
    argv.addAll(List.of(below(cwd, jobId), name(stepId, node)));
    try {
      parts(jobId, stepId).stream().filter(Files::exists).forEach(p -> argv.add(p.toString()));
    } catch (IOException e) {
      LOG.warnf("job=%d step=%d: its log cannot be found: %s", jobId, stepId, e.getMessage());
      return;
    }
    // Each is a process that his directory may keep for as long as it likes.
    Semaphore his = handOvers.computeIfAbsent(user.uid(), uid -> new Semaphore(HAND_OVERS));
    try {
      his.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the daemon stops; it is handed over after its start
      return;
    }
    try {
      asUser(user, gid, argv, COPY_TIMEOUT);
    } finally {
      his.release();
    }
  }

  private static String below(String cwd, long jobId) {
    return cwd + "/" + jobId + ".out";
  }

  private static String name(int stepId, String node) {
    return stepId + "." + node + ".log";
  }

  private void asUser(User user, int gid, List<String> argv, Duration timeout) {
    String where = argv.get(4);
    try {
      Commands.Result result = commands.run(timeout, AsUser.command(user, gid, argv));
      if (!result.ok()) {
        LOG.infof("user=%s has no log below %s: %s", user.name(), where, result.out());
      }
    } catch (IOException e) {
      LOG.warnf("user=%s has no log below %s: %s", user.name(), where, e.getMessage());
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

  /**
   * Jobs that have logs of which nothing was written after {@code time}. Never throws.
   *
   * @param which whose logs to look at
   */
  public List<Long> jobsUntouchedSince(Instant time, LongPredicate which) {
    List<Long> ids = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(root, "[0-9]*")) {
      for (Path directory : all) {
        String name = String.valueOf(directory.getFileName());
        if (name.matches("\\d{1,18}")
            && which.test(Long.parseLong(name))
            && newest(directory).isBefore(time)) {
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
