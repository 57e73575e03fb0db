package io.stagepost.dlq.cli;

import io.stagepost.MessagingException;
import java.io.UncheckedIOException;
import java.util.Objects;

/** An error as the command tells it: its code, what happened, and what to do here. */
final class Complaint {
  private Complaint() {}

  static String of(Throwable failure) {
    if (failure instanceof MessagingException told) {
      String text = String.valueOf(told.getMessage());
      // The library names its own remedy, which is for programs.
      return told.code().equals("SP-AMQP-030")
          ? text.replaceFirst(
              "Dead letters and parking lots.*",
              "Move its messages into a stream first, and read that: dlq collect.")
          : text;
    }
    Throwable cause =
        failure instanceof UncheckedIOException
            ? Objects.requireNonNullElse(failure.getCause(), failure)
            : failure;
    String name = cause.getClass().getSimpleName().replaceAll("Exception$", "");
    return "SP-DLQ-100 " + name + ": " + cause.getMessage() + ". --verbose shows where.";
  }
}
