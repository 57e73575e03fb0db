package io.stagepost.dlq.cli;

import static java.util.Map.entry;

import io.stagepost.MessagingException;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.ParameterException;

/** How the command ends: the table of {@code dlq --help}. Scripts may rely on the numbers. */
enum ExitCode {
  /** Everything that was asked for is done. */
  DONE(0, "done"),

  /** Something went wrong; standard error says what, and what to do. */
  ERROR(1, "an error, or a problem that doctor found"),

  /** The command was called wrongly. */
  USAGE(2, "wrong usage"),

  /** No letter matches the selection, or there is none of that name. */
  NOTHING_MATCHED(3, "nothing matched"),

  /** Some letters are done, others could not be. */
  PARTIAL(4, "done in part"),

  /** Letters of the canary came back, or were not handled; the rest was not touched. */
  CANARY(5, "the canary stopped it"),

  /** What lies at the address is not what was planned. */
  DRIFTED(6, "the plan has drifted"),

  /** Another run holds the address. */
  LOCKED(7, "another run holds the lock"),

  /** The broker, a check, or the person who was asked, says no; nothing was changed. */
  REFUSED(8, "refused"),

  /** Interrupted by Ctrl-C or SIGTERM; the run can be resumed. */
  INTERRUPTED(130, "interrupted, and can be resumed"),

  /** Whoever read standard output has closed it, as {@code head} does. */
  OUTPUT_CLOSED(141, "the reader of the output has closed it");

  /** How any command may end. */
  static final Set<ExitCode> EVERYWHERE = Set.of(DONE, ERROR, USAGE, OUTPUT_CLOSED);

  /** Those errors of the library that are more than errors. */
  private static final Map<String, ExitCode> BY_CODE =
      Map.ofEntries(
          entry("SP-DLQ-003", LOCKED),
          entry("SP-DLQ-004", LOCKED),
          entry("SP-DLQ-005", REFUSED),
          entry("SP-DLQ-010", USAGE),
          entry("SP-DLQ-011", USAGE),
          entry("SP-DLQ-012", INTERRUPTED),
          entry("SP-DLQ-013", USAGE),
          entry("SP-DLQ-015", REFUSED),
          entry("SP-DLQ-016", REFUSED),
          entry("SP-DLQ-017", REFUSED),
          entry("SP-DLQ-018", REFUSED),
          entry("SP-DLQ-021", REFUSED),
          entry("SP-DLQ-022", REFUSED),
          entry("SP-DLQ-030", REFUSED),
          entry("SP-DLQ-101", USAGE),
          entry("SP-DLQ-102", NOTHING_MATCHED),
          entry("SP-DLQ-110", REFUSED),
          entry("SP-DLQ-111", NOTHING_MATCHED),
          entry("SP-KAFKA-058", NOTHING_MATCHED),
          entry("SP-DLQ-160", USAGE),
          entry("SP-DLQ-161", USAGE),
          entry("SP-DLQ-163", REFUSED),
          entry("SP-DLQ-164", REFUSED),
          entry("SP-DLQ-165", REFUSED),
          entry("SP-DLQ-166", REFUSED),
          entry("SP-DLQ-182", USAGE),
          entry("SP-DLQ-200", REFUSED));

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

  /** What an exception ends the process with. */
  static ExitCode of(Throwable failure) {
    if (failure instanceof ParameterException) {
      return USAGE;
    }
    if (failure instanceof OutputClosedException) {
      return OUTPUT_CLOSED;
    }
    return Complaint.cause(failure) instanceof MessagingException told
        ? BY_CODE.getOrDefault(told.code(), ERROR)
        : ERROR;
  }
}
