package io.stagepost;

import org.jspecify.annotations.Nullable;

/**
 * The base of all errors of this library. Its message says what happened, with which value, and
 * what to do; its code is stable and listed in {@code docs/error-codes.md}.
 */
public class MessagingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The stable code. */
  private final String code;

  /**
   * An error.
   *
   * @param code the stable code, such as {@code SP-KAFKA-001}
   * @param message what, which value, which limit, what to do
   */
  public MessagingException(String code, String message) {
    this(code, message, null);
  }

  /**
   * An error with a cause.
   *
   * @param code the stable code, such as {@code SP-KAFKA-001}
   * @param message what, which value, which limit, what to do
   * @param cause null if there is none
   */
  public MessagingException(String code, String message, @Nullable Throwable cause) {
    super(code + " " + message, cause);
    this.code = code;
  }

  /**
   * The stable code.
   *
   * @return such as {@code SP-KAFKA-001}
   */
  public final String code() {
    return code;
  }
}
