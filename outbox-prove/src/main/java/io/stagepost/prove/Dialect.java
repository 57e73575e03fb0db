package io.stagepost.prove;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.OptionalLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** What databases differ in: their servers, and what is said to them. Stateless. */
interface Dialect {
  List<Dialect> ALL = List.of(new PostgresDialect(), new MariaDbDialect());

  /** The one of a name; null if there is none. */
  static @Nullable Dialect of(String word) {
    return ALL.stream().filter(dialect -> dialect.word().equals(word)).findFirst().orElse(null);
  }

  /** Its name on the command line. */
  String word();

  /** Starts a server in a directory, with what another one has left there. */
  Server start(Path directory);

  /** Lets a process in, and says as whom it connects, with the password of the owner. */
  String admit(Connection connection, String process, Login owner) throws SQLException;

  /** Connections that tell the process's name and do not wait for ever. */
  DataSource dataSource(Wiring wiring);

  /** What is said to a new database: settings, and the tables of the run. */
  List<String> setUp();

  /** Counts one event more for a key, whose row stays locked until the transaction ends. */
  long next(Connection connection, String key) throws SQLException;

  /** Deletes the row of the outbox that this transaction has written last. */
  void deleteLastRow(Connection connection) throws SQLException;

  /** The server ends sessions that do nothing in a transaction for so long. */
  void limitIdle(Connection connection, int seconds) throws SQLException;

  /** Ends all sessions of a process. */
  int endSessions(Connection connection, String process) throws SQLException;

  /** Ends some session of a client, as roughly as can be; false if there is none. */
  boolean killSession(Connection connection) throws SQLException, InterruptedException;

  /** Whether the database chose the transaction to fail. */
  boolean isConflict(SQLException failure);

  boolean isDiskFull(SQLException failure);

  /**
   * Who may do everything in a database.
   *
   * @param database its name
   */
  record Login(String database, String user, String password) {}

  /** A server that runs. */
  interface Server extends AutoCloseable {
    /** Creates an empty database. */
    Login createDatabase(String prefix);

    String jdbcUrl(String database);

    /** What to kill if the server cannot be stopped. */
    OptionalLong pid();

    /** All processes of the server. */
    List<Long> processes() throws IOException;

    @Override
    void close();
  }
}
