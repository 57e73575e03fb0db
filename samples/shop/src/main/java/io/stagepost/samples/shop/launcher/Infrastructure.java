package io.stagepost.samples.shop.launcher;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.samples.shop.Carrier;
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
  private final Broker.Kind kind;
  private final Path directory;
  private final @Nullable TcpProxy proxy;
  private volatile Broker broker;
  private final PostgresFixture server;
  private final PostgresDatabase orders;
  private final PostgresDatabase payment;
  private final PostgresDatabase shipping;

  private Infrastructure(
      Broker.Kind kind,
      Path directory,
      @Nullable TcpProxy proxy,
      Broker broker,
      PostgresFixture server) {
    this.kind = kind;
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
  static Infrastructure start(Broker.Kind kind, Path directory, @Nullable TcpProxy proxy) {
    CompletableFuture<Broker> broker =
        CompletableFuture.supplyAsync(() -> kind.start(directory.resolve("broker"), proxy));
    CompletableFuture<PostgresFixture> server =
        CompletableFuture.supplyAsync(() -> PostgresFixture.start(directory.resolve("postgres")));
    try {
      return new Infrastructure(kind, directory, proxy, broker.join(), server.join());
    } catch (CompletionException failure) {
      throw failure.getCause() instanceof RuntimeException cause ? cause : failure;
    }
  }

  /**
   * Ends the broker by SIGKILL. Does not wait until it is gone: by then the services may have
   * handled all that they had of it.
   */
  void killBroker() {
    ProcessHandle.of(broker.pid().orElseThrow()).orElseThrow().destroyForcibly();
  }

  /** Starts a killed broker again, where it was, with what it had written. */
  void restartBroker() {
    ProcessHandle.of(broker.pid().orElseThrow()).ifPresent(process -> process.onExit().join());
    required().leadNowhere();
    broker.close();
    broker = kind.start(directory.resolve("broker"), required());
  }

  /** The broker as it was last started. */
  Broker broker() {
    return broker;
  }

  /** Cuts all connections between services and broker; returns how many there were. */
  int cutConnections() {
    return required().cut();
  }

  private TcpProxy required() {
    return Objects.requireNonNull(proxy, "only with a proxy are there faults");
  }

  Books books() {
    return new Books(
        pool(orders), pool(payment), pool(shipping), Carrier.to(broker.address()), this::broker);
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
        "SHOP_BROKER", broker.address(),
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
          %-8s %s
          orders   %s
          payment  %s
          shipping %s
        Stop them: kill %s
        Then remove their files: rm -r %s"""
        .formatted(
            kind.product(),
            broker.address(),
            orders,
            payment,
            shipping,
            String.join(" ", pids),
            directory);
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
