package io.stagepost;

import org.jspecify.annotations.Nullable;

/** The broker refused an event, or it cannot be routed: it is not stored (rules D01, D02). */
public final class PublishRejectedException extends MessagingException {
  private static final long serialVersionUID = 1L;

  /** Whose fault it is. */
  public enum Fault {
    /** The message's own: it is too large, say. It would be refused again and again. */
    MESSAGE,
    /** The surroundings': a topic is missing, access is denied. It may go through once mended. */
    SURROUNDINGS
  }

  /** Whose fault it is. */
  private final Fault fault;

  /**
   * An error.
   *
   * @param code the stable code
   * @param message what, which value, which limit, what to do
   * @param fault whose fault it is
   * @param cause null if there is none
   */
  public PublishRejectedException(
      String code, String message, Fault fault, @Nullable Throwable cause) {
    super(code, message, cause);
    this.fault = fault;
  }

  /**
   * Whose fault it is: a relay parks a message for its own fault, and keeps trying for another.
   *
   * @return never null
   */
  public Fault fault() {
    return fault;
  }
}
