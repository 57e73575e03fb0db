package io.stagepost.outbox.contract;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.outbox.store.Fetched;
import io.stagepost.outbox.store.Lane;
import io.stagepost.outbox.store.Learned;
import io.stagepost.outbox.store.NewRow;
import io.stagepost.outbox.store.OutboxStore;
import io.stagepost.outbox.store.Refusal;
import io.stagepost.outbox.store.RelaySession;
import io.stagepost.outbox.store.Row;
import io.stagepost.outbox.store.RowId;
import io.stagepost.outbox.store.SessionSettings;
import io.stagepost.testkit.ManualClock;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A store with tables of its own, its writers and its relays, under a clock that the test moves.
 */
final class StoreBench implements AutoCloseable {
  final OutboxStore store;
  final ManualClock clock = new ManualClock();
  private final DataSource dataSource;
  private final int shards;
  private final List<Connection> connections = Collections.synchronizedList(new ArrayList<>());
  private final List<Relay> relays = new ArrayList<>();

  StoreBench(DataSource dataSource, OutboxStore store, int shards) throws SQLException {
    this.dataSource = dataSource;
    this.store = store;
    this.shards = shards;
    try (Connection connection = dataSource.getConnection()) {
      store.createSchema(connection);
    }
  }

  /** A connection; closed with the bench. */
  Connection connection() throws SQLException {
    Connection connection = dataSource.getConnection();
    connections.add(connection);
    return connection;
  }

  /** A connection in a transaction. */
  Connection begin() throws SQLException {
    Connection connection = connection();
    connection.setAutoCommit(false);
    return connection;
  }

  static NewRow row(int shard, @Nullable String key, String text) {
    return new NewRow(
        shard,
        "notes",
        key == null ? null : key.getBytes(UTF_8),
        new byte[] {1, 0, 0, 0, 0},
        text.getBytes(UTF_8));
  }

  static String text(Row row) {
    return new String(Objects.requireNonNull(row.body()), UTF_8);
  }

  /** Inserts into shard 0. */
  void insert(Connection connection, @Nullable String key, String... texts) throws SQLException {
    List<NewRow> rows = new ArrayList<>();
    for (String text : texts) {
      rows.add(row(0, key, text));
    }
    store.insert(connection, rows, false);
  }

  /** Inserts into shard 0 in a transaction of its own. */
  void commit(@Nullable String key, String... texts) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      insert(connection, key, texts);
      connection.commit();
    }
  }

  int retry(RowId... ids) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      int count = store.retry(connection, List.of(ids));
      connection.commit();
      return count;
    }
  }

  int discard(RowId... ids) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      int count = store.discard(connection, List.of(ids));
      connection.commit();
      return count;
    }
  }

  Relay relay() throws SQLException {
    return relay(500, 2L * 1024 * 1024);
  }

  Relay relay(int rows, long bytes) throws SQLException {
    Relay relay = new Relay(rows, bytes);
    relays.add(relay);
    return relay;
  }

  /** What a relay would be, without a broker: says what becomes of each row that it is shown. */
  final class Relay {
    final Connection connection;
    final RelaySession session;
    final List<RowId> violations = new ArrayList<>();
    boolean open;
    boolean cut;

    /** Rows that are left in place. */
    Predicate<Row> leaves = row -> false;

    /** Rows that are refused, with a hold. */
    Predicate<Row> refuses = row -> false;

    Relay(int rows, long bytes) throws SQLException {
      connection = dataSource.getConnection();
      session =
          store.open(connection, new SessionSettings(rows, bytes, Duration.ofSeconds(60), clock));
    }

    List<Integer> claim() throws SQLException {
      return session.claim(IntStream.range(0, shards).boxed().toList(), shards);
    }

    /** The texts of what one round has sent. */
    List<String> run() throws SQLException {
      return run(Map.of());
    }

    List<String> run(Map<Integer, Set<Long>> revisit) throws SQLException {
      List<Row> sent = rows(revisit);
      return sent.stream().map(StoreBench::text).toList();
    }

    List<Row> rows(Map<Integer, Set<Long>> revisit) throws SQLException {
      List<Integer> claimed = claim();
      List<Row> sent = new ArrayList<>();
      List<Refusal> refused = new ArrayList<>();
      cut = false;
      for (Fetched fetched : session.fetch(claimed, revisit)) {
        cut |= fetched.cut();
        Set<Lane> held = new HashSet<>(fetched.held());
        for (Row row : fetched.rows()) {
          Lane lane = row.lane();
          if (leaves.test(row) || (lane != null && held.contains(lane))) {
            continue;
          }
          if (refuses.test(row)) {
            refused.add(new Refusal(row, "no good", true));
            if (lane != null) {
              held.add(lane);
            }
          } else {
            sent.add(row);
          }
        }
      }
      if (!sent.isEmpty() || !refused.isEmpty()) {
        session.settle(sent, refused);
      }
      Learned learned = session.commit(claimed);
      violations.addAll(learned.violations());
      open = learned.open();
      return sent;
    }

    /** Rounds of a second each: what they have sent. */
    List<String> run(Duration time) throws SQLException {
      List<String> sent = new ArrayList<>();
      for (Duration past = Duration.ZERO; past.compareTo(time) < 0; past = past.plusSeconds(1)) {
        clock.advance(Duration.ofSeconds(1));
        sent.addAll(run());
      }
      return sent;
    }
  }

  @Override
  public void close() throws SQLException {
    relays.forEach(relay -> relay.session.close());
    for (Connection connection : connections) {
      connection.close();
    }
  }
}
