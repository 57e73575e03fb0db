package io.stagepost.samples.shop.launcher;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.PostgresDatabase;
import io.stagepost.testkit.fixture.PostgresFixture;
import io.stagepost.testkit.fixture.TcpProxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** A broker and a database server of the run's own, and a database for each service. */
final class Infrastructure implements AutoCloseable {
  private final Path directory;
  private final @Nullable TcpProxy proxy;
  private volatile KafkaFixture broker;
  private final PostgresFixture server;
  private final PostgresDatabase orders;
  private final PostgresDatabase payment;
  private final PostgresDatabase shipping;

  private Infrastructure(
      Path directory, @Nullable TcpProxy proxy, KafkaFixture broker, PostgresFixture server) {
    this.directory = directory;
    this.proxy = proxy;
    this.broker = broker;
    this.server = server;
    this.orders = server.createDatabase("orders");
    this.payment = server.createDatabase("payment");
    this.shipping = server.createDatabase("shipping");
  }

  /**
   * Starts both at once, which takes some seconds.
   *
   * @param proxy what all clients of the broker are to go through; null for none
   */
  static Infrastructure start(Path directory, @Nullable TcpProxy proxy) {
    CompletableFuture<KafkaFixture> broker =
        CompletableFuture.supplyAsync(() -> startBroker(directory, proxy));
    CompletableFuture<PostgresFixture> server =
        CompletableFuture.supplyAsync(() -> PostgresFixture.start(directory.resolve("postgres")));
    try {
      return new Infrastructure(directory, proxy, broker.join(), server.join());
    } catch (CompletionException failure) {
      throw failure.getCause() instanceof RuntimeException cause ? cause : failure;
    }
  }

  private static KafkaFixture startBroker(Path directory, @Nullable TcpProxy proxy) {
    Path data = directory.resolve("kafka");
    if (proxy == null) {
      return KafkaFixture.start(data);
    }
    KafkaFixture started = KafkaFixture.startBehindProxy(data, proxy.port());
    proxy.leadTo(started.bootstrapServers());
    return started;
  }

  /** Ends the broker by SIGKILL. */
  void killBroker() {
    ProcessHandle process = ProcessHandle.of(broker.pid().orElseThrow()).orElseThrow();
    process.destroyForcibly();
    process.onExit().join();
    required().leadNowhere();
  }

  /** Starts the broker again, where it was, with what it had written. */
  void restartBroker() {
    broker = startBroker(directory, required());
  }

  /** Cuts all connections between services and broker; returns how many there were. */
  int cutConnections() {
    return required().cut();
  }

  private TcpProxy required() {
    return Objects.requireNonNull(proxy, "only with a proxy are there faults");
  }

  Books books() {
    return new Books(pool(orders), pool(payment), pool(shipping), bootstrapServers());
  }

  /** A few connections that stay, since the books are looked at often. */
  private static HikariDataSource pool(PostgresDatabase database) {
    HikariConfig pool = new HikariConfig();
    pool.setDataSource(database.dataSource());
    pool.setMaximumPoolSize(3);
    return new HikariDataSource(pool);
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
    return proxy == null ? broker.bootstrapServers() : proxy.address();
  }

  @Override
  public void close() {
    broker.close();
    server.close();
    if (proxy != null) {
      proxy.close();
    }
  }
}
