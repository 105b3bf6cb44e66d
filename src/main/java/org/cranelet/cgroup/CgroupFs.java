package org.cranelet.cgroup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.cranelet.pod.Resources;

/**
 * The cgroup file system as it is mounted here: version 2, or the version 1 hierarchies of cpu,
 * memory and pids (cgroups(7)).
 */
final class CgroupFs {
  static final Path MOUNT = Path.of("/sys/fs/cgroup");

  private static final String OOM_KILL = "oom_kill ";

  private static final long PERIOD_MICROS = 100_000;
  private static final long MIN_QUOTA_MICROS = 1_000;

  /** A file of a limit and what it is set to; one that this kernel lacks may be left out. */
  private record Setting(String file, String value, boolean required) {}

  private final Path root;
  private final boolean unified;

  CgroupFs(Path root) {
    this.root = root;
    this.unified = Files.exists(root.resolve("cgroup.controllers"));
  }

  /** Makes the cgroup and sets its limits; making it again changes nothing. */
  void make(String path, Resources resources) throws IOException {
    if (unified) {
      makeUnified(path.substring(1), resources);
      return;
    }
    for (String controller : List.of("cpu", "memory", "pids")) {
      Path directory = root.resolve(controller).resolve(path.substring(1));
      Files.createDirectories(directory);
      for (Setting s : version1(controller, resources)) {
        set(directory, s);
      }
    }
  }

  private void makeUnified(String path, Resources resources) throws IOException {
    Path directory = root;
    for (Path part : Path.of(path)) {
      // A child has a controller only if its parent hands it on (cgroup-v2, "subtree_control").
      Files.writeString(directory.resolve("cgroup.subtree_control"), "+cpu +memory +pids");
      directory = directory.resolve(part);
      Files.createDirectories(directory);
    }
    for (Setting s : version2(resources)) {
      set(directory, s);
    }
  }

  private static List<Setting> version1(String controller, Resources r) {
    String memory = Long.toString(r.memoryBytes());
    return switch (controller) {
      case "cpu" ->
          List.of(
              new Setting("cpu.cfs_period_us", Long.toString(PERIOD_MICROS), true),
              new Setting("cpu.cfs_quota_us", Long.toString(quota(r)), true),
              new Setting(
                  "cpu.shares", Long.toString(Math.max(2, Math.round(r.cpus() * 1024))), true));
      case "memory" ->
          List.of(
              new Setting("memory.use_hierarchy", "1", false),
              new Setting("memory.limit_in_bytes", memory, true),
              new Setting("memory.memsw.limit_in_bytes", memory, false));
      default -> List.of(new Setting("pids.max", pids(r), true));
    };
  }

  private static List<Setting> version2(Resources r) {
    return List.of(
        new Setting("cpu.max", quota(r) + " " + PERIOD_MICROS, true),
        new Setting("cpu.weight", Long.toString(weight(r)), true),
        new Setting("memory.max", Long.toString(r.memoryBytes()), true),
        new Setting("memory.swap.max", "0", false),
        new Setting("pids.max", pids(r), true));
  }

  private static long quota(Resources r) {
    return Math.max(MIN_QUOTA_MICROS, Math.round(r.cpus() * PERIOD_MICROS));
  }

  /** The job's share where cpu is scarce, 100 for each of its cpus (cgroup-v2, "cpu.weight"). */
  static long weight(Resources r) {
    return Math.clamp(Math.round(r.cpus() * 100), 1, 10_000);
  }

  private static String pids(Resources r) {
    return r.pids() == 0 ? "max" : Long.toString(r.pids());
  }

  private static void set(Path directory, Setting s) throws IOException {
    Path file = directory.resolve(s.file());
    if (!s.required() && !Files.exists(file)) {
      return;
    }
    try {
      Files.writeString(file, s.value());
    } catch (IOException e) {
      if (s.required()) {
        throw new IOException("cannot set " + file + " to " + s.value() + ": " + e.getMessage(), e);
      }
    }
  }

