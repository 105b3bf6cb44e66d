package org.cranelet.cri;

/**
 * What a runtime shows a registry. Secret: never logged.
 *
 * @param server a URL with the registry's host: with a scheme it goes to that host only, without
 *     one to any, mirrors included (containerd)
 * @param username empty if the password is an identity token
 */
public record RegistryAuth(String server, String username, String password) {
  @Override
  public String toString() {
    return "auth for " + server;
  }
}
