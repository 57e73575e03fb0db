package io.stagepost.outbox.relay;

/** How the command ends: the table of {@code relay --help}. Scripts may rely on the numbers. */
enum ExitCode {
  /** Everything that was asked for is done; or the relay was told to stop, and has. */
  DONE(0, "done, or stopped as told"),

  /** Something went wrong; standard error says what, and what to do. */
  ERROR(1, "an error"),

  /** The command was called wrongly. */
  USAGE(2, "wrong usage"),

  /** None of the rows named is parked. */
  NOTHING_MATCHED(3, "nothing matched"),

  /** Some of the rows named were parked, others were not. */
  PARTIAL(4, "done in part"),

  /** What status measured is beyond what it was told to bear. */
  ALARM(5, "a limit given to status is passed"),

  /** The person has not said yes; nothing was changed. */
  REFUSED(8, "refused");

  private final int number;
  private final String meaning;

  ExitCode(int number, String meaning) {
    this.number = number;
    this.meaning = meaning;
  }

  /** What the process ends with. */
  int number() {
    return number;
  }

  /** In a few words, for the help. */
  String meaning() {
    return meaning;
  }
}
