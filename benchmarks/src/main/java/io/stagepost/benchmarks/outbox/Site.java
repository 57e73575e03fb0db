package io.stagepost.benchmarks.outbox;

import io.stagepost.benchmarks.BenchmarkException;
import io.stagepost.benchmarks.contestant.outbox.Place;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.PostgresDatabase;
import io.stagepost.testkit.fixture.PostgresFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.utils.AppInfoParser;

/** The database server and the broker, and a place of its own on them for each run. */
final class Site implements AutoCloseable {
  static final int PARTITIONS = 4;

  private static final long BACKENDS_MAY_STAY_NANOS = TimeUnit.SECONDS.toNanos(20);

  /**
   * For all contestants the same: logical decoding, which one of them needs and which has every
   * transaction write somewhat more; and no checkpoint but those that are asked for.
   */
  private static final List<String> SETTINGS =
      List.of(
          "wal_level = logical",
          "max_wal_size = '16GB'",
          "checkpoint_timeout = '1h'",
          "shared_buffers = '512MB'");

  private static final List<String> SHOWN =
      List.of(
          "server_version",
          "fsync",
          "synchronous_commit",
          "full_page_writes",
          "wal_level",
          "shared_buffers",
          "max_wal_size");

  private final Path folder;
  private final KafkaFixture kafka;
  private final Admin admin;
  private PostgresFixture postgres;
  private int runs;

  Site(Path folder) throws SQLException {
    this.folder = folder;
    this.kafka = KafkaFixture.start(folder.resolve("kafka"));
    this.admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
    this.postgres = PostgresFixture.start(folder.resolve("postgres"));
    for (String setting : SETTINGS) {
      execute("ALTER SYSTEM SET " + setting);
    }
    restartDatabase();
  }

  /** Stops the database server and starts it again: nothing is in its memory then. */
  void restartDatabase() {
    postgres.close();
    postgres = PostgresFixture.start(folder.resolve("postgres"));
  }

  /** What they are, and what makes a database durable or quick, as the server says it. */
  String services() throws SQLException {
    List<String> settings = new ArrayList<>();
    try (Connection connection = administration().dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      for (String name : SHOWN) {
        try (ResultSet answer = statement.executeQuery("SHOW " + name)) {
          answer.next();
          settings.add(name + " " + answer.getString(1));
        }
      }
    }
    return "Kafka " + AppInfoParser.getVersion() + "; PostgreSQL: " + String.join(", ", settings);
  }

  String brokers() {
    return kafka.bootstrapServers();
  }

  Admin admin() {
    return admin;
  }

  private PostgresDatabase administration() {
    return new PostgresDatabase("postgres", postgres.jdbcUrl("postgres"), "postgres", "");
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = administration().dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** An empty database, an empty topic. */
  Place place() throws Exception {
    String name = "run" + ++runs;
    PostgresDatabase database = postgres.createDatabase(name);
    on(
        database.jdbcUrl(),
        "CREATE TABLE business (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text)");
    admin
        .createTopics(
            List.of(
                new NewTopic(name, PARTITIONS, (short) 1)
                    .configs(Map.of("message.timestamp.type", "LogAppendTime"))))
        .all()
        .get();
    Path own = Files.createDirectory(folder.resolve(name));
    return new Place(
        database.jdbcUrl(), database.username(), brokers(), name, own.toAbsolutePath().toString());
  }

  static void on(String url, String sql) throws SQLException {
    try (Connection connection =
            new PostgresDatabase("", url, "postgres", "").dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /**
   * Before the clock runs: statistics for everybody, and what was written is on the disk, also by
   * those who ran before.
   */
  void settle(Place place) throws SQLException, IOException, InterruptedException {
    on(place.database(), "ANALYZE");
    execute("CHECKPOINT");
    new ProcessBuilder("sync").inheritIO().start().waitFor();
  }

  /** Makes sure that nothing of a run is left, and takes its place away. */
  void leave(Place place) throws Exception {
    String database = place.database().replaceAll(".*/([^/?]+)(\\?.*)?$", "$1");
    long until = System.nanoTime() + BACKENDS_MAY_STAY_NANOS;
    while (count("SELECT count(*) FROM pg_stat_activity WHERE datname = '" + database + "'") > 0) {
      if (System.nanoTime() - until > 0) {
        throw new BenchmarkException(
            "its backends outlived it by 20 s; they would slow down whoever comes next.");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    execute(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '"
            + database
            + "'");
    execute("DROP DATABASE \"" + database + "\"");
    admin.deleteTopics(List.of(place.topic())).all().get();
    execute("CHECKPOINT");
  }

  private long count(String sql) throws SQLException {
    try (Connection connection = administration().dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(sql)) {
      answer.next();
      return answer.getLong(1);
    }
  }

  /** Whatever its contestants have left, too. */
  @Override
  public void close() {
    admin.close();
    kafka.close();
    postgres.close();
  }
}
