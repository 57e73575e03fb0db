package io.stagepost.outbox.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The outbox's tables and sequences on PostgreSQL: creates them, and says what is wrong with them.
 */
final class PostgresSchema {
  private static final String SCHEMA = "postgresql.sql";
  private static final int OLDEST_SERVER = 130000; // xid8 functions

  private static final String CREATE_SEQUENCE =
      """
      CREATE SEQUENCE stagepost_outbox_id_%1$d AS bigint CACHE 1;
      SELECT setval('stagepost_outbox_id_%1$d', low)
      FROM stagepost_outbox_mark WHERE shard = %1$d AND low > 0""";

  private static final String DROP_SEQUENCE =
      """
      INSERT INTO stagepost_outbox_mark AS m (shard, low)
      VALUES (%1$d, coalesce(pg_sequence_last_value('stagepost_outbox_id_%1$d'::regclass), 0))
      ON CONFLICT (shard) DO UPDATE SET low = greatest(m.low, excluded.low);
      DROP SEQUENCE stagepost_outbox_id_%1$d""";

  private final TableName table;
  private final int shards;

  PostgresSchema(TableName table, int shards) {
    this.table = table;
    this.shards = shards;
  }

  /** Creates what is missing, in one transaction. */
  void create(Connection connection) throws SQLException {
    boolean autoCommit = connection.getAutoCommit();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      // "if not exists" alone does not keep two that create at once apart
      statement.execute(
          table.in("SELECT pg_advisory_xact_lock(hashtext('stagepost_outbox schema')),")
              + " set_config('stagepost.shards', '"
              + shards
              + "', true)");
      statement.execute(table.ddl(SCHEMA));
      connection.commit();
    } catch (SQLException failure) {
      JdbcSchema.rollBack(connection, failure);
      throw failure;
    } finally {
      connection.setAutoCommit(autoCommit);
    }
  }

  /**
   * With a lock that no writer and no relay passes. A sequence goes on where it is, and one that is
   * dropped where it was, should it be created again: relays that still run remember its ids.
   */
  void changeShards(Connection connection, int to) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          table.in(
              "LOCK TABLE stagepost_outbox, stagepost_outbox_parked, stagepost_outbox_mark"
                  + " IN ACCESS EXCLUSIVE MODE"));
      try (ResultSet answer =
          statement.executeQuery(
              table.in(
                  "SELECT (SELECT count(*) FROM stagepost_outbox),"
                      + " (SELECT count(*) FROM stagepost_outbox_parked)"))) {
        answer.next();
        if (answer.getLong(1) + answer.getLong(2) > 0) {
          throw JdbcStore.notEmpty(answer.getLong(1), answer.getLong(2));
        }
      }
      for (int shard = shards; shard < to; shard++) {
        statement.execute(table.in(CREATE_SEQUENCE.formatted(shard)));
      }
      for (int shard = to; shard < shards; shard++) {
        statement.execute(table.in(DROP_SEQUENCE.formatted(shard)));
      }
    }
  }

  /** All that is wrong with the schema, each with its code and remedy. */
  List<String> problems(Connection connection) throws SQLException {
    List<String> problems = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      checkServer(statement, problems);
      checkTables(statement, problems);
      if (problems.isEmpty()) {
        checkSequences(statement, problems);
      }
    }
    return problems;
  }

  private static void checkServer(Statement statement, List<String> problems) throws SQLException {
    try (ResultSet answer =
        statement.executeQuery(
            "SELECT current_setting('server_version_num')::int,"
                + " current_setting('server_version')")) {
      answer.next();
      if (answer.getInt(1) < OLDEST_SERVER) {
        problems.add(
            "SP-OUTBOX-010 The server is PostgreSQL "
                + answer.getString(2)
                + "; the outbox needs 13 or later.");
      }
    }
  }

  private void checkTables(Statement statement, List<String> problems) throws SQLException {
    try (ResultSet rows =
        statement.executeQuery(
            table.in(
                """
            SELECT t.name, string_agg(c.name, ', ' ORDER BY c.name),
                   to_regclass(t.name) IS NULL, current_schemas(false)::text
            FROM (VALUES ('stagepost_outbox', '{shard,id,address,key,headers,body,created_at}'::text[]),
                         ('stagepost_outbox_mark', '{shard,low,epoch}'),
                         ('stagepost_outbox_parked',
                          '{shard,id,address,key,headers,body,created_at,parked_at,error,holds}')) t(name, columns)
            CROSS JOIN unnest(t.columns) c(name)
            WHERE NOT EXISTS (SELECT 1 FROM pg_attribute
              WHERE attrelid = to_regclass(t.name) AND attname = c.name AND NOT attisdropped)
            GROUP BY t.name ORDER BY t.name"""))) {
      while (rows.next()) {
        problems.add(
            "SP-OUTBOX-011 "
                + (rows.getBoolean(3)
                    ? "The table " + rows.getString(1) + " does not exist"
                    : "The table " + rows.getString(1) + " lacks " + rows.getString(2))
                + " on the search_path "
                + rows.getString(4)
                + "; run io/stagepost/outbox/postgresql.sql in a migration"
                + " (in tests: Outbox.createSchema()).");
      }
    }
  }

  /**
   * Each shard's sequence. Its last value must reach the highest id ever given: of the rows, of the
   * parked rows, and of the mark, below which nothing is looked for.
   */
  private void checkSequences(Statement statement, List<String> problems) throws SQLException {
    try (ResultSet rows =
        statement.executeQuery(
            table
                .in(
                    """
            WITH present AS (
              SELECT substring(c.relname FROM '[0-9]+$')::int AS shard, q.*, c.oid
              FROM pg_class c JOIN pg_sequence q ON q.seqrelid = c.oid
              WHERE c.relname ~* '^%s_id_[0-9]+$'
                AND c.relnamespace = (SELECT relnamespace FROM pg_class
                                      WHERE oid = 'stagepost_outbox'::regclass))
            SELECT shard, p.oid IS NULL, p.seqcache, p.seqincrement, p.seqcycle,
                   coalesce(pg_sequence_last_value(p.oid), 0),
                   greatest(
                     (SELECT max(id) FROM stagepost_outbox o WHERE o.shard = s.shard),
                     (SELECT max(id) FROM stagepost_outbox_parked o WHERE o.shard = s.shard),
                     (SELECT low FROM stagepost_outbox_mark o WHERE o.shard = s.shard), 0)
            FROM generate_series(0, %d - 1) s(shard) FULL JOIN present p USING (shard)
            ORDER BY shard""")
                .formatted(table.local(), shards))) {
      while (rows.next()) {
        int shard = rows.getInt(1);
        String sequence = table + "_id_" + shard;
        if (rows.getBoolean(2)) {
          problems.add(
              "SP-OUTBOX-012 The sequence "
                  + sequence
                  + " does not exist, but the outbox is set to "
                  + shards
                  + " shards; create it (bigint, CACHE 1), or set the number of shards that there"
                  + " are.");
          continue;
        }
        if (shard >= shards) {
          problems.add(
              "SP-OUTBOX-013 The sequence "
                  + sequence
                  + " belongs to a shard that nobody would relay: the outbox is set to "
                  + shards
                  + " shards; set the number that there are, in every process. Fewer shards need"
                  + " an empty outbox, and then the sequence dropped.");
          continue;
        }
        if (rows.getLong(3) != 1 || rows.getLong(4) != 1 || rows.getBoolean(5)) {
          problems.add(
              "SP-OUTBOX-014 The sequence "
                  + sequence
                  + " has CACHE "
                  + rows.getLong(3)
                  + " and INCREMENT "
                  + rows.getLong(4)
                  + (rows.getBoolean(5) ? " and CYCLE" : "")
                  + ", so ids would not grow in the order in which they are drawn; ALTER SEQUENCE "
                  + sequence
                  + " INCREMENT 1 CACHE 1 NO CYCLE.");
        }
        if (rows.getLong(6) < rows.getLong(7)) {
          problems.add(
              "SP-OUTBOX-015 The sequence "
                  + sequence
                  + " stands at "
                  + rows.getLong(6)
                  + ", below the id "
                  + rows.getLong(7)
                  + " that it has given before, so new rows would be passed over; SELECT setval('"
                  + sequence
                  + "', "
                  + rows.getLong(7)
                  + ").");
        }
      }
    }
  }
}
