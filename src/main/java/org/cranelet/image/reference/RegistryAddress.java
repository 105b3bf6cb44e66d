package org.cranelet.image.reference;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A registry as a user names it: a host, perhaps with port; a scheme before it and a path behind it
 * may be there and only the scheme {@code http} has a meaning.
 *
 * @param registry as {@link Reference#registry()}
 * @param plainHttp whether the user wrote {@code http://}
 */
public record RegistryAddress(String registry, boolean plainHttp) {
  private static final String PORT =
      "(?:6553[0-5]|655[0-2]\\d|65[0-4]\\d{2}|6[0-4]\\d{3}|[1-5]\\d{4}|[1-9]\\d{0,3})";

  private static final Pattern FORM =
      Pattern.compile(
          "(?:(https?)://)?((?:\\[[0-9A-Fa-f:.]{2,45}\\]|[0-9A-Za-z]([0-9A-Za-z.-]{0,252}))(?::"
              + PORT
              + ")?)(?:/\\S*)?",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern LOCAL =
      Pattern.compile("(localhost|127(\\.\\d{1,3}){3}|\\[::1\\])(:\\d+)?");

  /**
   * @throws IllegalArgumentException if it is none; the message says why
   */
  public static RegistryAddress parse(String text) {
    Matcher m = FORM.matcher(text);
    if (!m.matches()) {
      throw new IllegalArgumentException(
          "'"
              + LoginFile.plain(text).replaceFirst(".*@", "…@") // perhaps a password
              + "' is not a registry: HOST or HOST:PORT");
    }
    String host = m.group(2);
    if (!host.matches("(?i).*[.:].*|localhost")) {
      throw new IllegalArgumentException(
          "'"
              + host
              + "' is not a registry: it has neither a dot nor a port, so images of that name are"
              + " Docker Hub's");
    }
    return new RegistryAddress(Reference.hostOf(host), "http".equalsIgnoreCase(m.group(1)));
  }

  /** Whether it is on this machine; as docker does, such a one is also asked without TLS. */
  boolean isLocal() {
    return LOCAL.matcher(registry).matches();
  }

  /** Where its API may answer, in the order to ask. */
  List<URI> bases() {
    List<URI> all = new ArrayList<>();
    String endpoint = Reference.endpointOf(registry);
    if (!plainHttp) {
      all.add(URI.create("https://" + endpoint + "/v2/"));
    }
    if (plainHttp || isLocal()) {
      all.add(URI.create("http://" + endpoint + "/v2/"));
    }
    return all;
  }

  /** What to say of it to people. */
  public String display() {
    return registry.equals(Reference.DOCKER_HUB) ? "Docker Hub (docker.io)" : registry;
  }
}
