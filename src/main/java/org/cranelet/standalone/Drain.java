package org.cranelet.standalone;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.cranelet.os.DurableFiles;

/**
 * Whether the node takes new work. Stands in a file, so that a drained node is still drained after
 * a restart or a reboot.
 */
final class Drain {
  private final Path file;
  private volatile Optional<String> reason;

  Drain(Path file) throws IOException {
    this.file = file;
    this.reason = Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
  }

  /** Why the node takes no new work; absent if it does. */
  Optional<String> reason() {
    return reason;
  }

  void begin(String why) throws IOException {
    DurableFiles.replace(file, why.getBytes(StandardCharsets.UTF_8));
    reason = Optional.of(why);
  }

  void end() throws IOException {
    DurableFiles.delete(file);
    reason = Optional.empty();
  }
}
