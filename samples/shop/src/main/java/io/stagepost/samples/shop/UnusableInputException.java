package io.stagepost.samples.shop;

/** The input as a whole cannot be used; the message says why, and where, for people. */
public final class UnusableInputException extends Exception {
  private static final long serialVersionUID = 1L;

  public UnusableInputException(String message) {
    super(message);
  }
}
