package io.stagepost.samples.shop.launcher;

import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.PostgresDatabase;
import io.stagepost.testkit.fixture.PostgresFixture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** A broker and a database server of the run's own, and a database for each service. */
final class Infrastructure implements AutoCloseable {
  private final KafkaFixture broker;
  private final PostgresFixture server;
  private final PostgresDatabase orders;
  private final PostgresDatabase payment;
  private final PostgresDatabase shipping;

  private Infrastructure(KafkaFixture broker, PostgresFixture server) {
    this.broker = broker;
    this.server = server;
    this.orders = server.createDatabase("orders");
    this.payment = server.createDatabase("payment");
    this.shipping = server.createDatabase("shipping");
  }

  /** Starts both at once, which takes some seconds. */
  static Infrastructure start(Path directory) {
    CompletableFuture<KafkaFixture> broker =
        CompletableFuture.supplyAsync(() -> KafkaFixture.start(directory.resolve("kafka")));
    CompletableFuture<PostgresFixture> server =
        CompletableFuture.supplyAsync(() -> PostgresFixture.start(directory.resolve("postgres")));
    try {
      return new Infrastructure(broker.join(), server.join());
    } catch (CompletionException failure) {
      throw failure.getCause() instanceof RuntimeException cause ? cause : failure;
    }
  }

  Books books() {
    return new Books(
        orders.dataSource(), payment.dataSource(), shipping.dataSource(), bootstrapServers());
  }

  PostgresDatabase orders() {
    return orders;
  }

  PostgresDatabase payment() {
    return payment;
  }

  PostgresDatabase shipping() {
    return shipping;
  }

  /** What a service with this database is to find in its environment. */
  Map<String, String> environment(PostgresDatabase database) {
    return Map.of(
        "SHOP_BOOTSTRAP_SERVERS", bootstrapServers(),
        "SHOP_JDBC_URL", database.jdbcUrl(),
        "SHOP_DB_USER", database.username(),
        "SHOP_DB_PASSWORD", database.password());
  }

  /** Lets both outlive this process; tells where they are, and how to end them. */
  String keep(Path directory) {
    broker.detach();
    server.detach();
    List<String> pids = new ArrayList<>();
    broker.pid().ifPresent(pid -> pids.add(Long.toString(pid)));
    server.pid().ifPresent(pid -> pids.add(Long.toString(pid)));
    return """
        Left running:
          Kafka    %s
          orders   %s
          payment  %s
          shipping %s
        Stop them: kill %s
        Then remove their files: rm -r %s"""
        .formatted(
            bootstrapServers(), orders, payment, shipping, String.join(" ", pids), directory);
  }

  private String bootstrapServers() {
    return broker.bootstrapServers();
  }

  @Override
  public void close() {
    broker.close();
    server.close();
  }
}
