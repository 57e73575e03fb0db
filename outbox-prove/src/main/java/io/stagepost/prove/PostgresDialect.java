package io.stagepost.prove;

import io.stagepost.testkit.fixture.PostgresFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** PostgreSQL. */
final class PostgresDialect implements Dialect {
  private static final Set<String> CONFLICTS = Set.of("40001", "40P01");

  @Override
  public String word() {
    return "postgresql";
  }

  @Override
  public Server start(Path directory) {
    return new Started(PostgresFixture.start(directory), directory);
  }

  /** The owner: sessions tell the name of their application. */
  @Override
  public String admit(Connection connection, String process, Login owner) {
    return owner.user();
  }

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
  public List<String> setUp() {
    return List.of(
        // little log, so that little is to be filled
        "alter system set max_wal_size = '128MB'",
        "alter system set min_wal_size = '32MB'",
        "select pg_reload_conf()",
        "create table account (event_key text primary key, seq bigint not null)",
        "create table truth (event text primary key, event_key text not null, seq bigint not null,"
            + " nonce text not null, at timestamptz not null default clock_timestamp())",
        "create table effect (n bigserial primary key, event text not null, event_key text not null,"
            + " seq bigint not null, at timestamptz not null default clock_timestamp())",
        "create table foreigner (n bigserial primary key)");
  }

  @Override
  public long next(Connection connection, String key) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "update account set seq = seq + 1 where event_key = ? returning seq")) {
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

  /** By SIGKILL to its process, upon which the server recovers. */
  @Override
  public boolean killSession(Connection connection) throws SQLException, InterruptedException {
    long pid;
    try (Statement statement = connection.createStatement();
        ResultSet answer =
            statement.executeQuery(
                "select pid from pg_stat_activity where backend_type = 'client backend'"
                    + " and pid <> pg_backend_pid() order by random() limit 1")) {
      if (!answer.next()) {
        return false;
      }
      pid = answer.getLong(1);
    }
    Signals.kill(List.of(pid));
    return true;
  }

  @Override
  public boolean isConflict(SQLException failure) {
    return failure.getSQLState() != null && CONFLICTS.contains(failure.getSQLState());
  }

  @Override
  public boolean isDiskFull(SQLException failure) {
    return "53100".equals(failure.getSQLState());
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private record Started(PostgresFixture fixture, Path directory) implements Server {
    @Override
    public Login createDatabase(String prefix) {
      var database = fixture.createDatabase(prefix);
      return new Login(database.name(), database.username(), database.password());
    }

    @Override
    public String jdbcUrl(String database) {
      return fixture.jdbcUrl(database);
    }

    /** The server's host, with which it ends. */
    @Override
    public OptionalLong pid() {
      return fixture.pid();
    }

    @Override
    public List<Long> processes() throws IOException {
      try (Stream<Path> files = Files.walk(directory, 4)) {
        Path pid =
            files
                .filter(file -> file.getFileName().toString().equals("postmaster.pid"))
                .findFirst()
                .orElseThrow(() -> new IOException("no server runs in " + directory));
        return Signals.family(Long.parseLong(Files.readAllLines(pid).get(0)));
      }
    }

    @Override
    public void close() {
      fixture.close();
    }
  }
}
