package org.cranelet.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the runtime knows of one registry. It reads that at each pull.
 *
 * @param directory by the registry's host and port
 * @param server where it answers
 */
record RegistryHosts(Path directory, String server) implements AutoCloseable {
  /**
   * @param first who is asked before the server itself
   */
  void write(String... first) {
    String blocks =
        Stream.of(first)
            .map("[host.\"%s\"]%n  capabilities = [\"pull\", \"resolve\"]%n"::formatted)
            .collect(Collectors.joining());
    try {
      Files.createDirectories(directory);
      // Without any table of hosts containerd 1.7 reads nothing of it.
      String hosts = blocks.isEmpty() ? "[host]%n".formatted() : blocks;
      Files.writeString(file(), "server = \"%s\"%n".formatted(server) + hosts);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path file() {
    return directory.resolve("hosts.toml");
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(file());
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
