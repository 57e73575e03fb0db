package io.stagepost.schema;

import io.stagepost.MessagingException;

/** A registry answers, and does not have the schema. Asking again soon will not help. */
public final class SchemaNotFoundException extends MessagingException {
  private static final long serialVersionUID = 1L;

  /**
   * An error.
   *
   * @param code the stable code
   * @param message which schema, in which registry, what to do
   */
  public SchemaNotFoundException(String code, String message) {
    super(code, message, null);
  }
}
