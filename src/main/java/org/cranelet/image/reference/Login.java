package org.cranelet.image.reference;

import com.google.cloud.tools.jib.api.Credential;

/**
 * What opens a registry. Secret: never logged, journalled or sent back.
 *
 * @param registry the only host it is for, as {@link Reference#registry()}
 * @param username {@value #TOKEN} if the password is an identity token (docker's habit)
 */
public record Login(String registry, String username, String password) {
  /** The user name that marks an identity token. */
  public static final String TOKEN = Credential.OAUTH2_TOKEN_USER_NAME;

  public Login {
    registry = Reference.hostOf(registry);
  }

  public boolean isToken() {
    return username.equals(TOKEN);
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "login of " + username + " at " + registry;
  }
}
