package io.stagepost.benchmarks.outbox;

import io.stagepost.benchmarks.contestant.outbox.Place;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A database server of the benchmark's own. */
interface DatabaseServer extends AutoCloseable {
  /** A database. */
  record Address(String url, String user) {}

  /** Where its administrator enters. */
  Address administration();

  /** What it is, and what makes it durable or quick, as the server says it. */
  String describe() throws SQLException;

  /** A database of that name, empty but for the table {@code business}. */
  Address create(String name) throws SQLException;

  /** Stops it and starts it again: nothing is in its memory then. */
  void restart() throws SQLException;

  /** Statistics for everybody, and what was written is on its way to the disk. */
  void settle(Place place) throws SQLException;

  /** How many are connected to a run's database. */
  long connections(Place place) throws SQLException;

  /** Takes a run's database away. */
  void drop(Place place) throws SQLException;

  @Override
  void close();

  /** Executes statements as its administrator, each by itself. */
  default void administer(String... statements) throws SQLException {
    execute(administration().url(), administration().user(), statements);
  }

  /** The last column of the only row of an answer to its administrator. */
  default String ask(String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(administration().url(), administration().user(), "");
        Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(sql)) {
      answer.next();
      return answer.getString(answer.getMetaData().getColumnCount());
    }
  }

  /** The name of a run's database. */
  static String name(Place place) {
    return place.database().replaceAll(".*/([^/?]+)(\\?.*)?$", "$1");
  }

  /** Executes statements, each by itself. */
  static void execute(String url, String user, String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url, user, "");
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }
}
