package io.stagepost.inbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.MessagingException;
import io.stagepost.spi.Inbox.Entry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the inbox says to PostgreSQL. Each first statement of a transaction sets its isolation and
 * its timeouts for it alone, in the same round trip. Who comes second waits in the unique index for
 * who came first.
 */
final class PostgresInbox {
  /**
   * Begins a transaction: for it alone, its isolation and its timeouts, unless shorter ones are set
   * already (which {@code current_setting} shows as 1min, say; 0 is none). OFFSET has the settings
   * read before they are changed.
   */
  private static final String BEGIN =
      """
      SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
      SELECT statement,
             set_config('statement_timeout', CASE
               WHEN statement::interval BETWEEN '1 ms' AND statement_limit::interval
               THEN statement ELSE statement_limit END, true),
             set_config('idle_in_transaction_session_timeout', CASE
               WHEN idle::interval BETWEEN '1 ms' AND idle_limit::interval
               THEN idle ELSE idle_limit END, true)
      FROM (SELECT current_setting('statement_timeout') AS statement,
                   ?::text AS statement_limit,
                   current_setting('idle_in_transaction_session_timeout') AS idle,
                   ?::text AS idle_limit OFFSET 0) AS now;
      """;

  /** How many parameters {@link #BEGIN} has. */
  private static final int LIMITS = 2;

  private static final String ENTER =
      BEGIN
          + """
          WITH event AS (
            INSERT INTO stagepost_inbox (consumer, source, id, received_at)
            VALUES (?, ?, ?, now()) ON CONFLICT DO NOTHING RETURNING 1)
          SELECT pg_current_xact_id()::text, (SELECT count(*) FROM event), 1""";

  /** The event's row, and with it the key's: a new one, or the one that it was refused with. */
  private static final String ENTER_WITH_KEY =
      BEGIN
          + """
          WITH event AS (
            INSERT INTO stagepost_inbox (consumer, source, id, received_at)
            VALUES (?, ?, ?, now()) ON CONFLICT DO NOTHING
            RETURNING consumer, source, id),
          key AS (
            INSERT INTO stagepost_inbox_key AS k (consumer, key, source, id, refused)
            SELECT consumer, ?, source, id, false FROM event
            ON CONFLICT (consumer, key) DO UPDATE SET refused = false
              WHERE k.refused AND k.source = excluded.source AND k.id = excluded.id
            RETURNING 1)
          SELECT pg_current_xact_id()::text,
                 (SELECT count(*) FROM event), (SELECT count(*) FROM key)""";

  /**
   * Commits in one round trip, and only what is meant. In a transaction that an error has failed,
   * PostgreSQL answers COMMIT with a rollback that the driver reports as success; here the SELECT
   * fails before. In another transaction than that which entered the event, it divides by zero.
   *
   * <p>COMMIT itself has the statement timeout that was set before: one that strikes while it waits
   * for a synchronous standby would make it succeed without that standby.
   */
  private static final String COMMIT =
      "SELECT 1 / (pg_current_xact_id_if_assigned() IS NOT DISTINCT FROM ?::text::xid8)::int,"
          + " set_config('statement_timeout', ?, true);\n"
          + "COMMIT";

  private static final String DIVISION_BY_ZERO = "22012";

  private static final String RECORD_DUPLICATE =
      """
      UPDATE stagepost_inbox i SET duplicate_of = k.source || ' ' || k.id
      FROM stagepost_inbox_key k
      WHERE i.consumer = ? AND i.source = ? AND i.id = ? AND k.consumer = i.consumer AND k.key = ?
      RETURNING duplicate_of""";

  private static final String LOOK_UP =
      BEGIN
          + """
          SELECT pg_current_xact_id()::text, EXISTS (
            SELECT 1 FROM stagepost_inbox WHERE consumer = ? AND source = ? AND id = ?)""";

  private static final String REFUSE =
      """
      INSERT INTO stagepost_inbox_key (consumer, key, source, id, refused)
      VALUES (?, ?, ?, ?, true) ON CONFLICT DO NOTHING""";

  private static final String HOLDER =
      "SELECT source, id FROM stagepost_inbox_key WHERE consumer = ? AND key = ?";

