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
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the inbox says to databases where a failed statement leaves its transaction usable and a
 * table has no partitions: who comes second waits in the unique index, and is refused by it; old
 * rows are deleted in steps. Immutable.
 */
abstract class PlainInbox implements InboxDatabase {
  /** Consumer, source, id, the event's time, and now. */
  static final String ENTER =
      """
      INSERT INTO stagepost_inbox (consumer, source, id, event_time, received_at)
      VALUES (?, ?, ?, ?, ?)""";

  static final String MARK = "SELECT forgotten_before FROM stagepost_inbox_mark";

  private static final String ENTER_DUPLICATE =
      """
      INSERT INTO stagepost_inbox (consumer, source, id, event_time, received_at, duplicate_of)
      VALUES (?, ?, ?, ?, ?, ?)""";

  private static final String RECORD_DUPLICATE =
      "UPDATE stagepost_inbox SET duplicate_of = ? WHERE consumer = ? AND source = ? AND id = ?";

  private static final String LOOK_UP =
      "SELECT 1 FROM stagepost_inbox WHERE consumer = ? AND source = ? AND id = ?";

  private static final String IS_COMMITTED = LOOK_UP + " AND received_at = ?";

  private static final String TAKE_KEY =
      """
      INSERT INTO stagepost_inbox_key (consumer, key_text, source, id, refused, held_until)
      VALUES (?, ?, ?, ?, ?, ?)""";

  private static final String KEEP_KEY =
      """
      UPDATE stagepost_inbox_key SET refused = ?, held_until = ?
      WHERE consumer = ? AND key_text = ? AND source = ? AND id = ? AND refused""";

  private static final String HOLDER =
      "SELECT source, id FROM stagepost_inbox_key WHERE consumer = ? AND key_text = ?";

  private static final Map<String, String> COLUMNS =
      Map.of(
          "", "consumer, source, id, event_time, received_at, duplicate_of",
          "_key", "consumer, key_text, source, id, refused, held_until",
          "_mark", "forgotten_before, kept_at");

  final Tables tables;
  private final Duration window;
  private final String ddl;

  PlainInbox(Tables tables, Duration window, String ddl) {
    this.tables = tables;
    this.window = window;
    this.ddl = ddl;
  }

  // ---- what differs

  /** Begins the transaction: its isolation, its timeouts. */
  abstract void begin(Connection connection, Deadline deadline) throws SQLException;

  /** The transaction as it is known again, after it has written. */
  abstract Begun begun(Connection connection) throws SQLException;

