package io.stagepost.benchmarks.contestant.outbox;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

/**
 * Where a run takes place; nothing but its harness has been there before.
 *
 * @param database the JDBC URL of an empty database but for the table {@code business}
 * @param user its owner, without a password
 * @param brokers the bootstrap servers
 * @param topic where letters go
 * @param folder for files of the contestant's own
 */
public record Place(String database, String user, String brokers, String topic, String folder) {
  /** Connections of a pool: for eight writers, and as many again for what relays. */
  public static final int CONNECTIONS = 16;

  /**
   * As a line, for {@link #parse}.
   *
   * @return without a line's end
   */
  public String line() {
    return String.join(" ", database, user, brokers, topic, folder);
  }

  /**
   * From its line.
   *
   * @param line as {@link #line} made it
   * @return the place
   */
  public static Place parse(String line) {
    String[] part = line.split(" ", -1);
    return new Place(part[0], part[1], part[2], part[3], part[4]);
  }

  /**
   * Whether the database is MariaDB.
   *
   * @return false for PostgreSQL
   */
  public boolean isMariaDb() {
    return database.startsWith("jdbc:mariadb:");
  }

  /**
   * A pool of connections to the database, for contestants that do not bring their own.
   *
   * @param connections how many at most
   * @return to be closed
   */
  public HikariDataSource pool(int connections) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(database);
    config.setUsername(user);
    config.setPassword("");
    config.setMaximumPoolSize(connections);
    return new HikariDataSource(config);
  }
}
