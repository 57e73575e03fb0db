package io.stagepost.prove;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/** What is said to the database by all processes, where databases differ. Stateless. */
interface Dialect {
  Dialect POSTGRESQL = new Postgresql();

  /** Connections that tell the process's name and do not wait for ever. */
  DataSource dataSource(Wiring wiring);

  List<String> tables();

  /** Counts one event more for a key, whose row stays locked until the transaction ends. */
  long next(Connection connection, String key) throws SQLException;

  /** Deletes the row of the outbox that this transaction has written last. */
  void deleteLastRow(Connection connection) throws SQLException;

  /** The server ends sessions that do nothing in a transaction for so long. */
  void limitIdle(Connection connection, int seconds) throws SQLException;

  /** Ends all sessions of a process. */
  int endSessions(Connection connection, String process) throws SQLException;

  /** The server's process of some session of a client; null if there is none. */
  @Nullable Long process(Connection connection) throws SQLException;

  static boolean isConflict(SQLException failure) {
    String state = failure.getSQLState();
    return "40001".equals(state) || "40P01".equals(state);
  }

  static boolean isDiskFull(SQLException failure) {
    return "53100".equals(failure.getSQLState());
  }

  /** PostgreSQL. */
  final class Postgresql implements Dialect {
    @Override
    public DataSource dataSource(Wiring wiring) {
      PGSimpleDataSource source = new PGSimpleDataSource();
      source.setUrl(wiring.url());
      source.setUser(wiring.user());
      source.setPassword(wiring.password());
      source.setApplicationName(wiring.name());
      source.setConnectTimeout(5);
      source.setLoginTimeout(10);
      source.setSocketTimeout(30);
      return source;
    }

    @Override
    public List<String> tables() {
      return List.of(
          "create table account (key text primary key, seq bigint not null)",
          "create table truth (event text primary key, key text not null, seq bigint not null,"
              + " nonce text not null, at timestamptz not null default clock_timestamp())",
          "create table effect (n bigserial primary key, event text not null, key text not null,"
              + " seq bigint not null, at timestamptz not null default clock_timestamp())",
          "create table foreigner (n bigserial primary key)");
    }

    @Override
    public long next(Connection connection, String key) throws SQLException {
      try (PreparedStatement statement =
          connection.prepareStatement(
              "update account set seq = seq + 1 where key = ? returning seq")) {
        statement.setString(1, key);
        try (ResultSet answer = statement.executeQuery()) {
          answer.next();
          return answer.getLong(1);
        }
      }
    }

    @Override
    public void deleteLastRow(Connection connection) throws SQLException {
      execute(
          connection,
          "delete from stagepost_outbox where ctid = (select ctid from stagepost_outbox"
              + " where xmin::text = (pg_current_xact_id()::text::bigint % 4294967296)::text"
              + " limit 1)");
    }

    @Override
    public void limitIdle(Connection connection, int seconds) throws SQLException {
      execute(connection, "set idle_in_transaction_session_timeout = " + seconds * 1_000);
    }

    @Override
    public int endSessions(Connection connection, String process) throws SQLException {
      try (PreparedStatement statement =
          connection.prepareStatement(
              "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                  + " where application_name = ?")) {
        statement.setString(1, process);
        try (ResultSet answer = statement.executeQuery()) {
          answer.next();
          return answer.getInt(1);
        }
      }
    }

    @Override
    public @Nullable Long process(Connection connection) throws SQLException {
      try (Statement statement = connection.createStatement();
          ResultSet answer =
              statement.executeQuery(
                  "select pid from pg_stat_activity where backend_type = 'client backend'"
                      + " and pid <> pg_backend_pid() order by random() limit 1")) {
        return answer.next() ? answer.getLong(1) : null;
      }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }
  }
}
