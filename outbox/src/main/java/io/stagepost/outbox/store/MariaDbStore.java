package io.stagepost.outbox.store;

import io.stagepost.MessagingException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An outbox on MariaDB 10.6 or later, or MySQL 8, with InnoDB.
 *
 * <p>On a Galera cluster or with several primaries ids do not grow in the order in which they are
 * drawn, and row locks hold for one node only: publishers and relays must all use one node, with
 * {@code auto_increment_increment} 1.
 *
 * <p>Thread-safe.
 */
public class MariaDbStore extends JdbcStore {
  /**
   * Row by row through the primary key. With a plain list the optimizer may read the whole table,
   * or the whole shard, and the relay would wait for rows that others are inserting there.
   */
  private static final String DELETE =
      """
      DELETE o FROM JSON_TABLE(JSON_ARRAY(?*), '$[*]' COLUMNS (id BIGINT PATH '$')) d
      STRAIGHT_JOIN stagepost_outbox o FORCE INDEX (PRIMARY) ON o.id = d.id AND o.shard = ?\
      """;

  /** Others see a commit once it is in the logs; these settings say whether those are on disk. */
  private static final String DURABILITY =
      """
      SELECT concat('a power failure ',
                    if(@@log_bin = 1 AND @@sync_binlog = 1
                         AND @@innodb_flush_log_at_trx_commit IN (1, 3),
                       'takes back no commit', 'may take back commits'),
                    ' that others have seen: log_bin = ', @@log_bin, ', sync_binlog = ',
                    @@sync_binlog, ', innodb_flush_log_at_trx_commit = ',
                    @@innodb_flush_log_at_trx_commit)""";

  private static final Pattern COUNTER = Pattern.compile("AUTO_INCREMENT=([0-9]+)");
  private static final Set<Integer> READ_ONLY = Set.of(1290, 1792, 1836);
  private static final Set<Integer> NO_TABLE = Set.of(1046, 1049, 1051, 1054, 1146);
  private static final Set<Integer> NO_PRIVILEGE = Set.of(1044, 1045, 1142, 1143, 1227, 1370);
  private static final Set<Integer> CHOSEN = Set.of(1020, 1205, 1213, 1969);
  private static final Set<Integer> DISCONNECTED = Set.of(1053, 1077, 1152, 1159, 1161, 1927, 4031);

  /**
   * A store.
   *
   * @param table the outbox's table, perhaps with its schema; the other tables' names begin so
   * @param shards how many there are
   */
  public MariaDbStore(String table, int shards) {
    super(table, shards);
  }

  @Override
  protected String product() {
    return "MariaDB";
  }

  @Override
  protected String ddl() {
    return "mariadb.sql";
  }

  /**
   * MariaDB ends an insert that takes more than two seconds, so that {@link #settling()} is not a
   * hope; MySQL, to which the first words are a comment, cannot.
   */
  @Override
  protected String sql(Sql name) {
    return switch (name) {
      case INSERT -> "/*M! SET STATEMENT max_statement_time = 2 FOR */ " + super.sql(name);
      case DELETE -> DELETE;
      case CLAIM, LOCK_SHARDS, LOCK_SLOTS ->
          super.sql(name).replace(" WHERE", " FORCE INDEX (PRIMARY) WHERE");
      default -> super.sql(name);
    };
  }

