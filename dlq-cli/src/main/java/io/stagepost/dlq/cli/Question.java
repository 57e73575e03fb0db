package io.stagepost.dlq.cli;

import io.stagepost.MessagingException;
import java.io.Console;
import java.util.Locale;

/** Asks a person before anything is sent or deleted. */
final class Question {
  private Question() {}

  /**
   * Asks, if there is a terminal.
   *
   * @param what is to happen, as a question
   * @return whether the answer was yes
   * @throws MessagingException {@code SP-DLQ-110} if there is nobody to ask
   */
  static boolean ask(String what) {
    Console console = System.console();
    if (console == null) {
      throw new MessagingException(
          "SP-DLQ-110",
          "There is no terminal to ask at: " + what + " If so, say --yes. Nothing was done.");
    }
    String answer = console.readLine("%s [y/N] ", what);
    return answer != null && answer.strip().toLowerCase(Locale.ROOT).matches("y|yes");
  }
}
