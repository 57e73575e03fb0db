package io.stagepost.dlq.cli;

import org.jspecify.annotations.Nullable;

/**
 * What standard output is, as the script {@code bin/dlq} found it: a terminal of so many columns,
 * or none. The JDK does not tell.
 */
final class Terminal {
  /** Set by the script if standard output is a terminal: how many columns it has. */
  private static final String COLUMNS = "dlq.columns";

  /** The same of standard error. */
  private static final String ERROR_COLUMNS = "dlq.error-columns";

  /** Set by the script if standard input and standard error are terminals. */
  private static final String ASK = "dlq.ask";

  private Terminal() {}

  static boolean isThere() {
    return System.getProperty(COLUMNS) != null;
  }

  /** Whether NO_COLOR is set, and not empty (no-color.org). */
  static boolean isWithoutColour() {
    String told = System.getenv("NO_COLOR");
    return told != null && !told.isEmpty();
  }

  /** How many columns there are; null if there is no end of them. */
  static @Nullable Integer columns() {
    Integer told = number(System.getenv("COLUMNS"));
    return told == null ? number(System.getProperty(COLUMNS)) : told;
  }

  /** Whether a person can be asked. */
  static boolean canAsk() {
    return System.getProperty(ASK) != null;
  }

  /** How many columns standard error has; 0 if it is no terminal. */
  static int errorColumns() {
    Integer told = number(System.getProperty(ERROR_COLUMNS));
    return told == null ? 0 : told;
  }

  private static @Nullable Integer number(@Nullable String text) {
    return text != null && text.matches("[1-9]\\d{0,4}") ? Integer.valueOf(text) : null;
  }
}
