package io.stagepost.inbox;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** What is looked at on PostgreSQL before an inbox is used. Immutable. */
final class PostgresCheck {
  private static final int OLDEST_SERVER = 140000; // DETACH PARTITION CONCURRENTLY

  private static final String LACKING =
      """
      SELECT t.name, to_regclass(t.name) IS NULL,
             string_agg(c.name, ', ' ORDER BY c.name), current_schemas(false)::text
      FROM (VALUES
          (?, '{consumer,source,id,event_time,received_at,duplicate_of}'::text[]),
          (?, '{consumer,key_text,source,id,refused,held_until}'),
          (?, '{forgotten_before,kept_at}')) t(name, columns)
      CROSS JOIN unnest(t.columns) c(name)
      WHERE NOT EXISTS (SELECT 1 FROM pg_attribute
        WHERE attrelid = to_regclass(t.name) AND attname = c.name AND NOT attisdropped)
      GROUP BY t.name ORDER BY t.name""";

  private static final String SHAPE =
      """
      SELECT relkind = 'p', pg_has_role(relowner, 'USAGE'),
             has_schema_privilege(relnamespace, 'CREATE'), current_user
      FROM pg_class WHERE oid = to_regclass(?)""";

  /** ON CONFLICT finds nothing where no index says that a row is there already. */
  private static final String PARTITIONS_OF_OTHERS =
      """
      SELECT c.oid::regclass::text
      FROM pg_inherits i
      JOIN pg_class c ON c.oid = i.inhrelid
      JOIN pg_class p ON p.oid = i.inhparent
      WHERE p.oid = to_regclass(?)
        AND (c.relnamespace <> p.relnamespace
          OR c.relname !~ ('^' || p.relname || '_[0-9]{8}$')
          OR pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT'
          OR NOT EXISTS (SELECT 1 FROM pg_index x
            WHERE x.indrelid = c.oid AND x.indisunique AND x.indisvalid AND x.indimmediate
              AND x.indpred IS NULL AND x.indexprs IS NULL AND x.indnkeyatts = 3
              AND (SELECT count(*) FROM unnest((x.indkey::int2[])[0:2]) AS k (attnum)
                   JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
                   WHERE a.attname IN ('consumer', 'source', 'id')) = 3))
      ORDER BY 1""";

  private final Tables tables;

  PostgresCheck(Tables tables) {
    this.tables = tables;
  }

  List<String> problems(Connection connection) throws SQLException {
    List<String> problems = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      checkServer(statement, problems);
      boolean whole = checkColumns(connection, problems);
      checkShape(connection, problems);
      checkPartitions(connection, problems);
      if (whole) {
        checkMark(statement, problems);
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

  private static void checkServer(Statement statement, List<String> problems) throws SQLException {
    try (ResultSet answer =
        statement.executeQuery(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version')")) {
      answer.next();
      if (answer.getInt(1) < OLDEST_SERVER) {
        problems.add(
            "SP-INBOX-009 The server is PostgreSQL "
                + answer.getString(2)
                + "; the inbox needs 14 or later.");
      }
    }
  }

  private boolean checkColumns(Connection connection, List<String> problems) throws SQLException {
    boolean whole = true;
    try (PreparedStatement statement = connection.prepareStatement(LACKING)) {
      statement.setString(1, tables.entries());
      statement.setString(2, tables.keys());
      statement.setString(3, tables.mark());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          whole = false;
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
    }
    return whole;
  }

  private void checkShape(Connection connection, List<String> problems) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(SHAPE)) {
      statement.setString(1, tables.entries());
      try (ResultSet answer = statement.executeQuery()) {
        if (!answer.next()) {
          return; // told already
        }
        if (!answer.getBoolean(1)) {
          problems.add(
              "SP-INBOX-011 The table "
                  + tables.entries()
                  + " is not partitioned: it is of an earlier version, or made by hand. Rename it,"
                  + " run io/stagepost/inbox/postgresql.sql, and copy what it holds, each row with"
                  + " the time of its event.");
        } else if (!answer.getBoolean(2) || !answer.getBoolean(3)) {
          problems.add(
              "SP-INBOX-013 The role "
                  + answer.getString(4)
                  + " does not own the table "
                  + tables.entries()
                  + ", or may not create tables in its schema; the inbox makes partitions ahead and"
                  + " drops old ones. Make it the owner, or a member of the role that is.");
        }
      }
    }
  }

  private void checkPartitions(Connection connection, List<String> problems) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(PARTITIONS_OF_OTHERS)) {
      statement.setString(1, tables.entries());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          problems.add(
              "SP-INBOX-019 The partition "
                  + rows.getString(1)
                  + " of "
                  + tables.entries()
                  + " is not as the inbox makes them, a day each, named "
                  + tables.entries()
                  + "_<yyyymmdd>, with the primary key (consumer, source, id): in it a duplicate may"
                  + " be taken for new. Add the primary key, if its name and its day are right; else"
                  + " detach it, attach such partitions, and insert what it holds.");
        }
      }
    }
  }

  private void checkMark(Statement statement, List<String> problems) throws SQLException {
    try (ResultSet answer = statement.executeQuery("SELECT count(*) FROM " + tables.mark())) {
      answer.next();
      if (answer.getInt(1) != 1) {
        problems.add(PlainInbox.noMark(tables, "postgresql.sql"));
      }
    }
  }
}