  /**
   * Removes the cgroup and what the runtime left below it.
   *
   * @return whether it is gone; false while processes in it still end
   */
  boolean remove(String path) throws IOException {
    Set<Path> tops =
        unified
            ? Set.of(root.resolve(path.substring(1)))
            : Set.copyOf(everyHierarchy(path.substring(1)));
    boolean gone = true;
    for (Path top : tops) {
      gone &= removeTree(top);
    }
    return gone;
  }

  /** Sends SIGKILL to every process in the cgroup and below it. */
  void kill(String path) throws IOException {
    if (unified) {
      Files.writeString(root.resolve(path.substring(1)).resolve("cgroup.kill"), "1");
      return;
    }
    processes(path).stream()
        .map(ProcessHandle::of)
        .flatMap(Optional::stream)
        .forEach(ProcessHandle::destroyForcibly);
  }

  /** The ids of the processes in the cgroup and below it. */
  Set<Long> processes(String path) throws IOException {
    List<Path> tops =
        unified ? List.of(root.resolve(path.substring(1))) : everyHierarchy(path.substring(1));
    Set<Long> ids = new TreeSet<>();
    for (Path top : tops) {
      try (Stream<Path> tree = Files.walk(top)) {
        for (Path procs : tree.filter(f -> f.endsWith("cgroup.procs")).toList()) {
          Files.readAllLines(procs).forEach(pid -> ids.add(Long.parseLong(pid)));
        }
      }
    }
    return ids;
  }

  /**
   * How many processes in the cgroup and below it were killed for want of memory (cgroup-v2,
   * "memory.events"); version 1 counts them for each cgroup alone, so 0 there.
   */
  long memoryKills(String path) {
    Path events = root.resolve(path.substring(1)).resolve("memory.events");
    try {
      return Files.readAllLines(events).stream()
          .filter(line -> line.startsWith(OOM_KILL))
          .mapToLong(line -> Long.parseLong(line.substring(OOM_KILL.length())))
          .sum();
    } catch (IOException e) {
      return 0; // no such cgroup or no such file: the runtime's word remains
    }
  }

  /** The names of a cgroup's children, in whichever hierarchy. */
  Set<String> children(String path) throws IOException {
    List<Path> parents =
        unified ? List.of(root.resolve(path.substring(1))) : everyHierarchy(path.substring(1));
    Set<String> names = new TreeSet<>();
    for (Path parent : parents) {
      if (Files.isDirectory(parent)) {
        try (Stream<Path> below = Files.list(parent)) {
          below.filter(Files::isDirectory).forEach(d -> names.add(d.getFileName().toString()));
        }
      }
    }
    return names;
  }

  /** The runtime makes its cgroups in each hierarchy, also in those that we set nothing in. */
  private List<Path> everyHierarchy(String path) throws IOException {
    List<Path> all = new ArrayList<>();
    try (Stream<Path> hierarchies = Files.list(root)) {
      hierarchies
          .filter(h -> !Files.isSymbolicLink(h))
          .map(h -> h.resolve(path))
          .filter(Files::isDirectory)
          .forEach(all::add);
    }
    return all;
  }

  private static boolean removeTree(Path top) throws IOException {
    if (!Files.isDirectory(top)) {
      return true;
    }
    List<Path> directories;
    try (Stream<Path> tree = Files.walk(top)) {
      directories =
          tree.filter(Files::isDirectory).sorted(java.util.Comparator.reverseOrder()).toList();
    } catch (UncheckedIOException | NoSuchFileException e) {
      return false; // the runtime removes its own meanwhile
    }
    for (Path directory : directories) {
      try {
        Files.deleteIfExists(directory);
      } catch (IOException e) {
        return false; // EBUSY: the last processes are still being reaped
      }
    }
    return true;
  }
}
