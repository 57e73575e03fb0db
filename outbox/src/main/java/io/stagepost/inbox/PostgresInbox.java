package io.stagepost.inbox;

import io.stagepost.spi.Inbox.Entry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the inbox says to PostgreSQL. A transaction begins by {@link PostgresBegin}. Who comes
 * second waits in the unique index for who came first.
 */
final class PostgresInbox implements InboxDatabase {
  /** The mark is read in the statement itself. Without a row, the event is known or forgotten. */
  private static final String ENTER =
      """
      INSERT INTO stagepost_inbox (consumer, source, id, event_time, received_at)
      SELECT ?, ?, ?, ?::text::timestamptz, now()
      WHERE (SELECT forgotten_before FROM stagepost_inbox_mark) <= ?::text::timestamptz
      ON CONFLICT DO NOTHING
      RETURNING pg_current_xact_id()::text, 1""";

  /** The event's row, and with it the key's: a new one, or the one that it was refused with. */
  private static final String ENTER_WITH_KEY =
      """
      WITH event AS (
        INSERT INTO stagepost_inbox (consumer, source, id, event_time, received_at)
        SELECT ?, ?, ?, ?::text::timestamptz, now()
        WHERE (SELECT forgotten_before FROM stagepost_inbox_mark) <= ?::text::timestamptz
        ON CONFLICT DO NOTHING
        RETURNING consumer, source, id),
      key AS (
        INSERT INTO stagepost_inbox_key AS k (consumer, key_text, source, id, refused, held_until)
        SELECT consumer, ?, source, id, false, ?::timestamptz FROM event
        ON CONFLICT (consumer, key_text) DO UPDATE
          SET refused = false, held_until = excluded.held_until
          WHERE k.refused AND k.source = excluded.source AND k.id = excluded.id
        RETURNING 1)
      SELECT pg_current_xact_id()::text, (SELECT count(*) FROM key) FROM event""";