  private static final String ENTER_DUPLICATE =
      """
      INSERT INTO stagepost_inbox (consumer, source, id, received_at, duplicate_of)
      VALUES (?, ?, ?, now(), ?) ON CONFLICT DO NOTHING""";

  private static final int OLDEST_SERVER = 130000; // xid8 functions

  private PostgresInbox() {}

  /** Whether an event may be handled. */
  enum Entrance {
    /** It is new: it and its key are entered, if the transaction commits. */
    NEW,
    /** It has been handled before. */
    KNOWN,
    /** It is new, but another event holds its key. */
    KEY_HELD
  }

  /**
   * What came of entering an event.
   *
   * @param transaction the id of the transaction that has entered it, or has looked it up
   * @param statementTimeout that was set before
   */
  record Entered(Entrance entrance, String transaction, String statementTimeout) {}

  static Entered enter(Connection connection, Entry entry, Deadline deadline) throws SQLException {
    String key = entry.idempotencyKey();
    try (PreparedStatement statement =
        connection.prepareStatement(key == null ? ENTER : ENTER_WITH_KEY)) {
      setEvent(statement, LIMITS + 1, entry);
      if (key != null) {
        statement.setString(LIMITS + 4, Bounded.text(key));
      }
      String statementTimeout = begin(statement, deadline);
      try (ResultSet answer = statement.getResultSet()) {
        answer.next();
        Entrance entrance =
            answer.getInt(2) == 0
                ? Entrance.KNOWN
                : answer.getInt(3) == 0 ? Entrance.KEY_HELD : Entrance.NEW;
        return new Entered(entrance, answer.getString(1), statementTimeout);
      }
    }
  }

  /**
   * Executes a statement that begins with {@link #BEGIN}; its own result comes next.
   *
   * @return the statement timeout that was set before
   */
  private static String begin(PreparedStatement statement, Deadline deadline) throws SQLException {
    statement.setString(1, deadline.statementMillis() + "ms");
    statement.setString(2, deadline.graceMillis() + "ms");
    statement.execute();
    statement.getMoreResults(); // past SET TRANSACTION
    String before;
    try (ResultSet answer = statement.getResultSet()) {
      answer.next();
      before = answer.getString(1);
    }
    statement.getMoreResults();
    return before;
  }

