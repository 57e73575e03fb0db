package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.MessagingException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Locale;

/** Asks a person before anything is sent or deleted: on standard error, and reads the answer. */
final class Question {
  private Question() {}

  /**
   * Asks, if there is a terminal.
   *
   * @param what is to happen, as a question
   * @param err where it is asked
   * @return whether the answer was yes
   * @throws MessagingException {@code SP-DLQ-110} if there is nobody to ask
   */
  static boolean ask(String what, PrintWriter err) {
    if (!Terminal.canAsk()) {
      throw new MessagingException(
          "SP-DLQ-110",
          "There is no terminal to ask at: " + what + " If so, say --yes. Nothing was done.");
    }
    err.print(what + " [y/N] ");
    err.flush();
    try {
      String answer = new BufferedReader(new InputStreamReader(System.in, UTF_8)).readLine();
      return answer != null && answer.strip().toLowerCase(Locale.ROOT).matches("y|yes");
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
