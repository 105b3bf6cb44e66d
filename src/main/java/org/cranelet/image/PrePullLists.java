package org.cranelet.image;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.cranelet.config.ConfigException;
import org.cranelet.config.PrePullSettings;
import org.cranelet.image.reference.Reference;
import org.jboss.logging.Logger;

/**
 * Which images are to be pulled ahead: the configuration's and those of a directory's files. Of two
 * lines for one image the first counts: the configuration's, then by file name.
 */
final class PrePullLists {
  private static final Logger LOG = Logger.getLogger(PrePullLists.class);

  /** Of a file that cannot be looked at, such as a link to nowhere: reading it says why. */
  private static final FileTime UNREADABLE = FileTime.fromMillis(Long.MIN_VALUE);

  /** A line, and what it names. */
  record Listed(Reference reference, PrePullSettings.Image line) {}

  private final PrePullSettings settings;
  private SortedMap<Path, FileTime> seen = new TreeMap<>();
  private final Map<Path, List<PrePullSettings.Image>> good = new HashMap<>(); // by file
  private volatile Map<String, Listed> all = Map.of();
  private String problem = ""; // with the directory, as it was last told

  PrePullLists(PrePullSettings settings) {
    this.settings = settings;
    reread();
  }

  /** By full name, in the order of the lists. */
  Map<String, Listed> all() {
    return all;
  }

  Set<String> names() {
    return all.keySet();
  }

  /**
   * Reads the directory again if a file came, went or changed; by one thread only.
   *
   * @return what is new or says something else now
   */
  List<Listed> lookAgain() {
    SortedMap<Path, FileTime> now = files();
    if (now.equals(seen)) {
      return List.of();
    }
    Map<String, Listed> before = all;
    reread();
    return all.values().stream()
        .filter(l -> !l.equals(before.get(l.reference().toString())))
        .toList();
  }

  private void reread() {
    seen = files();
    Map<String, Listed> found = new LinkedHashMap<>();
    settings.images().forEach(line -> add(found, line));
    good.keySet().retainAll(seen.keySet());
    for (Path file : seen.keySet()) {
      try {
        good.put(file, PrePullSettings.readFile(file));
      } catch (ConfigException e) {
        String instead = good.containsKey(file) ? "what it said before holds" : "it is left out";
        LOG.errorf("a list of images cannot be used, %s: %s", instead, e.getMessage());
      }
      good.getOrDefault(file, List.of()).forEach(line -> add(found, line));
    }
    all = Collections.unmodifiableMap(found);
  }

  private static void add(Map<String, Listed> found, PrePullSettings.Image line) {
    try {
      Reference reference = Reference.parse(line.reference());
      found.putIfAbsent(reference.toString(), new Listed(reference, line));
    } catch (IllegalArgumentException e) {
      LOG.errorf("%s: %s; it is left out", line.source(), e.getMessage());
    }
  }

  /** This node's, as images name it. */
  static String platform() {
    return switch (System.getProperty("os.arch", "")) {
      case "aarch64" -> "linux/arm64";
      case String arch -> "linux/" + arch;
    };
  }

  private SortedMap<Path, FileTime> files() {
    SortedMap<Path, FileTime> found = new TreeMap<>();
    if (!Files.isDirectory(settings.directory())) {
      return found;
    }
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(settings.directory(), PrePullLists::isList)) {
      for (Path file : files) {
        changed(file).ifPresent(at -> found.put(file, at));
      }
    } catch (IOException | DirectoryIteratorException e) {
      tell(settings.directory() + " cannot be read: " + e.getMessage());
      return seen;
    }
    tell("");
    return found;
  }

  /** Names that begin with a dot are those of editors. */
  private static boolean isList(Path file) {
    String name = file.getFileName().toString();
    return !name.startsWith(".") && (name.endsWith(".yaml") || name.endsWith(".yml"));
  }

  /** When a file changed; absent if it is gone since the directory was listed. */
  private static Optional<FileTime> changed(Path file) {
    try {
      return Optional.of(Files.getLastModifiedTime(file));
    } catch (IOException e) {
      return Files.exists(file, LinkOption.NOFOLLOW_LINKS)
          ? Optional.of(UNREADABLE)
          : Optional.empty();
    }
  }

  /** Says it when it begins or changes, not each time somebody looks. */
  private void tell(String what) {
    if (!what.isEmpty() && !what.equals(problem)) {
      LOG.warn(what);
    }
    problem = what;
  }
}
