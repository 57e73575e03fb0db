package io.stagepost.outbox.frameworks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.outbox.Outbox;
import io.stagepost.schema.Json;
import io.stagepost.testkit.InMemoryTransport;
import io.stagepost.testkit.fixture.PostgresDatabase;
import io.stagepost.testkit.fixture.PostgresFixture;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A database with orders and an outbox. */
final class Office implements AutoCloseable {
  record Order(String id) {}

  static final EventType<Order> ORDER_PLACED =
      EventType.of("com.example.order.placed.v1", Order.class)
          .source("urn:example:orders")
          .channel("orders")
          .key(Order::id)
          .codec(Json.codec());

  final PostgresDatabase database = PostgresFixture.shared().createDatabase("frameworks");
  final HikariDataSource dataSource = pool(true);
  final Outbox outbox;
  private final Messaging messaging = new InMemoryTransport().messaging().build();

  Office() {
    outbox = Outbox.over(messaging, dataSource);
    outbox.createSchema();
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create table purchase (id text primary key)");
    } catch (SQLException failure) {
      throw new AssertionError(failure);
    }
  }

  HikariDataSource pool(boolean autoCommit) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(database.jdbcUrl());
    config.setUsername(database.username());
    config.setPassword(database.password());
    config.setMaximumPoolSize(3);
    config.setMinimumIdle(0);
    config.setAutoCommit(autoCommit);
    return new HikariDataSource(config);
  }

  long orders() {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery("select count(*) from purchase")) {
      answer.next();
      return answer.getLong(1);
    } catch (SQLException failure) {
      throw new AssertionError(failure);
    }
  }

  @Override
  public void close() {
    messaging.close();
    dataSource.close();
  }
}
