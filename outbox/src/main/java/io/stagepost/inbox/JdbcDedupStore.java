package io.stagepost.inbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.spi.DedupStore;
import io.stagepost.spi.Inbox.Entry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A {@link DedupStore} in a table of a database: PostgreSQL, MariaDB, MySQL or H2. Every call is a
 * few statements, each committed by itself, all by the clock of the database. A statement has 30
 * seconds, a claim no more than its lease; on H2 what is waited for is its LOCK_TIMEOUT.
 *
 * <pre>{@code
 * messaging.subscribe("mailer")
 *     .dedup(JdbcDedupStore.in(dataSource))
 *     .on(ORDER_PLACED, event -> mail(event.data()))
 *     .start();
 * }</pre>
 *
 * <p>Events are remembered for 14 days after they were handled; what is older is a dead letter,
 * never new. Its table is that of the resource {@code io/stagepost/inbox/dedup-*.sql}.
 *
 * <p>Thread-safe.
 */
public final class JdbcDedupStore implements DedupStore {
  private static final String TABLE = "stagepost_dedup";

  /** How long after its lease a claim may still be completed, if nobody else has taken it. */
  private static final Duration ABANDONED = Duration.ofDays(1);

  private final DataSource dataSource;
  private final Window window;
  private volatile @Nullable DedupDialect dialect;

  private JdbcDedupStore(DataSource dataSource, Duration window) {
    this.dataSource = requireNonNull(dataSource, "dataSource");
    this.window = new Window(window, InstantSource.system());
  }

  /**
   * A store that remembers for 14 days.
   *
   * @param dataSource of any database; better with a pool
   * @return the store
   */
  public static JdbcDedupStore in(DataSource dataSource) {
    return new JdbcDedupStore(dataSource, JdbcInbox.WINDOW);
  }

  /**
   * A store that remembers for so long.
   *
   * @param dataSource of any database; better with a pool
   * @param window how old an event may be that is handled, at most 366 days
   * @return the store
   * @throws MessagingException {@code SP-INBOX-018} if the window is out of its bounds
   */
  public static JdbcDedupStore in(DataSource dataSource, Duration window) {
    return new JdbcDedupStore(dataSource, window);
  }

  /** Something said to the database. */
  private interface Saying<R> {
    R to(Connection connection, DedupDialect dialect) throws SQLException;
  }

  /** With READ COMMITTED whoever waits for another one's row sees it then, instead of failing. */
  private <R> R say(String doing, Object about, Saying<R> saying) {
    try {
      return Housekeeping.readCommitted(
          dataSource, connection -> saying.to(connection, dialect(connection)));
    } catch (SQLException failure) {
      throw new MessagingException(
          "SP-DEDUP-001",
          "The dedup store could not "
              + doing
              + " for "
              + about
              + " (SQLSTATE "
              + failure.getSQLState()
              + "). It may have done so; if not, the lease ends what was begun. The cause says what"
              + " the database said.",
          failure);
    }
  }

  private DedupDialect dialect(Connection connection) throws SQLException {
    DedupDialect known = dialect;
    if (known == null) {
      known = DedupDialect.of(connection.getMetaData().getDatabaseProductName());
      dialect = known;
    }
    return known;
  }

  @Override
  public Claim claim(Entry entry, Duration lease) {
    String refusal = window.refusal(entry.time());
    if (refusal != null) {
      return new Claim.Unknown(refusal);
    }
    String token = UUID.randomUUID().toString();
    return say(
        "claim an event",
        entry,
        (connection, sql) -> {
          if (insert(connection, sql, entry, token, lease)
              || takeOver(connection, sql, entry, token, lease)) {
            return new Claim.Claimed(token);
          }
          return look(connection, sql, entry, lease);
        });
  }

  private static boolean insert(
      Connection connection, DedupDialect sql, Entry entry, String token, Duration lease)
      throws SQLException {
    try (PreparedStatement statement =
        sql.prepare(
            connection,
            lease,
            "INSERT INTO "
                + TABLE
                + " (consumer, identity, holder, token, done, until_ms) VALUES (?, ?, ?, ?, ?, "
                + sql.clock()
                + " + ?)"
                + sql.insertUnlessThere())) {
      setIdentity(statement, sql, 1, entry);
      sql.setText(statement, 3, holder(entry));
      sql.setText(statement, 4, token);
      statement.setBoolean(5, false);
      statement.setLong(6, lease.toMillis());
      return statement.executeUpdate() == 1;
    } catch (SQLException failure) {
      if (sql.isDuplicate(failure)) {
        return false;
      }
      throw failure;
    }
  }

  /** If the lease of whoever has it is over. */
  private static boolean takeOver(
      Connection connection, DedupDialect sql, Entry entry, String token, Duration lease)
      throws SQLException {
    try (PreparedStatement statement =
        sql.prepare(
            connection,
            lease,
            "UPDATE "
                + TABLE
                + " SET token = ?, holder = ?, until_ms = "
                + sql.clock()
                + " + ? WHERE consumer = ? AND identity = ? AND NOT done AND until_ms < "
                + sql.clock())) {
      sql.setText(statement, 1, token);
      sql.setText(statement, 2, holder(entry));
      statement.setLong(3, lease.toMillis());
      setIdentity(statement, sql, 4, entry);
      return statement.executeUpdate() == 1;
    }
  }

