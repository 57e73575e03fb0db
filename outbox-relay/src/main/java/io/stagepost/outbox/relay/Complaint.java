package io.stagepost.outbox.relay;

import io.stagepost.MessagingException;

/** An error as the command tells it: its code, what happened, and what to do. */
final class Complaint {
  private Complaint() {}

  static String of(Throwable failure) {
    return failure instanceof MessagingException
        ? String.valueOf(failure.getMessage())
        : "SP-RELAY-001 Unexpected "
            + failure.getClass().getSimpleName()
            + ": "
            + failure.getMessage()
            + ". --verbose shows where; please report it.";
  }
}
