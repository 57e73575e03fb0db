package io.stagepost.prove;

import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.Messaging;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.inbox.JdbcInbox;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** A process that handles events, each with a row as its effect. */
final class ConsumerProcess {
  private static final int CONCURRENCY = 6;

  private ConsumerProcess() {}

  /** Runs until its input ends. */
  public static void main(String[] arguments) throws InterruptedException {
    Wiring wiring = Wiring.of(arguments);
    Role role = Role.begin(order -> {});
    HikariDataSource pool = wiring.pool(CONCURRENCY + 1);
    Messaging messaging = wiring.messaging();
    // Nothing is given up: what becomes a dead letter has no effect.
    Policy policy =
        Policy.defaults()
            .timeout(Duration.ofSeconds(10))
            .crashes(1_000_000)
            .retry(
                new Retry(
                    Duration.ofMillis(100),
                    Duration.ofSeconds(2),
                    1_000_000,
                    Duration.ofHours(10)));
    var subscription =
        messaging
            .subscribe(Note.CONSUMER)
            .policy(policy)
            .limits(limits -> limits.concurrency(CONCURRENCY));
    if (wiring.mutation() == Mutation.NO_INBOX) {
      subscription.on(
          Note.TYPE,
          event -> {
            try (Connection connection = pool.getConnection()) {
              insert(connection, event.id(), event.data());
            }
            role.count("worked").increment();
          });
      subscription.start();
    } else {
      subscription
          .inbox(JdbcInbox.in(pool))
          .onceIn(
              Note.TYPE,
              (event, connection) -> {
                insert(connection, event.id(), event.data());
                role.count("worked").increment();
              })
          .start();
    }
    new CountDownLatch(1).await();
  }

  private static void insert(Connection connection, String event, @Nullable Note note)
      throws SQLException {
    if (note == null) {
      throw new IllegalStateException(event + " has no body");
    }
    try (PreparedStatement statement =
        connection.prepareStatement(
            "insert into effect (event, event_key, seq) values (?, ?, ?)")) {
      statement.setString(1, event);
      statement.setString(2, note.key());
      statement.setLong(3, note.seq());
      statement.executeUpdate();
    }
  }
}
