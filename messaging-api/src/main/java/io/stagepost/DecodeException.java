package io.stagepost;

import org.jspecify.annotations.Nullable;

/**
 * Bytes that are not what they claim to be. Trying again will not help: they become a dead letter
 * (D05).
 */
public final class DecodeException extends MessagingException {
  private static final long serialVersionUID = 1L;

  /**
   * An error.
   *
   * @param code the stable code
   * @param message what, which value, which limit, what to do
   * @param cause null if there is none
   */
  public DecodeException(String code, String message, @Nullable Throwable cause) {
    super(code, message, cause);
  }
}
