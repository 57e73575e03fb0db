package io.stagepost.benchmarks.outbox;

import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.benchmarks.contestant.outbox.Letter;
import io.stagepost.benchmarks.contestant.outbox.Place;
import io.stagepost.benchmarks.contestant.outbox.Postbox;
import io.stagepost.inbox.JdbcInbox;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one would write without the inbox, into the same table: the letter's row unless it is there,
 * the effect, commit. It bounds no time and does not see whether the effect has ended the
 * transaction.
 */
final class InboxByHand implements Postbox {
  private static final String ENTER =
      """
      INSERT INTO stagepost_inbox (consumer, source, id, event_time, received_at)
      VALUES (?, ?, ?, now(), now()) ON CONFLICT DO NOTHING""";

  private @Nullable HikariDataSource pool;

  @Override
  public void open(Place place) {
    pool = place.pool(Place.CONNECTIONS);
    JdbcInbox inbox = JdbcInbox.in(pool);
    inbox.createSchema();
    inbox.housekeep(); // which makes the partitions
  }

  @Override
  public void write(Change change, List<Letter> letters) throws Exception {
    HikariDataSource connections = pool;
    if (connections == null) {
      throw new IllegalStateException("Not open");
    }
    for (Letter letter : letters) {
      try (Connection connection = connections.getConnection()) {
        connection.setAutoCommit(false);
        try (PreparedStatement enter = connection.prepareStatement(ENTER)) {
          enter.setString(1, OursInbox.CONSUMER);
          enter.setString(2, OursInbox.SOURCE.toString());
          enter.setString(3, OursInbox.id(letter));
          if (enter.executeUpdate() != 1) {
            throw new IllegalStateException(letter + " was known");
          }
        }
        change.in(connection);
        connection.commit();
      }
    }
  }

  @Override
  public void start() {}

  @Override
  public void close() {
    if (pool != null) {
      pool.close();
    }
  }
}