  /** Commits the transaction that has entered an event, or throws. */
  static void commit(Connection connection, Entered entered) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(COMMIT)) {
      statement.setString(1, entered.transaction());
      statement.setString(2, entered.statementTimeout());
      statement.execute();
    } catch (SQLException failure) {
      if (DIVISION_BY_ZERO.equals(failure.getSQLState())) {
        throw new MessagingException(
            "SP-INBOX-008",
            "A handler has ended the inbox's transaction by SQL (COMMIT or ROLLBACK): what it did"
                + " since is rolled back, what it did before may be in effect without the record"
                + " that the event was handled. Take that SQL out of the handler.",
            failure);
      }
      throw failure;
    }
  }

  /**
   * Says in the row of an event just entered which other event holds its key.
   *
   * @return source and id of that event; null if it is gone by now
   */
  static @Nullable String recordDuplicate(Connection connection, Entry entry, String key)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(RECORD_DUPLICATE)) {
      setEvent(statement, 1, entry);
      statement.setString(4, Bounded.text(key));
      try (ResultSet answer = statement.executeQuery()) {
        return answer.next() ? answer.getString(1) : null;
      }
    }
  }

  /** Whether an event was handled, or recorded as a duplicate; never that its key is held. */
  static Entered lookUp(Connection connection, Entry entry, Deadline deadline) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(LOOK_UP)) {
      setEvent(statement, LIMITS + 1, entry);
      String statementTimeout = begin(statement, deadline);
      try (ResultSet answer = statement.getResultSet()) {
        answer.next();
        return new Entered(
            answer.getBoolean(2) ? Entrance.KNOWN : Entrance.NEW,
            answer.getString(1),
            statementTimeout);
      }
    }
  }

  /** Takes a key for an event that is refused; false if the key is held already. */
  static boolean refuse(Connection connection, Entry entry, String key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(REFUSE)) {
      statement.setString(1, Bounded.text(entry.consumer()));
      statement.setString(2, Bounded.text(key));
      statement.setString(3, Bounded.text(entry.source().toString()));
      statement.setString(4, Bounded.text(entry.id()));
      return statement.executeUpdate() == 1;
    }
  }

  /** An event, as it is written. */
  record Holder(String source, String id) {
    boolean is(Entry entry) {
      return source.equals(Bounded.text(entry.source().toString()))
          && id.equals(Bounded.text(entry.id()));
    }
  }

  /** Which event holds a key; null if none does. */
  static @Nullable Holder holder(Connection connection, Entry entry, String key)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(HOLDER)) {
      statement.setString(1, Bounded.text(entry.consumer()));
      statement.setString(2, Bounded.text(key));
      try (ResultSet answer = statement.executeQuery()) {
        return answer.next() ? new Holder(answer.getString(1), answer.getString(2)) : null;
      }
    }
  }

  /** Enters an event as a duplicate of another one. */
  static void enterDuplicate(Connection connection, Entry entry, Holder holder)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(ENTER_DUPLICATE)) {
      setEvent(statement, 1, entry);
      statement.setString(4, holder.source() + " " + holder.id());
      statement.executeUpdate();
    }
  }

  private static void setEvent(PreparedStatement statement, int first, Entry entry)
      throws SQLException {
    statement.setString(first, Bounded.text(entry.consumer()));
    statement.setString(first + 1, Bounded.text(entry.source().toString()));
    statement.setString(first + 2, Bounded.text(entry.id()));
  }

  static void createSchema(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      // "if not exists" alone does not keep two that create at once apart
      statement.execute("SELECT pg_advisory_xact_lock(hashtext('stagepost_inbox schema'))");
      statement.execute(schema());
      connection.commit();
    }
  }

  private static String schema() {
    try (InputStream in = PostgresInbox.class.getResourceAsStream("postgresql.sql")) {
      return new String(Objects.requireNonNull(in, "postgresql.sql").readAllBytes(), UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** All that is wrong with the tables, each with its code and remedy. */
  static List<String> problems(Connection connection) throws SQLException {
    List<String> problems = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      try (ResultSet answer =
          statement.executeQuery(
              "SELECT current_setting('server_version_num')::int,"
                  + " current_setting('server_version')")) {
        answer.next();
        if (answer.getInt(1) < OLDEST_SERVER) {
          problems.add(
              "SP-INBOX-009 The server is PostgreSQL "
                  + answer.getString(2)
                  + "; the inbox needs 13 or later.");
        }
      }
      try (ResultSet rows =
          statement.executeQuery(
              """
              SELECT t.name, to_regclass(t.name) IS NULL,
                     string_agg(c.name, ', ' ORDER BY c.name), current_schemas(false)::text
              FROM (VALUES
                  ('stagepost_inbox', '{consumer,source,id,received_at,duplicate_of}'::text[]),
                  ('stagepost_inbox_key', '{consumer,key,source,id,refused}')) t(name, columns)
              CROSS JOIN unnest(t.columns) c(name)
              WHERE NOT EXISTS (SELECT 1 FROM pg_attribute
                WHERE attrelid = to_regclass(t.name) AND attname = c.name AND NOT attisdropped)
              GROUP BY t.name ORDER BY t.name""")) {
        while (rows.next()) {
          problems.add(
              "SP-INBOX-001 The table "
                  + rows.getString(1)
                  + (rows.getBoolean(2) ? " does not exist" : " lacks " + rows.getString(3))
                  + " on the search_path "
                  + rows.getString(4)
                  + "; run io/stagepost/inbox/postgresql.sql in a migration"
                  + " (in tests: JdbcInbox.createSchema()).");
        }
      }
      try (ResultSet answer = statement.executeQuery("SHOW transaction_read_only")) {
        answer.next();
        if (answer.getString(1).equals("on")) {
          problems.add(
              "SP-INBOX-002 The inbox's DataSource gives connections that cannot write: to a"
                  + " standby, or set read-only; give it one to the primary.");
        }
      }
    }
    return problems;
  }
}
