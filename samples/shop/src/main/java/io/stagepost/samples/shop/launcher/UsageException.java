package io.stagepost.samples.shop.launcher;

/** The command was called wrongly; the message says how. */
final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
