package io.stagepost.outbox.store;

import io.stagepost.MessagingException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * An outbox on H2 2.2.220 or later, for tests and samples.
 *
 * <p>Thread-safe.
 */
public final class H2Store extends JdbcStore {
  /**
   * A store.
   *
   * @param table the outbox's table, perhaps with its schema; the other tables' names begin so
   * @param shards how many there are
   */
  public H2Store(String table, int shards) {
    super(table, shards);
  }

  @Override
  protected String product() {
    return "H2";
  }

  @Override
  protected String ddl() {
    return "h2.sql";
  }

  /** RAND() keeps H2 from repeating the answer that it gave before a transaction has ended. */
  @Override
  protected String sql(Sql name) {
    return switch (name) {
      case IDS, LEFT_IDS, SIZES, PENDING, STILL_PENDING, HIGHEST, ROWS, ROW_IDS ->
          super.sql(name).replace("WHERE shard = ?", "WHERE shard = ? AND RAND() >= 0");
      case PARKED ->
          super.sql(name)
              .replace(
                  "CAST(UNIX_TIMESTAMP(parked_at) * 1000000 AS SIGNED)",
                  "DATEDIFF(MICROSECOND, TIMESTAMP WITH TIME ZONE '1970-01-01 00:00:00+00',"
                      + " parked_at)");
      default -> super.sql(name);
    };
  }

  @Override
  protected List<String> begin(Connection connection, SessionSettings settings)
      throws SQLException {
    if (connection.isReadOnly()) {
      throw new MessagingException(
          "SP-OUTBOX-018",
          "The relay's DataSource gives connections that cannot write. It could send but never"
              + " delete; give it one that can.");
    }
    return List.of();
  }

  @Override
  protected List<String> serverProblems(Connection connection) {
    return List.of();
  }

  @Override
  protected String meaning(String state, int code) {
    return switch (code) {
      case 90097 -> "SP-OUTBOX-003";
      case 90096 -> "SP-OUTBOX-006";
      case 40001, 50200, 90131 -> "SP-OUTBOX-007";
      case 90067, 90121, 90007 -> "SP-OUTBOX-008";
      default -> state.startsWith("42S") ? "SP-OUTBOX-005" : "SP-OUTBOX-009";
    };
  }
}
