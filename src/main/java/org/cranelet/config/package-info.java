/**
 * The cluster's file, {@code /etc/crane/config.yaml}, as immutable values: read once, checked
 * completely, each value with the place it came from. Only known sections are read, so the
 * administrator's file cannot set anything of Quarkus; what is not ours is read past.
 */
@NullMarked
package org.cranelet.config;

import org.jspecify.annotations.NullMarked;