  @Override
  protected List<String> begin(Connection connection, SessionSettings settings)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      long waitTimeout;
      long lockTimeout;
      try (ResultSet answer =
          statement.executeQuery(
              "SELECT @@global.read_only, @@session.wait_timeout,"
                  + " @@session.innodb_lock_wait_timeout")) {
        answer.next();
        waitTimeout = answer.getLong(2);
        lockTimeout = answer.getLong(3);
        if (answer.getInt(1) != 0 || connection.isReadOnly()) {
          throw new MessagingException(
              "SP-OUTBOX-018",
              "The relay's DataSource gives connections that cannot write: to a replica, or set"
                  + " read-only. It could send but never delete; give it one to the primary.");
        }
      }
      long seconds = Math.max(1, settings.idleTimeout().toSeconds());
      statement.execute(set(seconds, Math.min(seconds, lockTimeout)));
      return List.of(set(waitTimeout, lockTimeout));
    }
  }

  private static String set(long waitTimeout, long lockTimeout) {
    return "SET SESSION wait_timeout = "
        + waitTimeout
        + ", SESSION innodb_lock_wait_timeout = "
        + lockTimeout;
  }

  @Override
  protected List<String> serverProblems(Connection connection) throws SQLException {
    List<String> problems = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      checkServer(statement, problems);
      checkTables(statement, problems);
      if (problems.isEmpty()) {
        checkCounter(statement, problems);
      }
    }
    return problems;
  }

  private static void checkServer(Statement statement, List<String> problems) throws SQLException {
    try (ResultSet answer =
        statement.executeQuery(
            "SELECT version(), @@global.read_only, @@global.auto_increment_increment,"
                + " @@session.sql_mode")) {
      answer.next();
      String version = answer.getString(1);
      if (!isNewEnough(version)) {
        problems.add(
            "SP-OUTBOX-010 The server is "
                + version
                + "; the outbox needs MariaDB 10.6 or MySQL 8.0, or later.");
      }
      if (answer.getInt(2) != 0) {
        problems.add(
            "SP-OUTBOX-042 The server is read-only: a replica? Publishers and relays need the"
                + " primary.");
      }
      if (answer.getInt(3) != 1) {
        problems.add(
            "SP-OUTBOX-043 The server has auto_increment_increment = "
                + answer.getInt(3)
                + ", as those of a cluster have: ids drawn on several of them do not grow in the"
                + " order in which they are drawn, and rows would be passed over. Let publishers"
                + " and relays use one node, and set it to 1 there.");
      }
      if (!answer.getString(4).contains("STRICT_")) {
        problems.add(
            "SP-OUTBOX-046 The DataSource's connections have sql_mode = '"
                + answer.getString(4)
                + "', which is not strict: what is too long for its column would be cut off without"
                + " a word, and sent so. Add STRICT_TRANS_TABLES to it, in the server or in the"
                + " DataSource (sessionVariables), for publishers and relays alike.");
      }
    }
  }

  static boolean isNewEnough(String version) {
    String[] parts = version.split("[.-]", 3);
    int number = Integer.parseInt(parts[0]) * 1_000 + Integer.parseInt(parts[1]);
    return number >= (version.toUpperCase(Locale.ROOT).contains("MARIADB") ? 10_006 : 8_000);
  }

  private void checkTables(Statement statement, List<String> problems) throws SQLException {
    String name = table().local();
    String full = table().toString();
    String schema =
        full.equals(name) ? "database()" : "'" + full.substring(0, full.indexOf('.')) + "'";
    try (ResultSet rows =
        statement.executeQuery(
            "SELECT table_name, engine FROM information_schema.tables WHERE"
                + " table_schema = "
                + schema
                + " AND table_name IN ('%1$s', '%1$s_mark', '%1$s_parked', '%1$s_lock')"
                    .formatted(name)
                + " AND engine <> 'InnoDB' ORDER BY table_name")) {
      while (rows.next()) {
        problems.add(
            "SP-OUTBOX-044 The table "
                + rows.getString(1)
                + " has the engine "
                + rows.getString(2)
                + ", which has no transactions; ALTER TABLE "
                + rows.getString(1)
                + " ENGINE = InnoDB.");
      }
    }
  }

  /** The next id must be above all ids ever given: of rows, of parked rows, and of the marks. */
  private void checkCounter(Statement statement, List<String> problems) throws SQLException {
    long next = 1;
    try (ResultSet answer = statement.executeQuery("SHOW CREATE TABLE " + table())) {
      answer.next();
      Matcher counter = COUNTER.matcher(answer.getString(2));
      if (counter.find()) {
        next = Long.parseLong(counter.group(1));
      }
    }
    try (ResultSet answer =
        statement.executeQuery(
            table()
                .in(
                    "SELECT greatest(coalesce((SELECT max(id) FROM stagepost_outbox), 0),"
                        + " coalesce((SELECT max(id) FROM stagepost_outbox_parked), 0),"
                        + " coalesce((SELECT max(low) FROM stagepost_outbox_mark), 0))"))) {
      answer.next();
      if (next <= answer.getLong(1)) {
        problems.add(
            "SP-OUTBOX-045 The next id of "
                + table()
                + " would be "
                + next
                + ", not above the id "
                + answer.getLong(1)
                + " that was given before, so new rows would be passed over; ALTER TABLE "
                + table()
                + " AUTO_INCREMENT = "
                + (answer.getLong(1) + 1)
                + ".");
      }
    }
  }

  @Override
  protected String meaning(String state, int code) {
    if (READ_ONLY.contains(code)) {
      return "SP-OUTBOX-003";
    } else if (NO_TABLE.contains(code) || state.equals("42S02")) {
      return "SP-OUTBOX-005";
    } else if (NO_PRIVILEGE.contains(code)) {
      return "SP-OUTBOX-006";
    } else if (CHOSEN.contains(code)) {
      return "SP-OUTBOX-007";
    } else if (DISCONNECTED.contains(code) || state.startsWith("08")) {
      return "SP-OUTBOX-008";
    }
    return "SP-OUTBOX-009";
  }

  /** Beside the marks: what a commit is worth, and what keeps deleted rows from being cleared. */
  @Override
  public List<String> describe(Connection connection) throws SQLException {
    List<String> lines = new ArrayList<>(super.describe(connection));
    try (Statement statement = connection.createStatement()) {
      addAll(lines, statement, DURABILITY);
      addAll(
          lines,
          statement,
          "SELECT concat('deleted versions that are not cleared away yet: ', count)"
              + " FROM information_schema.innodb_metrics WHERE name = 'trx_rseg_history_len'");
      addAll(
          lines,
          statement,
          "SELECT concat('open transaction of connection ', trx_mysql_thread_id, ' for ',"
              + " timestampdiff(SECOND, trx_started, now()), ' s, ', trx_rows_modified,"
              + " ' rows changed') FROM information_schema.innodb_trx"
              + " WHERE trx_mysql_thread_id <> connection_id() ORDER BY trx_started LIMIT 10");
    } catch (SQLException denied) {
      if (!NO_PRIVILEGE.contains(denied.getErrorCode())) {
        throw denied;
      }
      lines.add("transactions: not shown without the privilege PROCESS");
    }
    return lines;
  }

  private static void addAll(List<String> lines, Statement statement, String sql)
      throws SQLException {
    try (ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        lines.add(rows.getString(1));
      }
    }
  }
}
