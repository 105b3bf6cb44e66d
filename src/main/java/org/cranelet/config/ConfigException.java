package org.cranelet.config;

/** The configuration cannot be used. The message says what, in which file and line, and why. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  public ConfigException(String message) {
    super(message);
  }
}
