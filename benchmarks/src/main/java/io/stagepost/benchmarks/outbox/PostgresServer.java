package io.stagepost.benchmarks.outbox;

import io.stagepost.benchmarks.contestant.outbox.Place;
import io.stagepost.testkit.fixture.PostgresDatabase;
import io.stagepost.testkit.fixture.PostgresFixture;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** PostgreSQL. */
final class PostgresServer implements DatabaseServer {
  /**
   * For all contestants the same: logical decoding, which one of them needs and which has every
   * transaction write somewhat more; and no checkpoint but those that are asked for.
   */
  private static final String[] SETTINGS = {
    "ALTER SYSTEM SET wal_level = logical",
    "ALTER SYSTEM SET max_wal_size = '16GB'",
    "ALTER SYSTEM SET checkpoint_timeout = '1h'",
    "ALTER SYSTEM SET shared_buffers = '512MB'"
  };

  private static final List<String> SHOWN =
      List.of(
          "server_version",
          "fsync",
          "synchronous_commit",
          "full_page_writes",
          "wal_level",
          "shared_buffers",
          "max_wal_size");

  private static final String USER = "postgres";

  private final Path folder;
  private PostgresFixture server;

  PostgresServer(Path folder) throws SQLException {
    this.folder = folder;
    this.server = PostgresFixture.start(folder);
    administer(SETTINGS);
    restart();
  }

  @Override
  public void restart() {
    server.close();
    server = PostgresFixture.start(folder);
  }

  @Override
  public Address administration() {
    return new Address(server.jdbcUrl(USER), USER);
  }

  @Override
  public String describe() throws SQLException {
    List<String> settings = new ArrayList<>();
    for (String name : SHOWN) {
      settings.add(name + " " + ask("SHOW " + name));
    }
    return "PostgreSQL: " + String.join(", ", settings);
  }

  @Override
  public Address create(String name) throws SQLException {
    PostgresDatabase database = server.createDatabase(name);
    DatabaseServer.execute(
        database.jdbcUrl(),
        database.username(),
        "CREATE TABLE business (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text)");
    return new Address(database.jdbcUrl(), database.username());
  }

  @Override
  public void settle(Place place) throws SQLException {
    DatabaseServer.execute(place.database(), place.user(), "ANALYZE", "CHECKPOINT");
  }

  @Override
  public long connections(Place place) throws SQLException {
    return Long.parseLong(
        ask(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = '"
                + DatabaseServer.name(place)
                + "'"));
  }

  @Override
  public void drop(Place place) throws SQLException {
    String name = DatabaseServer.name(place);
    administer(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '"
            + name
            + "'",
        "DROP DATABASE \"" + name + "\"",
        "CHECKPOINT");
  }

  @Override
  public void close() {
    server.close();
  }
}
