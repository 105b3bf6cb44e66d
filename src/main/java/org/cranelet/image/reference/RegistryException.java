package org.cranelet.image.reference;

/**
 * A registry did not accept a login, or could not be asked. The message is one line for the user.
 */
public final class RegistryException extends Exception {
  private static final long serialVersionUID = 1L;

  RegistryException(String message) {
    super(message);
  }
}