  /**
   * All of a batch that are new, each once, and their keys: free ones, or those that an event was
   * refused with. In one order, lest two batches wait for each other.
   */
  private static final String ENTER_ALL =
      """
          WITH given AS (
            SELECT g.*, ?::timestamptz AS received_at, ?::timestamptz AS held_until
            FROM unnest(?::text[], ?::text[], ?::text[], ?::text[]::timestamptz[], ?::text[])
              WITH ORDINALITY AS g (consumer, source, id, event_time, key_text, n)),
          mark AS (SELECT forgotten_before FROM stagepost_inbox_mark),
          event AS (
            INSERT INTO stagepost_inbox (consumer, source, id, event_time, received_at)
            SELECT consumer, source, id, event_time, received_at
            FROM given, mark WHERE event_time >= forgotten_before
            ORDER BY consumer, source, id, n
            ON CONFLICT DO NOTHING
            RETURNING consumer, source, id),
          fresh AS (
            SELECT DISTINCT ON (consumer, source, id) given.*
            FROM given JOIN event USING (consumer, source, id) ORDER BY consumer, source, id, n),
          key AS (
            INSERT INTO stagepost_inbox_key AS k (consumer, key_text, source, id, refused, held_until)
            SELECT DISTINCT ON (consumer, key_text)
                   consumer, key_text, source, id, false, held_until
            FROM fresh WHERE key_text IS NOT NULL ORDER BY consumer, key_text, n
            ON CONFLICT (consumer, key_text) DO UPDATE
              SET refused = false, held_until = excluded.held_until
              WHERE k.refused AND k.source = excluded.source AND k.id = excluded.id
            RETURNING 1)
          SELECT pg_current_xact_id()::text,
                 (SELECT coalesce(array_agg(n ORDER BY n), '{}') FROM fresh),
                 (SELECT count(key_text) FROM fresh) = (SELECT count(*) FROM key)
                   AND (SELECT bool_and(event_time >= forgotten_before) FROM given, mark)""";

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
      WHERE i.consumer = ? AND i.source = ? AND i.id = ?
        AND i.event_time >= ?::timestamptz AND i.event_time < ?::timestamptz
        AND k.consumer = i.consumer AND k.key_text = ?
      RETURNING duplicate_of""";

  private static final String IS_KNOWN =
      """
      SELECT 1 FROM stagepost_inbox WHERE consumer = ? AND source = ? AND id = ?
        AND event_time >= ?::timestamptz AND event_time < ?::timestamptz""";

  private static final String LOOK_UP =
      "SELECT pg_current_xact_id()::text, EXISTS ("
          + IS_KNOWN
          + "), (SELECT forgotten_before <= ?::timestamptz FROM stagepost_inbox_mark)";

  private static final String REFUSE =
      """
      INSERT INTO stagepost_inbox_key AS k (consumer, key_text, source, id, refused, held_until)
      VALUES (?, ?, ?, ?, true, ?::timestamptz)
      ON CONFLICT (consumer, key_text) DO UPDATE SET held_until = excluded.held_until
        WHERE k.refused AND k.source = excluded.source AND k.id = excluded.id""";

  private static final String HOLDER =
      "SELECT source, id FROM stagepost_inbox_key WHERE consumer = ? AND key_text = ?";

  private static final String ENTER_DUPLICATE =
      """
      INSERT INTO stagepost_inbox (consumer, source, id, event_time, received_at, duplicate_of)
      VALUES (?, ?, ?, ?::timestamptz, ?::timestamptz, ?) ON CONFLICT DO NOTHING""";

  /** No partition for the row: a check violation. */
  private static final String NO_PARTITION = "23514";

  private final Tables tables;
  private final Duration window;
  private final PostgresPartitions partitions;
  private final PostgresBegin enter;
  private final PostgresBegin enterWithKey;
  private final PostgresBegin enterAll;
  private final PostgresBegin lookUp;
  private final String isKnown;
  private final String recordDuplicate;
  private final String refuse;
  private final String holder;
  private final String enterDuplicate;

  PostgresInbox(Tables tables, Duration window) {
    this.tables = tables;
    this.window = window;
    this.partitions = new PostgresPartitions(tables);
    this.enter = new PostgresBegin(tables.in(ENTER));
    this.enterWithKey = new PostgresBegin(tables.in(ENTER_WITH_KEY));
    this.enterAll = new PostgresBegin(tables.in(ENTER_ALL));
    this.isKnown = tables.in(IS_KNOWN);
    this.recordDuplicate = tables.in(RECORD_DUPLICATE);
    this.lookUp = new PostgresBegin(tables.in(LOOK_UP));
    this.refuse = tables.in(REFUSE);
    this.holder = tables.in(HOLDER);
    this.enterDuplicate = tables.in(ENTER_DUPLICATE);
  }

  @Override
  public String name() {
    return "PostgreSQL";
  }

  @Override
  public Entered enter(Connection connection, Entry entry, Instant now, Deadline deadline)
      throws SQLException {
    String key = entry.idempotencyKey();
    return (key == null ? enter : enterWithKey)
        .ask(
            connection,
            deadline,
            (statement, first) -> {
              setEvent(statement, first, entry);
              String time = Window.stored(entry.time()).toString();
              statement.setString(first + 3, time);
              statement.setString(first + 4, time);
              if (key != null) {
                statement.setString(first + 5, Bounded.text(key));
                statement.setObject(first + 6, timestamp(now.plus(window)));
              }
            },
            (answer, before) -> {
              if (answer.next()) {
                return new Entered(
                    answer.getInt(2) == 0 ? Entrance.KEY_HELD : Entrance.NEW,
                    new Begun(answer.getString(1), before));
              }
              return new Entered(
                  isKnown(connection, entry) ? Entrance.KNOWN : Entrance.FORGOTTEN,
                  new Begun(null, before));
            });
  }

  private boolean isKnown(Connection connection, Entry entry) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(isKnown)) {
      setEvent(statement, 1, entry);
      setDay(statement, 4, Window.stored(entry.time()));
      try (ResultSet answer = statement.executeQuery()) {
        return answer.next();
      }
    }
  }

  @Override
  public EnteredAll enterAll(
      Connection connection, List<Entry> entries, Instant now, Deadline deadline)
      throws SQLException {
    return enterAll.ask(
        connection,
        deadline,
        (statement, first) -> {
          statement.setObject(first, timestamp(now));
          statement.setObject(first + 1, timestamp(now.plus(window)));
          setArray(statement, first + 2, entries, entry -> Bounded.text(entry.consumer()));
          setArray(statement, first + 3, entries, entry -> Bounded.text(entry.source().toString()));
          setArray(statement, first + 4, entries, entry -> Bounded.text(entry.id()));
          setArray(statement, first + 5, entries, entry -> Window.stored(entry.time()).toString());
          setArray(statement, first + 6, entries, PostgresInbox::keyOf);
        },
        (answer, before) -> {
          answer.next();
          List<Integer> fresh = new ArrayList<>();
          for (Object place : (Object[]) answer.getArray(2).getArray()) {
            fresh.add(((Number) place).intValue() - 1);
          }
          return new EnteredAll(
              fresh, answer.getBoolean(3), new Begun(answer.getString(1), before));
        });
  }

  private static @Nullable String keyOf(Entry entry) {
    String key = entry.idempotencyKey();
    return key == null ? null : Bounded.text(key);
  }

  private static void setArray(
      PreparedStatement statement,
      int index,
      List<Entry> entries,
      Function<Entry, @Nullable String> value)
      throws SQLException {
    @Nullable Object[] values = entries.stream().map(value).toArray();
    statement.setArray(index, statement.getConnection().createArrayOf("text", values));
  }

  @Override
  public boolean lacksPlace(SQLException failure) {
    return NO_PARTITION.equals(failure.getSQLState());
  }

  @Override
  public void makePlace(Connection connection, Instant time) throws SQLException {
    partitions.make(connection, PostgresPartitions.day(time));
  }

  /** Commits the transaction that has entered an event, or throws. */
  @Override
  public void commit(Connection connection, Begun begun) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(COMMIT)) {
      statement.setString(1, begun.id());
      statement.setString(2, begun.before());
      statement.execute();
    } catch (SQLException failure) {
      if (DIVISION_BY_ZERO.equals(failure.getSQLState())) {
        throw new Transaction.EndedByHandler(failure);
      }
      throw failure;
    }
  }

  @Override
  public boolean rollBackInVain(
      Connection connection, Begun begun, Entry entry, Instant now, Deadline deadline)
      throws SQLException {
    connection.rollback();
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT pg_xact_status(?::text::xid8) = 'committed'")) {
      statement.setString(1, begun.id());
      try (ResultSet answer = statement.executeQuery()) {
        answer.next();
        return answer.getBoolean(1);
      }
    }
  }

  @Override
  public @Nullable String recordDuplicate(
      Connection connection, Entry entry, String key, Deadline deadline) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(recordDuplicate)) {
      setEvent(statement, 1, entry);
      setDay(statement, 4, Window.stored(entry.time()));
      statement.setString(6, Bounded.text(key));
      try (ResultSet answer = statement.executeQuery()) {
        return answer.next() ? answer.getString(1) : null;
      }
    }
  }

  @Override
  public Entered lookUp(Connection connection, Entry entry, Deadline deadline) throws SQLException {
    Instant time = Window.stored(entry.time());
    return lookUp.ask(
        connection,
        deadline,
        (statement, first) -> {
          setEvent(statement, first, entry);
          setDay(statement, first + 3, time);
          statement.setObject(first + 5, timestamp(time));
        },
        (answer, before) -> {
          answer.next();
          return new Entered(
              answer.getBoolean(2)
                  ? Entrance.KNOWN
                  : answer.getBoolean(3) ? Entrance.NEW : Entrance.FORGOTTEN,
              new Begun(answer.getString(1), before));
        });
  }

  @Override
  public boolean refuse(
      Connection connection, Entry entry, String key, Instant until, Deadline deadline)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(refuse)) {
      statement.setString(1, Bounded.text(entry.consumer()));
      statement.setString(2, Bounded.text(key));
      statement.setString(3, Bounded.text(entry.source().toString()));
      statement.setString(4, Bounded.text(entry.id()));
      statement.setObject(5, timestamp(until));
      return statement.executeUpdate() == 1;
    }
  }

  @Override
  public @Nullable Holder holder(Connection connection, Entry entry, String key, Deadline deadline)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(holder)) {
      statement.setString(1, Bounded.text(entry.consumer()));
      statement.setString(2, Bounded.text(key));
      try (ResultSet answer = statement.executeQuery()) {
        return answer.next() ? new Holder(answer.getString(1), answer.getString(2)) : null;
      }
    }
  }

  @Override
  public void enterDuplicate(
      Connection connection, Entry entry, Holder holder, Instant now, Deadline deadline)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(enterDuplicate)) {
      setEvent(statement, 1, entry);
      statement.setObject(4, timestamp(Window.stored(entry.time())));
      statement.setObject(5, timestamp(now));
      statement.setString(6, holder.toString());
      statement.executeUpdate();
    }
  }

  static OffsetDateTime timestamp(Instant time) {
    return time.atOffset(ZoneOffset.UTC);
  }

  private static void setEvent(PreparedStatement statement, int first, Entry entry)
      throws SQLException {
    statement.setString(first, Bounded.text(entry.consumer()));
    statement.setString(first + 1, Bounded.text(entry.source().toString()));
    statement.setString(first + 2, Bounded.text(entry.id()));
  }

  /** The bounds of the day, so that one partition is looked at. */
  private static void setDay(PreparedStatement statement, int first, Instant time)
      throws SQLException {
    LocalDate day = PostgresPartitions.day(time);
    statement.setObject(first, day.atStartOfDay().atOffset(ZoneOffset.UTC));
    statement.setObject(first + 1, day.plusDays(1).atStartOfDay().atOffset(ZoneOffset.UTC));
  }

  // ---- at start

  @Override
  public void createSchema(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      // "if not exists" alone does not keep two that create at once apart
      statement.execute(
          "SELECT pg_advisory_xact_lock(hashtext('" + tables.entries() + " schema'))");
      statement.execute(tables.ddl("postgresql.sql"));
      connection.commit();
    }
  }

  @Override
  public List<String> problems(Connection connection) throws SQLException {
    return new PostgresCheck(tables).problems(connection);
  }

  // ---- housekeeping

  @Override
  public boolean claim(Connection connection, Duration notSince) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            tables.in(
                "UPDATE stagepost_inbox_mark SET kept_at = clock_timestamp()"
                    + " WHERE kept_at < clock_timestamp() - ? * interval '1 ms'"))) {
      statement.setLong(1, notSince.toMillis());
      return statement.executeUpdate() == 1;
    }
  }

  @Override
  public Instant now(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery("SELECT clock_timestamp()")) {
      answer.next();
      return answer.getObject(1, OffsetDateTime.class).toInstant();
    }
  }

  @Override
  public void prepare(Connection connection, Instant now) throws SQLException {
    partitions.prepare(connection, now);
  }

  @Override
  public void forgetBefore(Connection connection, Instant end) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            tables.in(
                "UPDATE stagepost_inbox_mark SET forgotten_before = ?::timestamptz"
                    + " WHERE forgotten_before < ?::timestamptz"))) {
      OffsetDateTime midnight = PostgresPartitions.day(end).atStartOfDay().atOffset(ZoneOffset.UTC);
      statement.setObject(1, midnight);
      statement.setObject(2, midnight);
      statement.executeUpdate();
    }
  }

  @Override
  public boolean pruneEntries(Connection connection) throws SQLException {
    return partitions.dropOne(connection);
  }

  @Override
  public boolean pruneKeys(Connection connection, Instant endedBefore) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            tables.in(
                """
                DELETE FROM stagepost_inbox_key WHERE ctid IN (
                  SELECT ctid FROM stagepost_inbox_key WHERE held_until < ?::timestamptz
                  ORDER BY held_until LIMIT ? FOR UPDATE SKIP LOCKED) AND held_until < ?::timestamptz"""))) {
      statement.setObject(1, timestamp(endedBefore));
      statement.setInt(2, JdbcInbox.STEP);
      statement.setObject(3, timestamp(endedBefore));
      return statement.executeUpdate() == JdbcInbox.STEP;
    }
  }

  @Override
  public InboxState state(Connection connection) throws SQLException {
    return partitions.state(connection);
  }
}
