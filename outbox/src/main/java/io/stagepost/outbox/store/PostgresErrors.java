package io.stagepost.outbox.store;

import io.stagepost.MessagingException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** What PostgreSQL's errors mean for an outbox: by SQLSTATE, never by text. */
final class PostgresErrors {
  private final TableName table;

  PostgresErrors(TableName table) {
    this.table = table;
  }

  /**
   * Translates.
   *
   * @param what what could not be done, as the beginning of a sentence
   * @param cause as the driver threw it
   * @return to be thrown
   */
  MessagingException of(String what, SQLException cause) {
    String state = state(cause);
    Meaning meaning = meaning(state);
    return new MessagingException(
        meaning.code, what + " (SQLSTATE " + state + "): " + meaning.remedy, cause);
  }

  private Meaning meaning(String state) {
    return switch (state) {
      case "25P02" ->
          new Meaning(
              "SP-OUTBOX-004",
              "an earlier statement of this transaction has failed; roll it back and try it"
                  + " again.");
      case "25006" ->
          new Meaning(
              "SP-OUTBOX-003",
              "the transaction is read-only, or the server is a standby; use a writing one.");
      case "42P01", "42703", "42704", "3F000" ->
          new Meaning(
              "SP-OUTBOX-005",
              "a table, column or sequence of "
                  + table
                  + " is missing on the connection's search_path; run"
                  + " io/stagepost/outbox/postgresql.sql in a migration, and see"
                  + " Outbox.verifySchema().");
      case "42501" ->
          new Meaning(
              "SP-OUTBOX-006",
              "the user lacks a privilege; publishing needs INSERT on "
                  + table
                  + " and USAGE on its sequences, the relay all on the three tables.");
      case "40001", "40P01" ->
          new Meaning(
              "SP-OUTBOX-007",
              "the transaction was chosen to fail; roll it back, and try it again from its beginning.");
      default ->
          isConnection(state)
              ? new Meaning(
                  "SP-OUTBOX-008",
                  "the connection was lost, and its transaction rolled back unless it was"
                      + " committing; try again.")
              : new Meaning(
                  "SP-OUTBOX-009",
                  "roll the transaction back; the cause says what PostgreSQL said.");
    };
  }

  /** Whether the connection is gone: class 08, an administrator's or a crash's shutdown. */
  private static boolean isConnection(String state) {
    return state.startsWith("08") || state.startsWith("57P") || state.equals("25P03");
  }

  private static String state(SQLException cause) {
    for (@Nullable SQLException e = cause; e != null; e = e.getNextException()) {
      String state = e.getSQLState();
      if (state != null) {
        return state;
      }
    }
    return "none";
  }

  private record Meaning(String code, String remedy) {}
}
