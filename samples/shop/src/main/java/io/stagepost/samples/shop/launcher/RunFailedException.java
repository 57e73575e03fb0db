package io.stagepost.samples.shop.launcher;

/** The run cannot be completed; the message says why. */
final class RunFailedException extends Exception {
  private static final long serialVersionUID = 1L;

  RunFailedException(String message) {
    super(message);
  }
}
