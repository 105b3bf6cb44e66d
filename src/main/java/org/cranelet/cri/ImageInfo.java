package org.cranelet.cri;

import java.util.List;
import java.util.stream.Stream;

/**
 * An image on the node.
 *
 * @param id the digest of its configuration
 * @param tags its names with a tag
 * @param digests its names with a digest
 * @param sizeBytes counted as the runtime does (containerd: compressed)
 * @param pinned whether the runtime says that it must not be removed (containerd from 1.7 on)
 */
public record ImageInfo(
    String id, List<String> tags, List<String> digests, long sizeBytes, boolean pinned) {
  /** Whether this is one of its names, or its id. */
  public boolean isCalled(String name) {
    return id.equals(name) || tags.contains(name) || digests.contains(name);
  }

  /** All its names. */
  public Stream<String> names() {
    return Stream.concat(tags.stream(), digests.stream());
  }
}
