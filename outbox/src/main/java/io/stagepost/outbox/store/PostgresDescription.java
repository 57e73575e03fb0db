package io.stagepost.outbox.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** What a database administrator wants to know of an outbox on PostgreSQL. */
final class PostgresDescription {
  private static final String TABLES =
      """
      SELECT c.relname, pg_size_pretty(pg_total_relation_size(c.oid)), s.n_live_tup, s.n_dead_tup,
             coalesce(greatest(s.last_autovacuum, s.last_vacuum)::text, 'never'),
             coalesce(array_to_string(c.reloptions, ', '), 'none')
      FROM pg_class c LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
      WHERE c.oid IN ('stagepost_outbox'::regclass, 'stagepost_outbox_mark'::regclass,
                      'stagepost_outbox_parked'::regclass)
      ORDER BY c.relname""";

  /** Transactions that keep dead rows from being vacuumed, or ids from being given up. */
  private static final String OLDEST =
      """
      SELECT pid, coalesce(application_name, ''), state, now() - xact_start AS age,
             backend_xid IS NOT NULL
      FROM pg_stat_activity
      WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid()
        AND (backend_xid IS NOT NULL OR backend_xmin IS NOT NULL)
      ORDER BY xact_start LIMIT 3""";

  private static final String OTHER_HOLDERS =
      """
      SELECT 'prepared transaction ' || gid || ' since ' || prepared FROM pg_prepared_xacts
      UNION ALL
      SELECT 'replication slot ' || slot_name || (CASE WHEN active THEN '' ELSE ', inactive' END)
      FROM pg_replication_slots WHERE xmin IS NOT NULL OR catalog_xmin IS NOT NULL""";

  private static final String RELAYS =
      """
      SELECT l.pid, string_agg(l.objid::text, ' ' ORDER BY l.objid), a.client_addr::text
      FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.objsubid = 2
        AND l.classid = 'stagepost_outbox'::regclass::oid AND l.granted
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      GROUP BY l.pid, a.client_addr""";

  private final TableName table;

  PostgresDescription(TableName table) {
    this.table = table;
  }

  List<String> lines(Connection connection) throws SQLException {
    List<String> lines = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      try (ResultSet rows = statement.executeQuery(table.in(TABLES))) {
        while (rows.next()) {
          lines.add(
              "%s: %s, about %d live and %d dead rows, vacuumed %s; storage parameters: %s"
                  .formatted(
                      rows.getString(1),
                      rows.getString(2),
                      rows.getLong(3),
                      rows.getLong(4),
                      rows.getString(5),
                      rows.getString(6)));
        }
      }
      try (ResultSet rows = statement.executeQuery(OLDEST)) {
        while (rows.next()) {
          lines.add(
              "open transaction: backend %d (%s, %s) since %s%s"
                  .formatted(
                      rows.getInt(1),
                      rows.getString(2),
                      rows.getString(3),
                      rows.getString(4),
                      rows.getBoolean(5)
                          ? "; it writes, so ids that are missing are remembered until it ends"
                          : "; vacuum keeps what it may still read"));
        }
      }
      try (ResultSet rows = statement.executeQuery(OTHER_HOLDERS)) {
        while (rows.next()) {
          lines.add("vacuum is held up by " + rows.getString(1));
        }
      }
      try (ResultSet rows = statement.executeQuery(table.in(RELAYS))) {
        while (rows.next()) {
          lines.add(
              "in a round: backend %d from %s with shards %s"
                  .formatted(rows.getInt(1), rows.getString(3), rows.getString(2)));
        }
      }
    }
    return lines;
  }
}
