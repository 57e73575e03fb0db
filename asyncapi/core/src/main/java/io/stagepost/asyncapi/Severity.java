package io.stagepost.asyncapi;

import java.util.Locale;

/** How bad a finding is. */
public enum Severity {
  /** The contract is wrong: it must not be used. */
  ERROR,
  /** Probably not what was meant. */
  WARNING,
  /** Worth knowing. */
  INFO;

  /**
   * As reports write it.
   *
   * @return in lower case
   */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
