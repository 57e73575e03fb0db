package io.stagepost.prove;

/** The command line asks for what is not there; the message says so. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super("prove: " + message);
  }
}
