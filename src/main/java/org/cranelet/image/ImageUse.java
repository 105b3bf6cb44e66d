package org.cranelet.image;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * An image and what matters for keeping it.
 *
 * @param id the digest of its configuration
 * @param tags its names with a tag
 * @param digests its names with a digest
 * @param sizeBytes as the runtime counts
 * @param pinned why it is never removed; empty if it may be
 * @param inUse whether a container is made of it, or is about to be
 * @param users who may run it without asking the registry, if not everybody
 */
public record ImageUse(
    String id,
    List<String> tags,
    List<String> digests,
    long sizeBytes,
    Instant firstSeen,
    Instant lastUsed,
    String pinned,
    boolean inUse,
    boolean everybody,
    Set<Integer> users) {

  /** All its names. */
  Stream<String> names() {
    return Stream.concat(tags.stream(), digests.stream());
  }
}
