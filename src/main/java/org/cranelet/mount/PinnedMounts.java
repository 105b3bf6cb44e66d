package org.cranelet.mount;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cranelet.os.AsUser;
import org.cranelet.os.Commands;
import org.cranelet.os.User;
import org.cranelet.pod.ContainerSpec;
import org.cranelet.pod.Contribution;
import org.cranelet.pod.Identity;
import org.cranelet.pod.Mount;
import org.cranelet.pod.StepRef;
import org.jboss.logging.Logger;

/**
 * Pins mount sources.
 *
 * <p>A path of a user's is never checked by name and then used by name. A child with his
 * credentials opens it, once, and stays; root bind mounts {@code /proc/<child>/fd/3}, a link that
 * the kernel follows to the very thing the child opened. The child is the user's and he may kill
 * it, so that its number could go to another process: that it still lives after the mount was made
 * proves that the number was its own all the time.
 *
 * <p>A step's sources are pinned in a directory of its own, {@code JOB.STEP}, which is a mount that
 * cannot be bound (mount_namespaces(7), unbindable): whoever mounts {@code /} gets everything but
 * what is pinned, and so do others after him. Otherwise each such mount would double the node's.
 */
public final class PinnedMounts implements Contribution {
  private static final Logger LOG = Logger.getLogger(PinnedMounts.class);
  private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration MOUNT_TIMEOUT = Duration.ofSeconds(10);

  /**
   * Opens $1, tells what it is, and keeps it open until it is killed. What it is by name is asked
   * first only because to open a pipe waits for a writer; what counts is asked of what was opened.
   */
  private static final String HOLD =
      "if [ -p \"$1\" ]; then echo 'neither a file nor a directory'; exit 1; fi;"
          + " exec 3<\"$1\"; if [ -d /proc/self/fd/3 ]; then echo directory;"
          + " elif [ -f /proc/self/fd/3 ]; then echo file;"
          + " else echo 'neither a file nor a directory'; exit 1; fi; exec sleep 600";

  /** {@code <job>.<step>}. */
  private static final Pattern STEP = Pattern.compile("(\\d{1,18})\\.(\\d{1,9})");

  private final Path root;
  private final Commands commands;

  public PinnedMounts(Path root, Commands commands) {
    this.root = root;
    this.commands = commands;
  }

  @Override
  public ContainerSpec apply(ContainerSpec spec) throws ContributionException {
    if (spec.mounts().isEmpty()) {
      return spec;
    }
    try {
      Set<Path> mounted = MountTable.mountPoints(root);
      Path directory = directory(spec.step());
      ensureUnbindable(directory, mounted);
      List<Mount> pinned = new ArrayList<>();
      for (Mount mount : spec.mounts()) {
        Path target = directory.resolve(Integer.toString(pinned.size()));
        if (!mounted.contains(target)) {
          pin(spec.owner(), mount.hostPath(), target);
        }
        pinned.add(new Mount(target.toString(), mount.containerPath(), mount.readOnly()));
      }
      return spec.withMounts(pinned);
    } catch (IOException e) {
      throw new ContributionException(
          "cannot mount for step " + spec.step() + ": " + e.getMessage());
    }
  }

  private Path directory(StepRef step) {
    return root.resolve(step.jobId() + "." + step.stepId());
  }

  private void ensureUnbindable(Path directory, Set<Path> mounted) throws IOException {
    if (mounted.contains(directory)) {
      mount(List.of("mount", "--make-unbindable", directory.toString()));
      return;
    }
    Files.createDirectories(directory);
    mount(
        List.of(
            "mount", "--bind", "--make-unbindable", directory.toString(), directory.toString()));
  }

  private void pin(Identity owner, String source, Path target)
      throws IOException, ContributionException {
    User user = new User(owner.uid(), "", owner.gid(), owner.groups());
    List<String> hold = List.of("sh", "-c", HOLD, "sh", source);
    try (Commands.Held holder =
        commands.hold(OPEN_TIMEOUT, AsUser.command(user, owner.gid(), hold))) {
      switch (holder.firstLine()) {
        case "directory" -> ensureDirectory(target);
        case "file" -> ensureFile(target);
        default ->
            throw new ContributionException(
                "cannot mount " + source + ": " + reason(holder.firstLine(), source));
      }
      bind("/proc/" + holder.pid() + "/fd/3", target);
      if (!holder.isAlive()) {
        unmount(target);
        throw new ContributionException("cannot mount " + source + ": its holder was killed");
      }
    }
  }

  private void bind(String source, Path target) throws IOException {
    // -c: mount(8) would otherwise resolve the link to a name, and the name is the user's to
    // change.
    mount(List.of("mount", "-c", "--rbind", source, target.toString()));
    // A copy of a shared mount is shared: without this, unmounting ours would unmount the original.
    // Not private: what others unmount below the original must go here, too, or stays busy there.
    mount(List.of("mount", "--make-rslave", target.toString()));
  }

  private void mount(List<String> argv) throws IOException {
    Commands.Result result = commands.run(MOUNT_TIMEOUT, argv);
    if (!result.ok()) {
      throw new IOException(result.out());
    }
  }

  private static void ensureDirectory(Path target) throws IOException {
    if (!Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
      Files.deleteIfExists(target);
      Files.createDirectory(target);
    }
  }

  private static void ensureFile(Path target) throws IOException {
    if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
      Files.delete(target);
    }
    try {
      Files.createFile(target);
    } catch (FileAlreadyExistsException e) {
      // made before a restart
    }
  }

  /** The shell says {@code sh: 1: cannot open PATH: REASON}. */
  private static String reason(String said, String source) {
    int at = said.lastIndexOf(source);
    String tail = at < 0 ? said : said.substring(at + source.length());
    String reason = tail.replaceFirst("^[:'\\s]+", "");
    return reason.isEmpty() ? "it cannot be opened" : reason;
  }

  @Override
  public boolean undo(StepRef step) {
    Path directory = directory(step);
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return true;
    }
    try {
      if (MountTable.mountPoints(root).contains(directory)) {
        unmount(directory);
      }
      try (DirectoryStream<Path> targets = Files.newDirectoryStream(directory)) {
        for (Path target : targets) {
          Files.delete(target);
        }
      }
      Files.delete(directory);
      return true;
    } catch (IOException e) {
      LOG.warnf("step=%s left mounts in %s: %s", step, directory, e.getMessage());
      return false;
    }
  }

  @Override
  public String kind() {
    return "mount";
  }

  @Override
  public List<StepRef> remains() {
    List<StepRef> steps = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(root, "[0-9]*.[0-9]*")) {
      for (Path directory : all) {
        Matcher name = STEP.matcher(String.valueOf(directory.getFileName()));
        if (name.matches()) {
          steps.add(new StepRef(Long.parseLong(name.group(1)), Integer.parseInt(name.group(2))));
        }
      }
    } catch (IOException e) {
      LOG.debugf("looking for left-over mounts: %s", e.getMessage());
    }
    return steps;
  }

  private void unmount(Path target) throws IOException {
    mount(List.of("mount", "--make-rprivate", target.toString()));
    // Lazy: the container is gone, but a lookup from outside may still hold the mount for a moment.
    mount(List.of("umount", "--recursive", "--lazy", target.toString()));
  }
}
