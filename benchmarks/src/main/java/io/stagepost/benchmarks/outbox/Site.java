package io.stagepost.benchmarks.outbox;

import io.stagepost.benchmarks.BenchmarkException;
import io.stagepost.benchmarks.Options;
import io.stagepost.benchmarks.contestant.outbox.Place;
import io.stagepost.testkit.fixture.KafkaFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
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

  private final Path folder;
  private final DatabaseServer database;
  private final KafkaFixture kafka;
  private final Admin admin;
  private int runs;

  Site(Path folder, Options.Database database) throws SQLException {
    this.folder = folder;
    Path data = folder.resolve("database");
    this.database =
        switch (database) {
          case POSTGRESQL -> new PostgresServer(data);
          case MARIADB -> new MariaDbServer(data);
        };
    this.kafka = KafkaFixture.start(folder.resolve("kafka"));
    this.admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
  }

  /** Stops the database server and starts it again: nothing is in its memory then. */
  void restartDatabase() throws SQLException {
    database.restart();
  }

  /** What they are, and what makes a database durable or quick, as the server says it. */
  String services() throws SQLException {
    return "Kafka " + AppInfoParser.getVersion() + "; " + database.describe();
  }

  String brokers() {
    return kafka.bootstrapServers();
  }

  Admin admin() {
    return admin;
  }

  /** An empty database, an empty topic. */
  Place place() throws Exception {
    String name = "run" + ++runs;
    DatabaseServer.Address address = database.create(name);
    admin
        .createTopics(
            List.of(
                new NewTopic(name, PARTITIONS, (short) 1)
                    .configs(Map.of("message.timestamp.type", "LogAppendTime"))))
        .all()
        .get();
    Path own = Files.createDirectory(folder.resolve(name));
    return new Place(
        address.url(), address.user(), brokers(), name, own.toAbsolutePath().toString());
  }

  /**
   * Before the clock runs: statistics for everybody, and what was written is on the disk, also by
   * those who ran before.
   */
  void settle(Place place) throws SQLException, IOException, InterruptedException {
    database.settle(place);
    new ProcessBuilder("sync").inheritIO().start().waitFor();
  }

  /** Makes sure that nothing of a run is left, and takes its place away. */
  void leave(Place place) throws Exception {
    long until = System.nanoTime() + BACKENDS_MAY_STAY_NANOS;
    while (database.connections(place) > 0) {
      if (System.nanoTime() - until > 0) {
        throw new BenchmarkException(
            "its backends outlived it by 20 s; they would slow down whoever comes next.");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    database.drop(place);
    admin.deleteTopics(List.of(place.topic())).all().get();
  }

  /** Whatever its contestants have left, too. */
  @Override
  public void close() {
    admin.close();
    kafka.close();
    database.close();
  }
}