  /** Whether a transaction is still the one that has begun so; asked once, when it is to end. */
  abstract boolean goesOn(Connection connection, Begun begun) throws SQLException;

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
    Entrance entrance = enterEvent(connection, entry, now, deadline);
    String key = entry.idempotencyKey();
    if (entrance == Entrance.NEW
        && key != null
        && !takeKey(connection, entry, key, false, now.plus(window), deadline)) {
      entrance = Entrance.KEY_HELD;
    }
    return new Entered(entrance, begun(connection));
  }

  private Entrance enterEvent(Connection connection, Entry entry, Instant now, Deadline deadline)
      throws SQLException {
    Instant mark;
    try {
      mark = beginAndEnter(connection, entry, now, deadline);
    } catch (SQLException failure) {
      if (isDuplicate(failure)) {
        return Entrance.KNOWN;
      }
      throw failure;
    }
    return Window.stored(entry.time()).isBefore(mark) ? Entrance.FORGOTTEN : Entrance.NEW;
  }

  /** Begins the transaction, enters an event, and reads the mark after it. */
  Instant beginAndEnter(Connection connection, Entry entry, Instant now, Deadline deadline)
      throws SQLException {
    begin(connection, deadline);
    try (PreparedStatement statement = connection.prepareStatement(tables.in(ENTER))) {
      limit(statement, deadline);
      setEntering(statement, entry, now);
      statement.executeUpdate();
    }
    return mark(connection, deadline);
  }

  /** Sets the parameters of {@link #ENTER}. */
  final void setEntering(PreparedStatement statement, Entry entry, Instant now)
      throws SQLException {
    setEvent(statement, 1, entry);
    statement.setObject(4, utc(Window.stored(entry.time())));
    statement.setObject(5, utc(now));
  }

  /**
   * All at once, since hardly ever one is known. If one is, those that are known are asked for, and
   * the others entered; if another transaction is faster then, nothing is done.
   */
  @Override
  public EnteredAll enterAll(
      Connection connection, List<Entry> entries, Instant now, Deadline deadline)
      throws SQLException {
    begin(connection, deadline);
    List<Integer> fresh = first(entries, new HashSet<>());
    List<Entry> events = inOrder(entries, fresh);
    boolean entered = insertEvents(connection, events, now, deadline);
    if (!entered) {
      fresh = first(entries, known(connection, entries, deadline));
      events = inOrder(entries, fresh);
      entered = insertEvents(connection, events, now, deadline);
    }
    boolean clean =
        entered
            && insertKeys(connection, events, now, deadline)
            && isRemembered(connection, events, deadline);
    return new EnteredAll(fresh, clean, begun(connection));
  }

  /** The first of each event that has not been seen. */
  private static List<Integer> first(List<Entry> entries, Set<Holder> seen) {
    List<Integer> first = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      if (seen.add(holderOf(entries.get(i)))) {
        first.add(i);
      }
    }
    return first;
  }

  /** In one order, lest two batches wait for each other. */
  private static List<Entry> inOrder(List<Entry> entries, List<Integer> which) {
    return which.stream()
        .map(entries::get)
        .sorted(
            Comparator.comparing((Entry entry) -> entry.source().toString())
                .thenComparing(Entry::id))
        .toList();
  }

  private static Holder holderOf(Entry entry) {
    return new Holder(Bounded.text(entry.source().toString()), Bounded.text(entry.id()));
  }

  private Set<Holder> known(Connection connection, List<Entry> entries, Deadline deadline)
      throws SQLException {
    String sql =
        "SELECT source, id FROM "
            + tables.entries()
            + " WHERE consumer = ? AND (source, id) IN ("
            + String.join(", ", Collections.nCopies(entries.size(), "(?, ?)"))
            + ")";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      limit(statement, deadline);
      setText(statement, 1, Bounded.text(entries.get(0).consumer()));
      int index = 2;
      for (Entry entry : entries) {
        setText(statement, index++, Bounded.text(entry.source().toString()));
        setText(statement, index++, Bounded.text(entry.id()));
      }
      Set<Holder> known = new HashSet<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          known.add(new Holder(text(rows, 1), text(rows, 2)));
        }
      }
      return known;
    }
  }

  /**
   * To be asked after entering: what was deleted before was said to be forgotten before that. Asked
   * in one statement with entering, a server with snapshot isolation would fail whoever waited.
   */
  private Instant mark(Connection connection, Deadline deadline) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      limit(statement, deadline);
      try (ResultSet answer = statement.executeQuery(tables.in(MARK))) {
        answer.next();
        return answer.getObject(1, LocalDateTime.class).toInstant(ZoneOffset.UTC);
      }
    }
  }

  private boolean isRemembered(Connection connection, List<Entry> entries, Deadline deadline)
      throws SQLException {
    Instant mark = mark(connection, deadline);
    return entries.stream().noneMatch(entry -> Window.stored(entry.time()).isBefore(mark));
  }

  /** Enters events, all or none; false if one was there. */
  private boolean insertEvents(
      Connection connection, List<Entry> events, Instant now, Deadline deadline)
      throws SQLException {
    if (events.isEmpty()) {
      return true;
    }
    String sql =
        "INSERT INTO "
            + tables.entries()
            + " (consumer, source, id, event_time, received_at) VALUES "
            + String.join(", ", Collections.nCopies(events.size(), "(?, ?, ?, ?, ?)"));
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      limit(statement, deadline);
      int index = 1;
      for (Entry entry : events) {
        setEvent(statement, index, entry);
        statement.setObject(index + 3, utc(Window.stored(entry.time())));
        statement.setObject(index + 4, utc(now));
        index += 5;
      }
      return isEntered(statement);
    }
  }

  /** Takes the keys of those events that have one, all or none; false if one was taken. */
  private boolean insertKeys(
      Connection connection, List<Entry> events, Instant now, Deadline deadline)
      throws SQLException {
    List<Entry> withKey =
        events.stream()
            .filter(entry -> entry.idempotencyKey() != null)
            .sorted(Comparator.comparing(Entry::idempotencyKey))
            .toList();
    if (withKey.isEmpty()) {
      return true;
    }
    String sql =
        "INSERT INTO "
            + tables.keys()
            + " (consumer, key_text, source, id, refused, held_until) VALUES "
            + String.join(", ", Collections.nCopies(withKey.size(), "(?, ?, ?, ?, ?, ?)"));
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      limit(statement, deadline);
      int index = 1;
      for (Entry entry : withKey) {
        setKey(statement, index, entry, Objects.requireNonNull(entry.idempotencyKey()));
        statement.setBoolean(index + 4, false);
        statement.setObject(index + 5, utc(now.plus(window)));
        index += 6;
      }
      return isEntered(statement);
    }
  }

  private boolean isEntered(PreparedStatement insert) throws SQLException {
    try {
      insert.executeUpdate();
      return true;
    } catch (SQLException failure) {
      if (isDuplicate(failure)) {
        return false;
      }
      throw failure;
    }
  }

  final void limit(Statement statement, Deadline deadline) throws SQLException {
    int seconds = querySeconds(deadline);
    if (seconds > 0) {
      statement.setQueryTimeout(seconds);
    }
  }

  /** Takes a free key, or one that this event was refused with. */
  private boolean takeKey(
      Connection connection,
      Entry entry,
      String key,
      boolean refused,
      Instant until,
      Deadline deadline)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(tables.in(TAKE_KEY))) {
      limit(statement, deadline);
      setKey(statement, 1, entry, key);
      statement.setBoolean(5, refused);
      statement.setObject(6, utc(until));
      statement.executeUpdate();
      return true;
    } catch (SQLException failure) {
      if (!isDuplicate(failure)) {
        throw failure;
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(tables.in(KEEP_KEY))) {
      limit(statement, deadline);
      statement.setBoolean(1, refused);
      statement.setObject(2, utc(until));
      setKey(statement, 3, entry, key);
      return statement.executeUpdate() == 1;
    }
  }

  @Override
  public boolean refuse(
      Connection connection, Entry entry, String key, Instant until, Deadline deadline)
      throws SQLException {
    return takeKey(connection, entry, key, true, until, deadline);
  }

  @Override
  public @Nullable String recordDuplicate(
      Connection connection, Entry entry, String key, Deadline deadline) throws SQLException {
    Holder holder = holder(connection, entry, key, deadline);
    if (holder == null) {
      return null;
    }
    try (PreparedStatement statement = connection.prepareStatement(tables.in(RECORD_DUPLICATE))) {
      limit(statement, deadline);
      setText(statement, 1, holder.toString());
      setEvent(statement, 2, entry);
      statement.executeUpdate();
    }
    return holder.toString();
  }

  @Override
  public Entered lookUp(Connection connection, Entry entry, Deadline deadline) throws SQLException {
    begin(connection, deadline);
    try (PreparedStatement statement = connection.prepareStatement(tables.in(LOOK_UP))) {
      limit(statement, deadline);
      setEvent(statement, 1, entry);
      try (ResultSet answer = statement.executeQuery()) {
        if (answer.next()) {
          return new Entered(Entrance.KNOWN, begun(connection));
        }
      }
    }
    return new Entered(
        isRemembered(connection, List.of(entry), deadline) ? Entrance.NEW : Entrance.FORGOTTEN,
        begun(connection));
  }

  /**
   * If it has ended before, as it has by a deadlock too, its row tells: that says when it was
   * entered, to the microsecond, and another delivery's says another time.
   */
  @Override
  public boolean rollBackInVain(
      Connection connection, Begun begun, Entry entry, Instant now, Deadline deadline)
      throws SQLException {
    boolean goesOn = goesOn(connection, begun);
    connection.rollback();
    if (goesOn) {
      return false;
    }
    try (PreparedStatement statement = connection.prepareStatement(tables.in(IS_COMMITTED))) {
      limit(statement, deadline);
      setEvent(statement, 1, entry);
      statement.setObject(4, utc(now));
      try (ResultSet answer = statement.executeQuery()) {
        return answer.next();
      }
    }
  }

  @Override
  public @Nullable Holder holder(Connection connection, Entry entry, String key, Deadline deadline)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(tables.in(HOLDER))) {
      limit(statement, deadline);
      setText(statement, 1, Bounded.text(entry.consumer()));
      setText(statement, 2, Bounded.text(key));
      try (ResultSet answer = statement.executeQuery()) {
        return answer.next() ? new Holder(text(answer, 1), text(answer, 2)) : null;
      }
    }
  }

  @Override
  public void enterDuplicate(
      Connection connection, Entry entry, Holder holder, Instant now, Deadline deadline)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(tables.in(ENTER_DUPLICATE))) {
      limit(statement, deadline);
      setEvent(statement, 1, entry);
      statement.setObject(4, utc(Window.stored(entry.time())));
      statement.setObject(5, utc(now));
      setText(statement, 6, holder.toString());
      statement.executeUpdate();
    } catch (SQLException failure) {
      if (!isDuplicate(failure)) {
        throw failure;
      }
    }
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
      for (String command : script.split(";", -1)) {
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
            "UPDATE " + tables.mark() + " SET " + column + " = ? WHERE " + column + " < ?")) {
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
  public boolean pruneKeys(Connection connection, Instant endedBefore) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(deleteSome(tables.keys(), "held_until < ?", "held_until"))) {
      statement.setObject(1, utc(endedBefore));
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
