package io.stagepost.inbox;

import io.stagepost.spi.Inbox.Entry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the inbox says to databases where a failed statement leaves its transaction usable and a
 * table has no partitions: who comes second waits in the unique index, and is refused by it; old
 * rows are deleted in steps. Immutable.
 */
abstract class PlainInbox implements InboxDatabase {
  private static final String ENTER =
      """
      INSERT INTO stagepost_inbox (consumer, source, id, event_time, received_at)
      SELECT ?, ?, ?, ?, ? FROM stagepost_inbox_mark WHERE forgotten_before <= ?""";

  private static final String ENTER_DUPLICATE =
      """
      INSERT INTO stagepost_inbox (consumer, source, id, event_time, received_at, duplicate_of)
      VALUES (?, ?, ?, ?, ?, ?)""";

  private static final String RECORD_DUPLICATE =
      "UPDATE stagepost_inbox SET duplicate_of = ? WHERE consumer = ? AND source = ? AND id = ?";

  private static final String LOOK_UP =
      "SELECT 1 FROM stagepost_inbox WHERE consumer = ? AND source = ? AND id = ?";

  private static final String TAKE_KEY =
      """
      INSERT INTO stagepost_inbox_key (consumer, key_text, source, id, refused, held_at)
      VALUES (?, ?, ?, ?, ?, ?)""";

  private static final String KEEP_KEY =
      """
      UPDATE stagepost_inbox_key SET refused = ?, held_at = ?
      WHERE consumer = ? AND key_text = ? AND source = ? AND id = ? AND refused""";

  private static final String HOLDER =
      "SELECT source, id FROM stagepost_inbox_key WHERE consumer = ? AND key_text = ?";

  private static final Map<String, String> COLUMNS =
      Map.of(
          "", "consumer, source, id, event_time, received_at, duplicate_of",
          "_key", "consumer, key_text, source, id, refused, held_at",
          "_mark", "forgotten_before, kept_at");

  final Tables tables;
  private final String ddl;

  PlainInbox(Tables tables, String ddl) {
    this.tables = tables;
    this.ddl = ddl;
  }

  // ---- what differs

  /** Begins the transaction: its isolation, its timeouts. */
  abstract Begun begin(Connection connection, Deadline deadline) throws SQLException;

  /** The transaction as it is known after it has written; the same by default. */
  Begun entered(Connection connection, Begun begun) throws SQLException {
    return begun;
  }

  /** Whether a statement failed because a row of the same primary key is there. */
  abstract boolean isDuplicate(SQLException failure);

  abstract void setText(PreparedStatement statement, int index, String text) throws SQLException;

  abstract String text(ResultSet row, int index) throws SQLException;

  /** Deletes so many rows, if not fewer, that a condition is true of. */
  abstract String deleteSome(String table, String condition, String order);

  /** The clock in UTC. */
  abstract String clock();

  /** About how many rows a table has. */
  abstract long count(Connection connection, String table) throws SQLException;

  /** What is wrong with the server. */
  abstract void checkServer(Connection connection, List<String> problems) throws SQLException;

  // ---- in the handler's transaction

  @Override
  public Entered enter(Connection connection, Entry entry, Instant now, Deadline deadline)
      throws SQLException {
    Begun begun = begin(connection, deadline);
    Entrance entrance = enterEvent(connection, entry, now, deadline);
    String key = entry.idempotencyKey();
    if (entrance == Entrance.NEW && key != null && !takeKey(connection, entry, key, false, now)) {
      entrance = Entrance.KEY_HELD;
    }
    return new Entered(entrance, entered(connection, begun));
  }

