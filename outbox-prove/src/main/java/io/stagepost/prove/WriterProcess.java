package io.stagepost.prove;

import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.Event;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.outbox.Outbox;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A process whose transactions change keys and publish: one to three events, a fifth of them rolled
 * back, some with savepoints. Knows the orders {@code long MILLIS}, one transaction that takes so
 * long, and {@code storm MILLIS}, serializable transactions that get in each other's way for so
 * long.
 */
final class WriterProcess {
  static final int KEYS = 200;
  private static final int THREADS = 4;
  private static final int STORM_THREADS = 6;
  private static final int IDLE_SECONDS = 15;

  private final Wiring wiring;
  private final Role role;
  private final HikariDataSource pool;
  private final Messaging messaging;
  private final Outbox outbox;

  private WriterProcess(Wiring wiring) {
    this.wiring = wiring;
    this.role = Role.begin(this::obey);
    this.pool = wiring.pool(THREADS + STORM_THREADS + 3);
    this.messaging = wiring.messaging();
    this.outbox = Outbox.over(messaging, pool);
  }

  /** Runs until its input ends. */
  public static void main(String[] arguments) {
    WriterProcess writer = new WriterProcess(Wiring.of(arguments));
    for (int i = 1; i < THREADS; i++) {
      Role.start("writer", writer::write);
    }
    writer.write();
  }

  private void obey(String order) {
    String[] words = order.split(" ", -1);
    switch (words[0]) {
      case "long" -> Role.start("long", () -> once(cold(), Long.parseLong(words[1]), false));
      case "storm" -> {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Long.parseLong(words[1]));
        for (int i = 0; i < STORM_THREADS; i++) {
          Role.start("storm", () -> storm(until));
        }
      }
      default -> throw new IllegalArgumentException(order);
    }
  }

  private void write() {
    Random random = ThreadLocalRandom.current();
    double meanMs = 1_000.0 * THREADS / wiring.rate();
    while (true) {
      pause((long) (-meanMs * Math.log(1 - random.nextDouble())));
      once(keys(random), 0, false);
    }
  }

  private void storm(long until) {
    Random random = ThreadLocalRandom.current();
    while (System.nanoTime() < until) {
      once(List.of("key" + (KEYS - 1 - random.nextInt(3))), 0, true);
      pause(5);
    }
  }

  /** One to three keys, low ones the likeliest; mostly in an order in which nobody deadlocks. */
  private static List<String> keys(Random random) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      numbers.add((int) Math.pow(KEYS, random.nextDouble()) - 1);
    }
    if (random.nextInt(20) > 0) {
      numbers.sort(null);
    }
    return numbers.stream().map(number -> "key" + number).toList();
  }

  /** Keys that nobody waits for, mostly. */
  private static List<String> cold() {
    return List.of("key" + (KEYS / 2 + ThreadLocalRandom.current().nextInt(KEYS / 4)));
  }

  /** A transaction, whatever becomes of it. */
  private void once(List<String> keys, long millis, boolean serializable) {
    Random random = ThreadLocalRandom.current();
    try (Connection connection = pool.getConnection()) {
      if (serializable) {
        connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
      }
      wiring.dialect().limitIdle(connection, IDLE_SECONDS + (int) (millis / 1_000));
      connection.setAutoCommit(false);
      try {
        if (serializable) {
          read(connection);
        }
        for (String key : keys) {
          publish(connection, key);
        }
        if (random.nextInt(20) == 0) {
          nest(connection, keys.get(0), random.nextInt(10) == 0 ? 70 : 2);
        }
        pause(millis);
        if (random.nextInt(5) == 0) {
          connection.rollback();
          role.count("rolled-back").increment();
        } else {
          connection.commit();
          role.count("worked").increment();
        }
        if (millis > 0) {
          role.count("long").increment();
        }
      } catch (SQLException | RuntimeException failure) {
        connection.rollback();
        throw failure;
      }
    } catch (SQLException failure) {
      failed(failure);
    } catch (MessagingException failure) {
      failed(failure.getCause() instanceof SQLException sql ? sql : null);
    }
  }

  /** In savepoints, every other one of which is rolled back. */
  private void nest(Connection connection, String key, int depth) throws SQLException {
    for (int i = 0; i < depth; i++) {
      Savepoint savepoint = connection.setSavepoint();
      if (i < 4) {
        publish(connection, key);
      }
      if (i % 2 == 0) {
        connection.rollback(savepoint);
      }
    }
  }

  private void publish(Connection connection, String key) throws SQLException {
    long seq;
    if (wiring.mutation() == Mutation.NO_KEY_LOCK) {
      try (Connection another = pool.getConnection()) {
        seq = wiring.dialect().next(another, key);
      }
      pause(ThreadLocalRandom.current().nextInt(30));
    } else {
      seq = wiring.dialect().next(connection, key);
    }
    Note note = new Note(key, seq, UUID.randomUUID().toString());
    Event<Note> event = Note.TYPE.event(note);
    try (PreparedStatement statement =
        connection.prepareStatement(
            "insert into truth (event, event_key, seq, nonce) values (?, ?, ?, ?)")) {
      statement.setString(1, event.id());
      statement.setString(2, key);
      statement.setLong(3, seq);
      statement.setString(4, note.nonce());
      statement.executeUpdate();
    }
    if (wiring.mutation() == Mutation.EARLY_SEND) {
      var unused = messaging.publish(event);
    } else {
      outbox.within(connection).publish(event);
      if (wiring.mutation() == Mutation.DELETED_ROWS
          && ThreadLocalRandom.current().nextInt(100) == 0) {
        wiring.dialect().deleteLastRow(connection);
      }
    }
  }

  /** What the other transactions of a storm change. */
  private static void read(Connection connection) throws SQLException {
    try (PreparedStatement statement =
            connection.prepareStatement(
                "select sum(seq) from account where event_key in ('key199', 'key198', 'key197')");
        var answer = statement.executeQuery()) {
      answer.next();
    }
  }

  private void failed(@Nullable SQLException failure) {
    role.count("failed").increment();
    if (failure != null && wiring.dialect().isConflict(failure)) {
      role.count("conflicts").increment();
    }
    if (failure != null && wiring.dialect().isDiskFull(failure)) {
      role.count("full").increment();
    }
  }

  private static void pause(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }
}
