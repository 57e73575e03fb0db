package io.stagepost.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.Messaging;
import io.stagepost.outbox.Post.Note;
import io.stagepost.testkit.InMemoryTransport;
import io.stagepost.testkit.fixture.MariaDbFixture;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;

/**
 * The whole way, from a transaction to a broker, on the databases that are found by their names.
 */
class OtherDatabasesTest {
  private static final int ROWS = 300;

  @Test
  void d08_on_mariadb_what_is_committed_is_sent_in_order() throws Exception {
    committedIsSentInOrder(MariaDbFixture.shared().createDatabase("outbox").dataSource());
  }

  @Test
  void d08_on_h2_what_is_committed_is_sent_in_order() throws Exception {
    JdbcDataSource dataSource = new JdbcDataSource();
    dataSource.setURL("jdbc:h2:mem:other-databases;DB_CLOSE_DELAY=-1");
    committedIsSentInOrder(dataSource);
  }

  private static void committedIsSentInOrder(DataSource dataSource) throws Exception {
    InMemoryTransport broker = new InMemoryTransport();
    List<String> committed = new ArrayList<>();
    try (Messaging messaging = broker.messaging().build()) {
      Outbox outbox = Outbox.builder(messaging, dataSource).strictOrder().build();
      outbox.createSchema();
      outbox.verifySchema();
      try (Relay relay = outbox.relay().start()) {
        for (int i = 0; i < ROWS; i++) {
          try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            outbox.within(connection).publish(Post.NOTE.event(new Note("a", "note " + i)));
            if (i % 5 == 0) {
              connection.rollback();
            } else {
              connection.commit();
              committed.add("note " + i);
            }
          }
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> relay.sent() == committed.size());
        assertThat(relay.violations()).isZero();
      }
      assertThat(outbox.pending()).isZero();
      assertThat(outbox.describe()).isNotEmpty();
    }
    List<String> texts = Post.texts(broker, "notes");
    assertThat(texts).hasSameSizeAs(committed);
    for (int i = 0; i < texts.size(); i++) {
      assertThat(texts.get(i)).contains("\"" + committed.get(i) + "\"");
    }
  }
}
