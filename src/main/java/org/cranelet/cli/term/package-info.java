/** What a terminal needs: tables, times and states for people, JSON for programs. */
@NullMarked
package org.cranelet.cli.term;

import org.jspecify.annotations.NullMarked;
