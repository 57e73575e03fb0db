package io.stagepost.prove;

import io.stagepost.testkit.fixture.MariaDbFixture;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import javax.sql.DataSource;
import org.mariadb.jdbc.MariaDbDataSource;

/** MariaDB. */
final class MariaDbDialect implements Dialect {
  /** Changed since it was read, waited too long for a lock, deadlock, took too long. */
  private static final Set<Integer> CONFLICTS = Set.of(1020, 1205, 1213, 1969);

  private static final Set<Integer> DISK_FULL = Set.of(3, 20, 1021, 1026, 1114);

  @Override
  public String word() {
    return "mariadb";
  }

  @Override
  public Server start(Path directory) {
    return new Started(MariaDbFixture.start(directory));
  }

  /** A user of its own: that is by what the server tells sessions apart. */
  @Override
  public String admit(Connection connection, String process, Login owner) throws SQLException {
    execute(
        connection,
        "create user if not exists '" + process + "' identified by '" + owner.password() + "'");
    execute(connection, "grant all on *.* to '" + process + "'");
    return process;
  }

  @Override
  public DataSource dataSource(Wiring wiring) {
    try {
      MariaDbDataSource source =
          new MariaDbDataSource(wiring.url() + "?connectTimeout=5000&socketTimeout=30000");
      source.setUser(wiring.user());
      source.setPassword(wiring.password());
      return source;
    } catch (SQLException impossible) {
      throw new IllegalArgumentException(wiring.url(), impossible);
    }
  }

  @Override
  public List<String> setUp() {
    String text = " varchar(64) character set ascii collate ascii_bin ";
    String time = "at timestamp(6) not null default current_timestamp(6)";
    return List.of(
        "create table account (event_key" + text + "primary key, seq bigint not null)",
        "create table truth (event%1$sprimary key, event_key%1$snot null, seq bigint not null,"
                .formatted(text)
            + " nonce%snot null, %s)".formatted(text, time),
        "create table effect (n bigint auto_increment primary key, event%1$snot null,"
                .formatted(text)
            + " event_key%snot null, seq bigint not null, %s)".formatted(text, time),
        "create table foreigner (n bigint auto_increment primary key)");
  }

  /** By the session's last id: reading the row would fix what the transaction sees from then on. */
  @Override
  public long next(Connection connection, String key) throws SQLException {
    try (PreparedStatement statement =
            connection.prepareStatement(
                "update account set seq = last_insert_id(seq + 1) where event_key = ?");
        Statement last = connection.createStatement()) {
      statement.setString(1, key);
      statement.executeUpdate();
      try (ResultSet answer = last.executeQuery("select last_insert_id()")) {
        answer.next();
        return answer.getLong(1);
      }
    }
  }

  @Override
  public void deleteLastRow(Connection connection) throws SQLException {
    execute(connection, "delete from stagepost_outbox where id = last_insert_id()");
  }

  @Override
  public void limitIdle(Connection connection, int seconds) throws SQLException {
    execute(connection, "set session idle_transaction_timeout = " + seconds);
  }

  @Override
  public int endSessions(Connection connection, String process) throws SQLException {
    int sessions;
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select count(*) from information_schema.processlist where user = ?")) {
      statement.setString(1, process);
      try (ResultSet answer = statement.executeQuery()) {
        answer.next();
        sessions = answer.getInt(1);
      }
    }
    if (sessions > 0) {
      execute(connection, "kill connection user '" + process + "'");
    }
    return sessions;
  }

  /** All sessions are threads of one process, so none can be ended by a signal. */
  @Override
  public boolean killSession(Connection connection) throws SQLException {
    long session;
    try (Statement statement = connection.createStatement();
        ResultSet answer =
            statement.executeQuery(
                "select id from information_schema.processlist"
                    + " where db = database() and id <> connection_id() order by rand() limit 1")) {
      if (!answer.next()) {
        return false;
      }
      session = answer.getLong(1);
    }
    execute(connection, "kill connection " + session);
    return true;
  }

  @Override
  public boolean isConflict(SQLException failure) {
    return CONFLICTS.contains(failure.getErrorCode());
  }

  @Override
  public boolean isDiskFull(SQLException failure) {
    return DISK_FULL.contains(failure.getErrorCode());
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private record Started(MariaDbFixture fixture) implements Server {
    @Override
    public Login createDatabase(String prefix) {
      var database = fixture.createDatabase(prefix);
      return new Login(database.name(), database.username(), database.password());
    }

    @Override
    public String jdbcUrl(String database) {
      return fixture.jdbcUrl(database);
    }

    @Override
    public OptionalLong pid() {
      return fixture.pid();
    }

    @Override
    public List<Long> processes() throws IOException {
      return List.of(fixture.pid().orElseThrow(() -> new IOException("no server runs")));
    }

    @Override
    public void close() {
      fixture.close();
    }
  }
}
