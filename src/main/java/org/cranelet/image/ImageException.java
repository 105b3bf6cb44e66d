package org.cranelet.image;

/** The image cannot be had, and trying again would not help. The message is for the user. */
public final class ImageException extends Exception {
  private static final long serialVersionUID = 1L;

  public ImageException(String message) {
    super(message);
  }
}
