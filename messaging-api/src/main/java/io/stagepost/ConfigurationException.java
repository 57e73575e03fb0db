package io.stagepost;

import java.util.List;

/**
 * What is wrong with the set-up, found at start and told all at once (rule D19). Each problem has a
 * code and a remedy of its own.
 */
public final class ConfigurationException extends MessagingException {
  private static final long serialVersionUID = 1L;

  /** Each with its code and remedy. */
  private final List<String> problems;

  /**
   * An error that lists problems.
   *
   * @param what what could not start
   * @param problems at least one; each begins with its code and ends with its remedy
   */
  public ConfigurationException(String what, List<String> problems) {
    super("SP-API-004", what + " cannot start:\n  - " + String.join("\n  - ", problems));
    this.problems = List.copyOf(problems);
  }

  /**
   * The problems.
   *
   * @return at least one
   */
  public List<String> problems() {
    return problems;
  }
}
