package org.cranelet.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;

/** Finds and parses the cluster's file. */
public final class ConfigFile {
  public static final Path DEFAULT = Path.of("/etc/crane/config.yaml");

  private ConfigFile() {}

  /** The file to read: the option's, else {@code CRANELET_CONFIG}'s, else the cluster's own. */
  public static Path choose(Optional<Path> option) {
    String variable = System.getenv("CRANELET_CONFIG");
    return option.orElse(variable == null || variable.isEmpty() ? DEFAULT : Path.of(variable));
  }

  /**
   * @throws ConfigException if the file cannot be read or is no YAML
   */
  static @Nullable Node parse(Path file) throws ConfigException {
    if (Files.isDirectory(file)) {
      throw new ConfigException(file + ": cannot be read: is a directory");
    }
    try (Reader reader = Files.newBufferedReader(file)) {
      return new Yaml(new LoaderOptions()).compose(reader);
    } catch (NoSuchFileException e) {
      throw new ConfigException(
          file + ": no such file; write it, or name another by --config or CRANELET_CONFIG");
    } catch (MarkedYAMLException e) {
      String line = e.getProblemMark() == null ? "" : ":" + (e.getProblemMark().getLine() + 1);
      throw new ConfigException(file + line + ": not valid YAML: " + e.getProblem());
    } catch (YAMLException e) {
      throw new ConfigException(file + ": not valid YAML: " + firstLine(e.getMessage()));
    } catch (IOException e) {
      throw new ConfigException(file + ": cannot be read: " + reason(e));
    }
  }

  /** The message of a file system's exception is the path, with a reason only sometimes. */
  static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return reason == null ? e.getClass().getSimpleName() : reason;
  }

  private static String firstLine(@Nullable String text) {
    return text == null ? "" : text.lines().findFirst().orElse("");
  }
}
