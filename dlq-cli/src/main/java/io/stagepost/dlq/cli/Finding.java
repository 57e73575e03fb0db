package io.stagepost.dlq.cli;

import org.jspecify.annotations.Nullable;

/**
 * What doctor found.
 *
 * @param state how bad it is
 * @param check what was looked at
 * @param reason what was found
 * @param remedy what to do; null if nothing is to be done
 */
record Finding(State state, String check, String reason, @Nullable String remedy) {
  /** How bad it is. */
  enum State {
    /** As it should be. */
    OK,
    /** Works, and may surprise somebody. */
    WARNING,
    /** Something will not work. */
    PROBLEM
  }

  static Finding ok(String check, String reason) {
    return new Finding(State.OK, check, reason, null);
  }

  static Finding warning(String check, String reason, String remedy) {
    return new Finding(State.WARNING, check, reason, remedy);
  }

  static Finding problem(String check, String reason, @Nullable String remedy) {
    return new Finding(State.PROBLEM, check, reason, remedy);
  }

  /** Of an error's text, which has its remedy in it. */
  static Finding problem(String check, RuntimeException failure) {
    return new Finding(State.PROBLEM, check, Complaint.of(failure), null);
  }
}
