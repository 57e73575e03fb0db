package io.stagepost.benchmarks.outbox;

import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.benchmarks.contestant.outbox.Letter;
import io.stagepost.benchmarks.contestant.outbox.Place;
import io.stagepost.benchmarks.contestant.outbox.Postbox;
import io.stagepost.inbox.JdbcInbox;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one would write without the inbox, into the same table: the letters' rows unless they are
 * there, the effect, commit. It bounds no time and does not see whether the effect has ended the
 * transaction.
 */
final class InboxByHand implements Postbox {
  private static final String INSERT =
      "INSERT INTO stagepost_inbox (consumer, source, id, event_time, received_at) ";

  private static final String ENTER =
      INSERT + "VALUES (?, ?, ?, now(), now()) ON CONFLICT DO NOTHING";

  private static final String ENTER_ALL =
      INSERT + "SELECT ?, ?, id, now(), now() FROM unnest(?::text[]) AS id ON CONFLICT DO NOTHING";

  private static final String ENTER_ON_MARIADB =
      INSERT.replace("INSERT", "INSERT IGNORE") + "VALUES ";

  private @Nullable HikariDataSource pool;
  private boolean isMariaDb;

  @Override
  public void open(Place place) {
    isMariaDb = place.isMariaDb();
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
    try (Connection connection = connections.getConnection()) {
      connection.setAutoCommit(false);
      int entered = isMariaDb ? enterOnMariaDb(connection, letters) : enter(connection, letters);
      if (entered != letters.size()) {
        throw new IllegalStateException("some were known of " + letters);
      }
      change.in(connection);
      connection.commit();
    }
  }

  private static int enter(Connection connection, List<Letter> letters) throws SQLException {
    boolean one = letters.size() == 1;
    try (PreparedStatement enter = connection.prepareStatement(one ? ENTER : ENTER_ALL)) {
      enter.setString(1, OursInbox.CONSUMER);
      enter.setString(2, OursInbox.SOURCE.toString());
      if (one) {
        enter.setString(3, OursInbox.id(letters.get(0)));
      } else {
        Object[] ids = letters.stream().map(OursInbox::id).toArray();
        enter.setArray(3, connection.createArrayOf("text", ids));
      }
      return enter.executeUpdate();
    }
  }

  private static int enterOnMariaDb(Connection connection, List<Letter> letters)
      throws SQLException {
    String row = "(?, ?, ?, utc_timestamp(6), utc_timestamp(6))";
    String rows = String.join(", ", Collections.nCopies(letters.size(), row));
    try (PreparedStatement enter = connection.prepareStatement(ENTER_ON_MARIADB + rows)) {
      int at = 1;
      for (Letter letter : letters) {
        enter.setString(at++, OursInbox.CONSUMER);
        enter.setString(at++, OursInbox.SOURCE.toString());
        enter.setString(at++, OursInbox.id(letter));
      }
      return enter.executeUpdate();
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
