package io.stagepost.outbox.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The tables of a {@link JdbcStore}: created, and checked. */
final class JdbcSchema {
  private static final Pattern END_OF_STATEMENT = Pattern.compile(";\\s*(\\R|$)");

  private static final Map<String, List<String>> COLUMNS =
      new TreeMap<>(
          Map.of(
              "stagepost_outbox",
              List.of("shard", "id", "address", "ordering_key", "headers", "body", "created_at"),
              "stagepost_outbox_mark",
              List.of("shard", "low", "epoch"),
              "stagepost_outbox_parked",
              List.of(
                  "shard",
                  "id",
                  "address",
                  "ordering_key",
                  "headers",
                  "body",
                  "created_at",
                  "parked_at",
                  "error",
                  "holds"),
              "stagepost_outbox_lock",
              List.of("slot")));

  private final TableName table;
  private final int shards;
  private final String ddl;

  JdbcSchema(TableName table, int shards, String ddl) {
    this.table = table;
    this.shards = shards;
    this.ddl = ddl;
  }

  /** Creates what is missing, for so many shards. */
  void create(Connection connection) throws SQLException {
    boolean autoCommit = connection.getAutoCommit();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      for (String sql : END_OF_STATEMENT.split(table.ddl(ddl), -1)) {
        if (!sql.isBlank()) {
          statement.execute(sql);
        }
      }
      connection.commit();
      List<Integer> there = shards(connection);
      for (int shard = 0; shard < shards; shard++) {
        if (!there.contains(shard)) {
          statement.execute(
              table.in("INSERT INTO stagepost_outbox_mark (shard, low, epoch) VALUES (")
                  + shard
                  + ", 0, 0)");
        }
      }
      // the DDL is for eight
      statement.execute(
          table.in(
                  "DELETE FROM stagepost_outbox_mark WHERE low = 0 AND epoch = 0"
                      + " AND shard NOT IN (SELECT shard FROM stagepost_outbox) AND shard >= ")
              + shards);
      connection.commit();
    } catch (SQLException failure) {
      rollBack(connection, failure);
      throw failure;
    } finally {
      connection.setAutoCommit(autoCommit);
    }
  }

  /** That it cannot be rolled back does not hide why it should be. */
  static void rollBack(Connection connection, SQLException reason) {
    try {
      connection.rollback();
    } catch (SQLException lost) {
      reason.addSuppressed(lost);
    }
  }

  /** A shard is its row in the marks. Ids are drawn from one counter, so they never come again. */
  void changeShards(Connection connection, int to) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (int shard = shards; shard < to; shard++) {
        statement.executeUpdate(
            table.in("INSERT INTO stagepost_outbox_mark (shard, low, epoch) VALUES (")
                + shard
                + ", 0, 0)");
      }
      statement.executeUpdate(table.in("DELETE FROM stagepost_outbox_mark WHERE shard >= ") + to);
    }
  }

  private List<Integer> shards(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(table.in("SELECT shard FROM stagepost_outbox_mark"))) {
      List<Integer> shards = new ArrayList<>();
      while (rows.next()) {
        shards.add(rows.getInt(1));
      }
      return shards;
    }
  }

  /** All that is wrong with the tables, each with its code and remedy. */
  List<String> problems(Connection connection) throws SQLException {
    List<String> problems = new ArrayList<>();
    for (Map.Entry<String, List<String>> each : COLUMNS.entrySet()) {
      checkTable(connection, each.getKey(), each.getValue(), problems);
    }
    if (problems.isEmpty()) {
      checkShards(connection, problems);
    }
    return problems;
  }

  private void checkTable(
      Connection connection, String name, List<String> columns, List<String> problems)
      throws SQLException {
    if (isReadable(connection, name, String.join(", ", columns))) {
      return;
    }
    List<String> missing = new ArrayList<>();
    for (String column : columns) {
      if (!isReadable(connection, name, column)) {
        missing.add(column);
      }
    }
    problems.add(
        "SP-OUTBOX-011 "
            + (missing.size() == columns.size()
                ? "The table " + table.in(name) + " does not exist, or must not be read"
                : "The table " + table.in(name) + " lacks " + String.join(", ", missing))
            + "; run io/stagepost/outbox/"
            + ddl
            + " in a migration (in tests: Outbox.createSchema()).");
  }

  private boolean isReadable(Connection connection, String name, String columns)
      throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT " + columns + " FROM " + table.in(name) + " WHERE 1 = 0")) {
      return !rows.next();
    } catch (SQLException failure) {
      String state = failure.getSQLState();
      if (state != null && state.startsWith("42")) {
        return false;
      }
      throw failure;
    }
  }

  private void checkShards(Connection connection, List<String> problems) throws SQLException {
    List<Integer> there = shards(connection);
    for (int shard = 0; shard < shards; shard++) {
      if (!there.contains(shard)) {
        problems.add(
            "SP-OUTBOX-040 "
                + table.in("stagepost_outbox_mark")
                + " has no row for shard "
                + shard
                + ", so nobody would relay it, but the outbox is set to "
                + shards
                + " shards; insert (shard, low, epoch) = ("
                + shard
                + ", 0, 0), or set the number of shards that there are.");
      }
    }
    for (int shard : there) {
      if (shard >= shards) {
        problems.add(
            "SP-OUTBOX-041 "
                + table.in("stagepost_outbox_mark")
                + " has a row for shard "
                + shard
                + ", which nobody would relay: the outbox is set to "
                + shards
                + " shards; set the number that there are, in every process. Fewer shards need an"
                + " empty outbox, and then the row deleted.");
      }
    }
  }
}