  private Entrance enterEvent(Connection connection, Entry entry, Instant now, Deadline deadline)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(tables.in(ENTER))) {
      limit(statement, deadline);
      LocalDateTime time = utc(timeOf(entry));
      setEvent(statement, 1, entry);
      statement.setObject(4, time);
      statement.setObject(5, utc(now));
      statement.setObject(6, time);
      return statement.executeUpdate() == 0 ? Entrance.FORGOTTEN : Entrance.NEW;
    } catch (SQLException failure) {
      if (isDuplicate(failure)) {
        return Entrance.KNOWN;
      }
      throw failure;
    }
  }

  private void limit(Statement statement, Deadline deadline) throws SQLException {
    int seconds = querySeconds(deadline);
    if (seconds > 0) {
      statement.setQueryTimeout(seconds);
    }
  }

  /** Takes a free key, or one that this event was refused with. */
  private boolean takeKey(
      Connection connection, Entry entry, String key, boolean refused, Instant now)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(tables.in(TAKE_KEY))) {
      setKey(statement, 1, entry, key);
      statement.setBoolean(5, refused);
      statement.setObject(6, utc(now));
      statement.executeUpdate();
      return true;
    } catch (SQLException failure) {
      if (!isDuplicate(failure)) {
        throw failure;
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(tables.in(KEEP_KEY))) {
      statement.setBoolean(1, refused);
      statement.setObject(2, utc(now));
      setKey(statement, 3, entry, key);
      return statement.executeUpdate() == 1;
    }
  }

  @Override
  public boolean refuse(Connection connection, Entry entry, String key, Instant now)
      throws SQLException {
    return takeKey(connection, entry, key, true, now);
  }

  @Override
  public @Nullable String recordDuplicate(Connection connection, Entry entry, String key)
      throws SQLException {
    Holder holder = holder(connection, entry, key);
    if (holder == null) {
      return null;
    }
    try (PreparedStatement statement = connection.prepareStatement(tables.in(RECORD_DUPLICATE))) {
      setText(statement, 1, holder.toString());
      setEvent(statement, 2, entry);
      statement.executeUpdate();
    }
    return holder.toString();
  }

  @Override
  public Entered lookUp(Connection connection, Entry entry, Deadline deadline) throws SQLException {
    Begun begun = begin(connection, deadline);
    try (PreparedStatement statement = connection.prepareStatement(tables.in(LOOK_UP))) {
      limit(statement, deadline);
      setEvent(statement, 1, entry);
      try (ResultSet answer = statement.executeQuery()) {
        return new Entered(answer.next() ? Entrance.KNOWN : Entrance.NEW, begun);
      }
    }
  }

  @Override
  public @Nullable Holder holder(Connection connection, Entry entry, String key)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(tables.in(HOLDER))) {
      setText(statement, 1, Bounded.text(entry.consumer()));
      setText(statement, 2, Bounded.text(key));
      try (ResultSet answer = statement.executeQuery()) {
        return answer.next() ? new Holder(text(answer, 1), text(answer, 2)) : null;
      }
    }
  }

  @Override
  public void enterDuplicate(Connection connection, Entry entry, Holder holder, Instant now)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(tables.in(ENTER_DUPLICATE))) {
      setEvent(statement, 1, entry);
      statement.setObject(4, utc(timeOf(entry)));
      statement.setObject(5, utc(now));
      setText(statement, 6, holder.toString());
      statement.executeUpdate();
    } catch (SQLException failure) {
      if (!isDuplicate(failure)) {
        throw failure;
      }
    }
  }

  private static Instant timeOf(Entry entry) {
    Instant time = entry.time();
    return time == null ? Instant.EPOCH : Window.exact(time);
  }

  static LocalDateTime utc(Instant time) {
    return LocalDateTime.ofInstant(time, ZoneOffset.UTC);
  }

  private void setEvent(PreparedStatement statement, int first, Entry entry) throws SQLException {
    setText(statement, first, Bounded.text(entry.consumer()));
    setText(statement, first + 1, Bounded.text(entry.source().toString()));
    setText(statement, first + 2, Bounded.text(entry.id()));
  }

  private void setKey(PreparedStatement statement, int first, Entry entry, String key)
      throws SQLException {
    setText(statement, first, Bounded.text(entry.consumer()));
    setText(statement, first + 1, Bounded.text(key));
    setText(statement, first + 2, Bounded.text(entry.source().toString()));
    setText(statement, first + 3, Bounded.text(entry.id()));
  }

  // ---- at start

  @Override
  public void createSchema(Connection connection) throws SQLException {
    connection.setAutoCommit(true);
    String script = tables.ddl(ddl).replaceAll("(?m)^--.*$", "");
    try (Statement statement = connection.createStatement()) {
      for (String command : script.split(";")) {
        if (!command.isBlank()) {
          statement.execute(command);
        }
      }
    }
  }

  @Override
  public List<String> problems(Connection connection) throws SQLException {
    List<String> problems = new ArrayList<>();
    checkServer(connection, problems);
    boolean whole = true;
    for (String suffix : List.of("", "_key", "_mark")) {
      String table = tables.entries() + suffix;
      try (Statement statement = connection.createStatement()) {
        statement
            .executeQuery("SELECT " + COLUMNS.get(suffix) + " FROM " + table + " WHERE 1 = 0")
            .close();
      } catch (SQLException failure) {
        whole = false;
        problems.add(
            "SP-INBOX-001 The table "
                + table
                + " does not exist or is not as expected ("
                + failure.getMessage()
                + "); run io/stagepost/inbox/"
                + ddl
                + " in a migration (in tests: JdbcInbox.createSchema()).");
      }
    }
    if (whole && exactly(connection, "SELECT count(*) FROM " + tables.mark()) != 1) {
      problems.add(noMark(tables, ddl));
    }
    if (connection.isReadOnly()) {
      problems.add(
          "SP-INBOX-002 The inbox's DataSource gives connections that cannot write; give it one to"
              + " the primary, and not set read-only.");
    }
    return problems;
  }

  static String noMark(Tables tables, String ddl) {
    return "SP-INBOX-014 The table "
        + tables.mark()
        + " does not hold its one row; run io/stagepost/inbox/"
        + ddl
        + " in a migration.";
  }

  static long exactly(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(sql)) {
      answer.next();
      return answer.getLong(1);
    }
  }

  // ---- housekeeping

  @Override
  public Instant now(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery("SELECT " + clock())) {
      answer.next();
      return answer.getObject(1, LocalDateTime.class).toInstant(ZoneOffset.UTC);
    }
  }

  @Override
  public boolean claim(Connection connection, Duration notSince) throws SQLException {
    Instant now = now(connection);
    return updateMark(connection, "kept_at", now, now.minus(notSince));
  }

  @Override
  public void forgetBefore(Connection connection, Instant end) throws SQLException {
    updateMark(connection, "forgotten_before", end, end);
  }

  private boolean updateMark(Connection connection, String column, Instant value, Instant ifBefore)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE "
                + tables.mark()
                + " SET "
                + column
                + " = ? WHERE "
                + column
                + " < ?")) {
      statement.setObject(1, utc(value));
      statement.setObject(2, utc(ifBefore));
      return statement.executeUpdate() == 1;
    }
  }

  @Override
  public boolean pruneEntries(Connection connection) throws SQLException {
    String sql =
        deleteSome(
            tables.entries(),
            "event_time < (SELECT forgotten_before FROM " + tables.mark() + ")",
            "event_time");
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      return statement.executeUpdate() == JdbcInbox.STEP;
    }
  }

  @Override
  public boolean pruneKeys(Connection connection, Instant end) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(deleteSome(tables.keys(), "held_at < ?", "held_at"))) {
      statement.setObject(1, utc(end));
      return statement.executeUpdate() == JdbcInbox.STEP;
    }
  }

  @Override
  public InboxState state(Connection connection) throws SQLException {
    long events = count(connection, tables.entries());
    long keys = count(connection, tables.keys());
    try (Statement statement = connection.createStatement();
        ResultSet answer =
            statement.executeQuery(
                tables.in(
                    "SELECT (SELECT min(event_time) FROM stagepost_inbox), forgotten_before,"
                        + " kept_at FROM stagepost_inbox_mark"))) {
      answer.next();
      LocalDateTime oldest = answer.getObject(1, LocalDateTime.class);
      return new InboxState(
          events,
          keys,
          oldest == null ? null : oldest.toInstant(ZoneOffset.UTC),
          answer.getObject(2, LocalDateTime.class).toInstant(ZoneOffset.UTC),
          answer.getObject(3, LocalDateTime.class).toInstant(ZoneOffset.UTC));
    }
  }
}
