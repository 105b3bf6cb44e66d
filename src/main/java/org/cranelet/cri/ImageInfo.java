package org.cranelet.cri;

import java.util.List;

/** An image on the node: its id, what it is called, and its size in bytes. */
public record ImageInfo(String id, List<String> tags, List<String> digests, long sizeBytes) {}
