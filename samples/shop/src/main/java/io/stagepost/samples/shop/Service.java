package io.stagepost.samples.shop;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.Messaging;
import io.stagepost.spi.Transport;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/**
 * What each service is made with: messaging and a database, both found in the environment, and an
 * orderly end.
 *
 * <p>A service ends when its standard input does, that is with whoever started it, or by SIGTERM.
 * It then closes what it was told to, the last thing first. When it fails it ends with exit code 1;
 * restarting it is the business of whoever started it.
 */
final class Service {
  private static final Logger LOG = System.getLogger(Service.class.getName());
  private static final int CLOSE_SECONDS = 8;

  private final Messaging messaging;
  private final HikariDataSource database;
  private final InjectedFaults faults;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  private Service(Messaging messaging, HikariDataSource database, InjectedFaults faults) {
    this.messaging = messaging;
    this.database = database;
    this.faults = faults;
  }

  /** Connects a service to its surroundings. */
  static Service start(String name) {
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> {
          LOG.log(Level.ERROR, "The service ends, because a thread of it failed", failure);
          System.exit(1);
        });
    HikariConfig pool = new HikariConfig();
    pool.setPoolName(name);
    pool.setJdbcUrl(setting("SHOP_JDBC_URL"));
    pool.setUsername(setting("SHOP_DB_USER"));
    pool.setPassword(setting("SHOP_DB_PASSWORD"));
    pool.setMaximumPoolSize(20); // a connection for each handler, and some for the relay
    HikariDataSource database = new HikariDataSource(pool);
    Transport transport = Carrier.to(setting("SHOP_BROKER"));
    Optional<String> faultSeed = optionalSetting("SHOP_FAULT_SEED"); // only with --faults
    Optional<Tally> tally = faultSeed.map(seed -> Tally.start(database, transport));
    Messaging.Builder messaging = Messaging.builder(transport);
    tally.ifPresent(messaging::observer);
    optionalSetting("SHOP_OVERLAY").map(Path::of).ifPresent(messaging::overlay);
    Service service =
        new Service(
            messaging.build(),
            database,
            faultSeed.map(Service::faults).orElse(InjectedFaults.NONE));
    service.closeAtEnd(database);
    tally.ifPresent(service::closeAtEnd);
    service.closeAtEnd(service.messaging);
    Runtime.getRuntime().addShutdownHook(new Thread(service::close, "close"));
    new Thread(Service::exitAtEndOfInput, "end-of-input").start();
    return service;
  }

  private static InjectedFaults faults(String seed) {
    String line = optionalSetting("SHOP_FAULT_LINE").orElse("0");
    return new InjectedFaults(Long.parseLong(seed), Long.parseLong(line));
  }

  /** The value of an environment variable that must be set. */
  static String setting(String name) {
    return optionalSetting(name)
        .orElseThrow(() -> new IllegalStateException("Set the environment variable " + name));
  }

  static Optional<String> optionalSetting(String name) {
    return Optional.ofNullable(System.getenv(name));
  }

  Messaging messaging() {
    return messaging;
  }

  DataSource database() {
    return database;
  }

  /** What its handlers are to be wrapped in, to fail on purpose where that is wanted. */
  InjectedFaults faults() {
    return faults;
  }

  /** Executes statements that create tables where they do not exist. */
  void createTables(String... statements) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** Leaves it to this service to close something, before all that was left to it earlier. */
  synchronized void closeAtEnd(AutoCloseable closeable) {
    open.push(closeable);
  }

  private synchronized void close() {
    // What cannot be closed in time, with the broker gone for example, must not keep it alive.
    CompletableFuture.delayedExecutor(CLOSE_SECONDS, TimeUnit.SECONDS)
        .execute(() -> Runtime.getRuntime().halt(1));
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception failure) {
        LOG.log(Level.WARNING, "Something did not close", failure);
      }
    }
  }

  private static void exitAtEndOfInput() {
    try {
      System.in.transferTo(OutputStream.nullOutputStream());
    } catch (IOException gone) {
      LOG.log(Level.WARNING, "Standard input failed, which is taken for its end", gone);
    }
    System.exit(0);
  }
}
