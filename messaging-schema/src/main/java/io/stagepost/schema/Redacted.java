package io.stagepost.schema;

import org.jspecify.annotations.Nullable;

/**
 * Where something failed and how: the class and the stack trace of an exception and of its causes,
 * without their messages, which may quote a payload. Errors end in logs and dead letters; payloads
 * must not.
 */
final class Redacted extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private Redacted(Throwable failure, @Nullable Throwable cause) {
    super(
        failure.getClass().getName() + " (its message may quote the payload, and is left out)",
        cause,
        false,
        true);
    setStackTrace(failure.getStackTrace());
  }

  static Redacted of(Throwable failure) {
    Throwable cause = failure.getCause();
    // Stack traces nest a few levels; a cycle of causes would nest for ever.
    return new Redacted(failure, cause == null ? null : of(cause, 8));
  }

  private static @Nullable Redacted of(Throwable failure, int levels) {
    Throwable cause = failure.getCause();
    return levels == 0 ? null : new Redacted(failure, cause == null ? null : of(cause, levels - 1));
  }
}
