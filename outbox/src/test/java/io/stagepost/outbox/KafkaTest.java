package io.stagepost.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.inbox.JdbcInbox;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.outbox.Post.Note;
import io.stagepost.schema.Json;
import io.stagepost.testkit.fixture.KafkaFixture;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** From a transaction, through the relay and a real broker, into a transaction. */
class KafkaTest {
  private static final int KEYS = 5;
  private static final int PER_KEY = 40;

  private final String run = UUID.randomUUID().toString().substring(0, 8);
  private final EventType<Note> note =
      EventType.of("com.example.note.v1", Note.class)
          .source("urn:example:test")
          .channel("outbox-notes-" + run)
          .key(Note::key)
          .codec(Json.codec());
  private final Post post = new Post(8);
  private final Messaging messaging =
      Messaging.over(KafkaTransport.to(KafkaFixture.shared().bootstrapServers()));
  private final Outbox outbox = Outbox.over(messaging, post.dataSource);

  @AfterEach
  void close() throws Exception {
    messaging.close();
    post.close();
  }

  @Test
  void d07_d08_effects_follow_commits_once_and_in_order_per_key() throws Exception {
    JdbcInbox inbox = JdbcInbox.in(post.dataSource);
    inbox.createSchema();
    post.execute("create table effect (n bigserial, key text, text text)");
    messaging
        .subscribe("readers-" + run)
        .inbox(inbox)
        .onceIn(note, (event, connection) -> effect(connection, event.data()))
        .start();
    try (Relay relay = outbox.relay().start()) {
      for (int i = 0; i < PER_KEY; i++) {
        Connection connection = post.begin();
        for (int key = 0; key < KEYS; key++) {
          outbox.within(connection).publish(note.event(new Note("key" + key, "%03d".formatted(i))));
        }
        connection.commit();
        connection.close();
        if (i == PER_KEY / 2) {
          // the relay repeats what it had sent; the inbox lets nothing take effect twice
          post.execute(
              "select pg_terminate_backend(pid) from pg_stat_activity where datname ="
                  + " current_database() and query ~ 'stagepost_outbox' and pid <>"
                  + " pg_backend_pid()");
        }
      }
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> post.query("select count(*) from effect").equals("" + KEYS * PER_KEY));
      assertThat(relay.violations()).isZero();
    }
    assertThat(
            post.query(
                "select count(*) from (select text, lag(text) over (partition by key order by n)"
                    + " before from effect) e where before >= text"))
        .as("out of order")
        .isEqualTo("0");
    assertThat(outbox.pending()).isZero();
  }

  private static void effect(Connection connection, Note note) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("insert into effect (key, text) values (?, ?)")) {
      statement.setString(1, note.key());
      statement.setString(2, note.text());
      statement.executeUpdate();
    }
  }

  @Test
  void d08_what_a_real_broker_refuses_is_parked() throws Exception {
    Connection connection = post.begin();
    outbox.within(connection).publish(note.event(new Note("a", "x".repeat(2_000_000))));
    outbox.within(connection).publish(note.event(new Note("a", "small")));
    connection.commit();

    try (Relay relay = outbox.relay().start()) {
      await().atMost(Duration.ofSeconds(60)).until(() -> relay.sent() + relay.parked() == 2);
      assertThat(relay.parked()).isEqualTo(1);
    }
    assertThat(post.query("select error from stagepost_outbox_parked")).contains("SP-KAFKA-");
  }
}
