package org.cranelet.pod;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;

/**
 * Who a container's processes are.
 *
 * @param gid the primary group
 * @param groups the other groups
 */
@RegisterForReflection // stands in the journal
public record Identity(int uid, int gid, List<Integer> groups) {}
