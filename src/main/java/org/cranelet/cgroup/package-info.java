/**
 * The job's cgroup: the limits that all its steps share. The runtime makes the pod's and the
 * containers' cgroups below it.
 */
@NullMarked
package org.cranelet.cgroup;

import org.jspecify.annotations.NullMarked;
