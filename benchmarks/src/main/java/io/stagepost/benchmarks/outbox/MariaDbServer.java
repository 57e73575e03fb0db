package io.stagepost.benchmarks.outbox;

import io.stagepost.benchmarks.BenchmarkException;
import io.stagepost.benchmarks.contestant.outbox.Place;
import io.stagepost.testkit.fixture.MariaDbDatabase;
import io.stagepost.testkit.fixture.MariaDbFixture;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** MariaDB. */
final class MariaDbServer implements DatabaseServer {
  /** As much memory and log as PostgreSQL has, so that nothing is written back in between. */
  private static final String[] SETTINGS = {
    "SET GLOBAL innodb_buffer_pool_size = 512 * 1024 * 1024",
    "SET GLOBAL innodb_log_file_size = 4 * 1024 * 1024 * 1024"
  };

  private static final String[] AS_IT_COMES = {
    "SET GLOBAL innodb_max_dirty_pages_pct = DEFAULT",
    "SET GLOBAL innodb_io_capacity = DEFAULT",
    "SET GLOBAL innodb_io_capacity_max = DEFAULT"
  };

  private static final List<String> SHOWN =
      List.of(
          "version",
          "innodb_flush_log_at_trx_commit",
          "innodb_doublewrite",
          "log_bin",
          "innodb_buffer_pool_size",
          "innodb_log_file_size");

  private static final String USER = "root";
  private static final long WRITTEN_WITHIN_NANOS = TimeUnit.MINUTES.toNanos(2);

  private final Path folder;
  private MariaDbFixture server;

  MariaDbServer(Path folder) throws SQLException {
    this.folder = folder;
    this.server = MariaDbFixture.start(folder);
    administer(SETTINGS);
  }

  @Override
  public void restart() throws SQLException {
    server.close();
    server = MariaDbFixture.start(folder);
    administer(SETTINGS);
  }

  @Override
  public Address administration() {
    return new Address(server.jdbcUrl("mysql"), USER);
  }

  @Override
  public String describe() throws SQLException {
    List<String> settings = new ArrayList<>();
    for (String name : SHOWN) {
      settings.add(name + " " + ask("SELECT @@GLOBAL." + name));
    }
    return "MariaDB: " + String.join(", ", settings);
  }

  @Override
  public Address create(String name) throws SQLException {
    MariaDbDatabase database = server.createDatabase(name);
    DatabaseServer.execute(
        database.jdbcUrl(),
        USER,
        "CREATE TABLE business (id bigint AUTO_INCREMENT PRIMARY KEY, note text)");
    return new Address(database.jdbcUrl(), USER);
  }

  /** Has the server write back all that it has changed: what a checkpoint does elsewhere. */
  @Override
  public void settle(Place place) throws SQLException {
    if (!ask("SELECT count(*) FROM information_schema.tables WHERE table_schema = '"
            + DatabaseServer.name(place)
            + "' AND table_name = 'stagepost_outbox'")
        .equals("0")) {
      DatabaseServer.execute(place.database(), place.user(), "ANALYZE TABLE stagepost_outbox");
    }
    writeBack();
  }

  private void writeBack() throws SQLException {
    administer(
        "SET GLOBAL innodb_io_capacity_max = 40000",
        "SET GLOBAL innodb_io_capacity = 20000",
        "SET GLOBAL innodb_max_dirty_pages_pct = 0");
    long since = System.nanoTime();
    while (!ask("SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'").equals("0")) {
      if (System.nanoTime() - since > WRITTEN_WITHIN_NANOS) {
        throw new BenchmarkException("MariaDB has not written back its pages within 2 minutes.");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    administer(AS_IT_COMES);
  }

  @Override
  public long connections(Place place) throws SQLException {
    return Long.parseLong(
        ask(
            "SELECT count(*) FROM information_schema.processlist WHERE db = '"
                + DatabaseServer.name(place)
                + "'"));
  }

  @Override
  public void drop(Place place) throws SQLException {
    administer("DROP DATABASE `" + DatabaseServer.name(place) + "`");
    writeBack();
  }

  @Override
  public void close() {
    server.close();
  }
}
