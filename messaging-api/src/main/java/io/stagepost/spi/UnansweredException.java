package io.stagepost.spi;

import io.stagepost.MessagingException;

/**
 * A codec cannot decode, since what it has to ask gives no answer: its schema registry, say. That
 * says nothing about the event, which waits in its lane until there is an answer: no attempt and no
 * age counts, nor does the retry budget.
 */
public final class UnansweredException extends MessagingException {
  private static final long serialVersionUID = 1L;

  /**
   * An error.
   *
   * @param code the stable code
   * @param message who gives no answer, why, what to do
   * @param cause what was met when it was asked
   */
  public UnansweredException(String code, String message, Throwable cause) {
    super(code, message, cause);
  }
}