  private static Claim look(Connection connection, DedupDialect sql, Entry entry, Duration lease)
      throws SQLException {
    try (PreparedStatement statement =
        sql.prepare(
            connection,
            lease,
            "SELECT done, holder, until_ms - "
                + sql.clock()
                + " FROM "
                + TABLE
                + " WHERE consumer = ? AND identity = ?")) {
      setIdentity(statement, sql, 1, entry);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return new Claim.Busy(Duration.ZERO); // released this moment: it can be claimed again
        }
        if (!row.getBoolean(1)) {
          return new Claim.Busy(Duration.ofMillis(Math.max(0, row.getLong(3))));
        }
        String holder = sql.binary() ? new String(row.getBytes(2), UTF_8) : row.getString(2);
        return new Claim.Handled(
            holder.equals(holder(entry)) ? "duplicate" : "duplicate of " + holder);
      }
    }
  }

  @Override
  public boolean complete(Entry entry, Claim.Claimed claim) {
    // An event may be handled a day before its own time, and must be known until its window ends.
    long remembered = window.length().plus(Window.AHEAD).plus(Window.MARGIN).toMillis();
    return say(
        "record that an event was handled",
        entry,
        (connection, sql) -> {
          try (PreparedStatement statement =
              sql.prepare(
                  connection,
                  DedupDialect.LONGEST,
                  "UPDATE "
                      + TABLE
                      + " SET done = ?, until_ms = "
                      + sql.clock()
                      + " + ? WHERE consumer = ? AND identity = ? AND token = ?")) {
            statement.setBoolean(1, true);
            statement.setLong(2, remembered);
            setIdentity(statement, sql, 3, entry);
            sql.setText(statement, 5, claim.token());
            return statement.executeUpdate() == 1;
          }
        });
  }

  @Override
  public void release(Entry entry, Claim.Claimed claim) {
    var unused =
        say(
            "give an event back",
            entry,
            (connection, sql) -> {
              try (PreparedStatement statement =
                  sql.prepare(
                      connection,
                      DedupDialect.LONGEST,
                      "DELETE FROM "
                          + TABLE
                          + " WHERE consumer = ? AND identity = ? AND token = ? AND NOT done")) {
                setIdentity(statement, sql, 1, entry);
                sql.setText(statement, 3, claim.token());
                return statement.executeUpdate();
              }
            });
  }

  private static void setIdentity(
      PreparedStatement statement, DedupDialect sql, int first, Entry entry) throws SQLException {
    String key = entry.idempotencyKey();
    sql.setText(statement, first, Bounded.text(entry.consumer()));
    sql.setText(
        statement,
        first + 1,
        Bounded.text(key == null ? "id " + entry.source() + " " + entry.id() : "key " + key));
  }

  private static String holder(Entry entry) {
    return Bounded.text(entry.source() + " " + entry.id());
  }

  @Override
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      DedupDialect sql = dialect(connection);
      try {
        statement
            .executeQuery(
                "SELECT consumer, identity, holder, token, done, until_ms FROM "
                    + TABLE
                    + " WHERE 1 = 0")
            .close();
      } catch (SQLException failure) {
        problems.add(
            "SP-DEDUP-003 The table "
                + TABLE
                + " does not exist or is not as expected ("
                + failure.getMessage()
                + "); run io/stagepost/inbox/"
                + sql.ddl()
                + " in a migration (in tests: JdbcDedupStore.createSchema()).");
      }
    } catch (MessagingException unknown) {
      problems.add(unknown.getMessage());
    } catch (SQLException failure) {
      problems.add(
          "SP-DEDUP-004 The dedup store's database cannot be reached or asked ("
              + failure.getMessage()
              + "); check the DataSource.");
    }
    return problems;
  }

  /**
   * Creates the table if it does not exist. For tests and samples; in production the database's
   * resource of {@code io/stagepost/inbox/dedup-*.sql} belongs into a migration.
   */
  public void createSchema() {
    var unused =
        say(
            "create its table",
            TABLE,
            (connection, sql) -> {
              try (Statement statement = connection.createStatement()) {
                for (String command :
                    Tables.script(sql.ddl()).replaceAll("(?m)^--.*$", "").split(";", -1)) {
                  if (!command.isBlank()) {
                    statement.execute(command);
                  }
                }
              }
              return true;
            });
  }

  /**
   * Forgets what was handled longer ago than the window of who recorded it, and claims that nobody
   * has asked for in a day since their lease: in steps of 1,000 rows, for 20 seconds at most.
   */
  @Override
  public void housekeep() {
    var unused =
        say(
            "keep house",
            TABLE,
            (connection, sql) -> {
              long begun = System.nanoTime();
              String step =
                  String.format(
                      sql.deleteSome(),
                      TABLE,
                      String.format(
                          "until_ms < %1$s AND (done OR until_ms < %1$s - %2$d)",
                          sql.clock(), ABANDONED.toMillis()),
                      JdbcInbox.STEP);
              try (PreparedStatement statement =
                  sql.prepare(connection, DedupDialect.LONGEST, step)) {
                int deleted = JdbcInbox.STEP;
                while (deleted == JdbcInbox.STEP
                    && System.nanoTime() - begun < Housekeeping.AT_MOST.toNanos()) {
                  deleted = statement.executeUpdate();
                }
              }
              return true;
            });
  }

  @Override
  public String toString() {
    return "claims in a table, window " + window.length();
  }
}
