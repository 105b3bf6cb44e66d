/**
 * This node as its own cluster: partitions, first-in-first-out admission against the node's cpu and
 * memory, and what {@code ccon} asks a controller for. It is no cluster scheduler.
 */
@NullMarked
package org.cranelet.standalone;

import org.jspecify.annotations.NullMarked;
