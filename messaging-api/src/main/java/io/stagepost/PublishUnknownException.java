package io.stagepost;

import org.jspecify.annotations.Nullable;

/** No answer came to a publish: the event may be stored or not (rule D01). */
public final class PublishUnknownException extends MessagingException {
  private static final long serialVersionUID = 1L;

  /**
   * An error.
   *
   * @param code the stable code
   * @param message what, which value, which limit, what to do
   * @param cause null if there is none
   */
  public PublishUnknownException(String code, String message, @Nullable Throwable cause) {
    super(code, message, cause);
  }
}
