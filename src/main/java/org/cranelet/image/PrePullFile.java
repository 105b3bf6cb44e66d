package org.cranelet.image;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.cranelet.image.reference.Reference;
import org.cranelet.os.DurableFiles;
import org.cranelet.workspace.StateJson;
import org.jboss.logging.Logger;

/** Keeps for the next daemon which pre-pulls were begun and how they went. */
final class PrePullFile {
  private static final Logger LOG = Logger.getLogger(PrePullFile.class);

  private final Path file;
  private final JsonMapper json = StateJson.builder().build();

  PrePullFile(Path file) {
    this.file = file;
  }

  void write(Collection<PrePullItem> items) {
    try {
      DurableFiles.replace(file, json.writeValueAsBytes(items));
    } catch (IOException e) {
      LOG.warnf("%s cannot be written: %s", file, e.getMessage());
    }
  }

  List<PrePullItem> read() {
    if (!Files.exists(file)) {
      return List.of();
    }
    try {
      List<PrePullItem> all = List.of(json.readValue(file.toFile(), PrePullItem[].class));
      all.forEach(item -> Reference.parse(item.reference()));
      return all;
    } catch (IOException | RuntimeException e) { // it was written by hand, or cut off
      LOG.warnf("%s is left out: %s", file, e.getMessage());
      return List.of();
    }
  }
}
