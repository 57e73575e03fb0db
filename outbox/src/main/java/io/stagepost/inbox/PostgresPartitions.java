package io.stagepost.inbox;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * The partitions of the table of events, a day of UTC each. They come and go without a lock that a
 * handler would wait for: ATTACH and DETACH ... CONCURRENTLY let inserts go on, which CREATE ...
 * PARTITION OF and DROP of an attached one do not.
 *
 * <p>One that goes is marked by a comment first, so that what is left behind by a process that died
 * in between is known, and nothing else is ever dropped. Immutable.
 */
final class PostgresPartitions {
  /** How many days are made before they begin. */
  private static final int AHEAD = 2;

  /** How long those are waited for that use a partition which is to go; then it goes next time. */
  private static final int DETACH_SECONDS = 30;

  private static final String GOING = "stagepost: forgotten";

  /**
   * The oldest partition whose days are all forgotten, or one left behind; first one whose DETACH
   * was cut off, since beside it no other can be detached.
   */
  private static final String NEXT_TO_GO =
      """
      SELECT c.oid::regclass::text, i.inhparent IS NOT NULL, coalesce(i.inhdetachpending, false)
      FROM pg_class c
      LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND i.inhparent = 'stagepost_inbox'::regclass
      WHERE c.relkind = 'r'
        AND c.relnamespace = (
          SELECT relnamespace FROM pg_class WHERE oid = 'stagepost_inbox'::regclass)
        AND c.relname ~ ('^' || (
          SELECT relname FROM pg_class WHERE oid = 'stagepost_inbox'::regclass) || '_[0-9]{8}$')
        AND (i.inhparent IS NOT NULL OR obj_description(c.oid, 'pg_class') = ?)
        AND right(c.relname, 8) < (
          SELECT to_char(forgotten_before AT TIME ZONE 'UTC', 'YYYYMMDD') FROM stagepost_inbox_mark)
      ORDER BY coalesce(i.inhdetachpending, false) DESC, c.relname LIMIT 1""";

  private static final String PARENT =
      """
      SELECT quote_ident(n.nspname) || '.', c.relname, quote_ident(r.rolname),
             r.rolname = current_user
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_roles r ON r.oid = c.relowner
      WHERE c.oid = 'stagepost_inbox'::regclass""";

  private static final String STATE =
      """
      SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint,
             (SELECT greatest(reltuples, 0)::bigint FROM pg_class
              WHERE oid = 'stagepost_inbox_key'::regclass),
             min(right(c.relname, 8)), max(m.forgotten_before), max(m.kept_at)
      FROM stagepost_inbox_mark m
      LEFT JOIN pg_inherits i ON i.inhparent = 'stagepost_inbox'::regclass
      LEFT JOIN pg_class c ON c.oid = i.inhrelid""";

  private final Tables tables;

  PostgresPartitions(Tables tables) {
    this.tables = tables;
  }

  static LocalDate day(Instant time) {
    return LocalDate.ofInstant(time, ZoneOffset.UTC);
  }

  /** The table of events as it is found: where its partitions belong, and to whom. */
  private record Parent(String schema, String name, String owner, boolean isOwn) {
    String partition(LocalDate day) {
      return schema + name + "_" + day.format(DateTimeFormatter.BASIC_ISO_DATE);
    }
  }

  private Parent parent(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(tables.in(PARENT))) {
      answer.next();
      return new Parent(
          answer.getString(1), answer.getString(2), answer.getString(3), answer.getBoolean(4));
    }
  }

  /** Makes those of the days to come. */
  void prepare(Connection connection, Instant now) throws SQLException {
    LocalDate today = day(now);
    Parent parent = parent(connection);
    for (int i = 0; i <= AHEAD; i++) {
      if (!isAttached(connection, parent.partition(today.plusDays(i)))) {
        make(connection, today.plusDays(i));
      }
    }
  }

  /**
   * Makes that of a day, unless it is there, in a transaction of its own: in the schema of the
   * table of events, and of its owner, so that whoever may keep house may drop it. A table of its
   * name that is none fails it: nobody knows what that holds.
   */
  void make(Connection connection, LocalDate day) throws SQLException {
    boolean autoCommit = connection.getAutoCommit();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL statement_timeout = '30s'");
      statement.execute("SELECT pg_advisory_xact_lock(hashtext('" + tables.entries() + " day'))");
      Parent parent = parent(connection);
      String name = parent.partition(day);
      if (!isAttached(connection, name)) {
        statement.execute(
            "CREATE TABLE "
                + name
                + " (LIKE "
                + tables.entries()
                + ", PRIMARY KEY (consumer, source, id))");
        if (!parent.isOwn()) {
          statement.execute("ALTER TABLE " + name + " OWNER TO " + parent.owner());
        }
        statement.execute(
            "ALTER TABLE "
                + tables.entries()
                + " ATTACH PARTITION "
                + name
                + " FOR VALUES FROM ('"
                + day
                + " 00:00:00+00') TO ('"
                + day.plusDays(1)
                + " 00:00:00+00')");
      }
      connection.commit();
    } catch (SQLException failure) {
      connection.rollback();
      throw failure;
    } finally {
      connection.setAutoCommit(autoCommit);
    }
  }

  private boolean isAttached(Connection connection, String name) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT EXISTS (SELECT 1 FROM pg_inherits WHERE inhparent = to_regclass(?)"
                + " AND inhrelid = to_regclass(?))")) {
      statement.setString(1, tables.entries());
      statement.setString(2, name);
      try (ResultSet answer = statement.executeQuery()) {
        answer.next();
        return answer.getBoolean(1);
      }
    }
  }

  /** Drops one that is forgotten; with auto-commit. Returns whether there was one. */
  boolean dropOne(Connection connection) throws SQLException {
    String name;
    boolean attached;
    boolean pending;
    try (PreparedStatement statement = connection.prepareStatement(tables.in(NEXT_TO_GO))) {
      statement.setString(1, GOING);
      try (ResultSet answer = statement.executeQuery()) {
        if (!answer.next()) {
          return false;
        }
        name = answer.getString(1);
        attached = answer.getBoolean(2);
        pending = answer.getBoolean(3);
      }
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute("COMMENT ON TABLE " + name + " IS '" + GOING + "'");
      if (attached) {
        statement.setQueryTimeout(DETACH_SECONDS);
        statement.execute(
            "ALTER TABLE "
                + tables.entries()
                + " DETACH PARTITION "
                + name
                + (pending ? " FINALIZE" : " CONCURRENTLY"));
      }
      statement.execute("DROP TABLE " + name);
    }
    return true;
  }

  InboxState state(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(tables.in(STATE))) {
      answer.next();
      String oldest = answer.getString(3);
      return new InboxState(
          answer.getLong(1),
          answer.getLong(2),
          oldest == null
              ? null
              : LocalDate.parse(oldest, DateTimeFormatter.BASIC_ISO_DATE)
                  .atStartOfDay()
                  .toInstant(ZoneOffset.UTC),
          answer.getObject(4, OffsetDateTime.class).toInstant(),
          answer.getObject(5, OffsetDateTime.class).toInstant());
    }
  }
}
