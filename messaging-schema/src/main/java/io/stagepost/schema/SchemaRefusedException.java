package io.stagepost.schema;

import io.stagepost.MessagingException;
import org.jspecify.annotations.Nullable;

/**
 * A registry answers, and does not take a schema: it is no valid one, or not compatible with those
 * before it.
 */
public final class SchemaRefusedException extends MessagingException {
  private static final long serialVersionUID = 1L;

  /**
   * An error.
   *
   * @param code the stable code
   * @param message which schema, why, what to do
   * @param cause null if there is none
   */
  public SchemaRefusedException(String code, String message, @Nullable Throwable cause) {
    super(code, message, cause);
  }
}
