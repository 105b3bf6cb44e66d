package org.cranelet.api;

import org.jboss.logging.Logger;

/**
 * One line for everything that somebody asked to be done: who, what, on what, and whether it was.
 * Names only, never an argument, an environment or a secret.
 */
final class Audit {
  private static final Logger LOG = Logger.getLogger("org.cranelet.audit");

  private Audit() {}

  /**
   * @param on what it is done to: {@code job=7}, {@code step=7.2}, {@code node}
   * @param result {@code ok}, or why it was refused
   */
  static void log(Caller caller, String action, String on, String result) {
    LOG.infof(
        "audit user=%s uid=%s %s %s: %s",
        caller.user().name(),
        Integer.toUnsignedString(caller.user().uid()),
        action,
        on,
        result.replaceAll("\\p{Cntrl}", "?")); // a refusal quotes what the user sent
  }
}
