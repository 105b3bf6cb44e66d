package org.cranelet.image;

import java.util.regex.Pattern;

/**
 * Whether a failed pull may succeed when it is tried again. Runtimes pass on what the registry or
 * the network said as text (containerd's status is mostly UNKNOWN), so the text decides.
 */
enum PullFailure {
  /** Asking again in the same way would give the same answer. */
  FINAL,
  /** The disk is full: room can be made. */
  NO_SPACE,
  /** The network, a registry in trouble or one that wants less; also what we do not know. */
  PASSING;

  private static final Pattern SPACE =
      Pattern.compile("no space left on device|disk quota exceeded", Pattern.CASE_INSENSITIVE);

  /** Too many requests is a 4xx that passes. */
  private static final Pattern BUSY =
      Pattern.compile("\\b(408|429|5\\d\\d)\\b|too ?many ?requests", Pattern.CASE_INSENSITIVE);

  private static final Pattern NO =
      Pattern.compile(
          "\\b(400|401|403|404|405|410)\\b|unauthorized|forbidden|access denied|denied:"
              + "|authorization failed|authentication required|insufficient_scope|not found"
              + "|manifest unknown|name unknown|no such host|x509|tls:|certificate"
              + "|server gave HTTP response to HTTPS client|no match for platform|invalid reference"
              + "|unsupported|no basic auth credentials",
          Pattern.CASE_INSENSITIVE);

  static PullFailure of(String said) {
    String words = said.replaceAll("sha256:[0-9a-f]+", ""); // digits of a digest are no status
    if (SPACE.matcher(words).find()) {
      return NO_SPACE;
    }
    if (BUSY.matcher(statuses(words)).find()) {
      return PASSING;
    }
    return NO.matcher(statuses(words)).find() ? FINAL : PASSING;
  }

  /** Ports and addresses hold numbers too. */
  private static String statuses(String words) {
    return words.replaceAll("[:.]\\d+", "");
  }
}
