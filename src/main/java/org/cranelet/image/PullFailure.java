package org.cranelet.image;

import java.util.regex.Pattern;
import org.cranelet.image.reference.Reference;

/**
 * What a runtime said of a pull that failed. It passes on as text what the registry or the network
 * said (containerd's status is mostly UNKNOWN), so the text decides what it means.
 *
 * @param said without the frame that runtimes put around it
 * @param kind what it means
 */
record PullFailure(String said, Kind kind) {
  /** Whether it may succeed when it is tried again. */
  enum Kind {
    /** The registry wants another login, or any. */
    LOGIN,
    /** Asking again in the same way would give the same answer. */
    FINAL,
    /** The disk is full: room can be made. */
    NO_SPACE,
    /** The network, a registry in trouble or one that wants less; also what we do not know. */
    PASSING
  }

  /** {@code PullImage X: failed to pull and unpack image "X": failed to …: } says nothing. */
  private static final Pattern FRAME =
      Pattern.compile(
          "^(PullImage \\S+: )?(rpc error: .*? desc = )?(failed to [\\w ]+\"[^\"]*\": )*");

  /** What may hold any words and numbers. */
  private static final Pattern NAMES =
      Pattern.compile(
          "\"[^\"]*\"|https?://\\S+|\\[manifests [^]]*]|sha256:[0-9a-f]+|[:.]\\d+|/\\S+");

  /** A number of bytes may look like one: {@code expected 401 bytes but got 200}. */
  private static final String STATUS = "status\\D*\\b";

  private static final Pattern SPACE = words("no space left on device|disk quota exceeded");

  /**
   * Too many requests is a 4xx that passes; and what looks like a no of the registry and is none.
   */
  private static final Pattern BUSY =
      words(
          STATUS
              + "(408|429|5\\d\\d)\\b|too ?many ?requests|bad record mac"
              + "|snapshot .*does not exist|content digest .*not found");

  private static final Pattern LOGIN =
      words(
          STATUS
              + "(401|403)\\b|unauthorized|forbidden|access( to the resource)? (is )?denied|denied:|authorization failed"
              + "|authentication required|insufficient_scope|no basic auth credentials");

  private static final Pattern NO =
      words(
          STATUS
              + "(400|404|405|410)\\b|not found|manifest unknown|name unknown|no such host|x509|tls:"
              + "|certificate|server gave HTTP response to HTTPS client|no match for platform|no image found in"
              + "|invalid reference|unsupported");

  static PullFailure of(Reference reference, String message) {
    // A registry's words must not look like lines of a log.
    String said = FRAME.matcher(message.replaceAll("\\p{Cntrl}+", " ")).replaceFirst("");
    String words = NAMES.matcher(said.replace(reference.toString(), "")).replaceAll("");
    return new PullFailure(said, kind(words));
  }

  private static Kind kind(String words) {
    if (SPACE.matcher(words).find()) {
      return Kind.NO_SPACE;
    }
    if (BUSY.matcher(words).find()) {
      return Kind.PASSING;
    }
    if (LOGIN.matcher(words).find()) {
      return Kind.LOGIN;
    }
    return NO.matcher(words).find() ? Kind.FINAL : Kind.PASSING;
  }

  private static Pattern words(String regex) {
    return Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
  }
}
