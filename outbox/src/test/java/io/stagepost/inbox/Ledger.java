package io.stagepost.inbox;

import io.stagepost.Outcome;
import io.stagepost.spi.Inbox.Entry;
import io.stagepost.testkit.fixture.PostgresDatabase;
import io.stagepost.testkit.fixture.PostgresFixture;
import java.net.URI;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A database with an inbox and a table of effects, and handlers that write there. */
final class Ledger {
  /** The time of every event. */
  @SuppressWarnings("TimeInStaticInitializer") // one for all of a run is what is wanted
  static final Instant NOW = Instant.now();

  static final Duration TIME = Duration.ofSeconds(30);

  final PostgresDatabase database = PostgresFixture.shared().createDatabase("inbox");
  final DataSource dataSource = database.dataSource();
  final JdbcInbox inbox = JdbcInbox.in(dataSource);

  /** How often a handler ran. */
  final AtomicInteger runs = new AtomicInteger();

  Ledger() throws SQLException {
    inbox.createSchema();
    execute("create table effect (text text not null)");
  }

  static Entry event(String id, @Nullable String key) {
    return new Entry("billing", URI.create("urn:shop"), id, key, NOW);
  }

  /** Handles an event: writes an effect of its id and ends in that outcome. */
  Outcome handle(Entry entry, Outcome outcome) throws Exception {
    return inbox.once(
        entry,
        TIME,
        connection -> {
          effect(connection, entry.id());
          return outcome;
        });
  }

  Outcome handle(Entry entry) throws Exception {
    return handle(entry, Outcome.done());
  }

  void effect(Connection connection, String text) throws SQLException {
    runs.incrementAndGet();
    try (PreparedStatement statement =
        connection.prepareStatement("insert into effect values (?)")) {
      statement.setString(1, text);
      statement.executeUpdate();
    }
  }

  List<String> effects() throws SQLException {
    return query("select text from effect order by text");
  }

  /** The inbox's rows: id, and of which event it is a duplicate. */
  List<String> entered() throws SQLException {
    return query(
        "select id || coalesce(' duplicate of ' || duplicate_of, '') from stagepost_inbox"
            + " order by id");
  }

  /** The keys: who holds them. */
  List<String> keys() throws SQLException {
    return query(
        "select key_text || ' held by ' || id || case when refused then ', refused' else '' end"
            + " from stagepost_inbox_key order by key_text");
  }

  List<String> query(String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    }
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
