package io.stagepost;

import org.jspecify.annotations.Nullable;

/** The broker refused an event, or it cannot be routed: it is not stored (rules D01, D02). */
public final class PublishRejectedException extends MessagingException {
  private static final long serialVersionUID = 1L;

  /**
   * An error.
   *
   * @param code the stable code
   * @param message what, which value, which limit, what to do
   * @param cause null if there is none
   */
  public PublishRejectedException(String code, String message, @Nullable Throwable cause) {
    super(code, message, cause);
  }
}
