package io.stagepost.outbox;

import static io.stagepost.outbox.Post.NOTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.stagepost.ConfigurationException;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.outbox.Post.Note;
import io.stagepost.outbox.store.ParkedRow;
import io.stagepost.schema.Json;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.testkit.fixture.KafkaFixture;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * What is wrong is told at the earliest point: where the event is published, if it can be known
 * there; where the relay starts, if it concerns the database; else in the parked row, while the
 * rest goes on. (A connection that is closed, or in no transaction: {@code OutboxTest}.)
 */
class BadInputTest {
  private final String run = Long.toString(System.nanoTime(), 36);
  private final EventType<Note> note =
      EventType.of("com.example.note.v1", Note.class)
          .source("urn:example:test")
          .channel("bad-input-" + run)
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

  private void relays(int sent, int parked) {
    try (Relay relay = outbox.relay().start()) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> relay.sent() == sent && relay.parked() == parked);
    }
  }

  private void insert(Message... messages) throws SQLException {
    Connection connection = post.begin();
    outbox.insert(connection, List.of(messages));
    connection.commit();
  }

  @Test
  void a_payload_over_the_type_s_own_bound_is_refused_where_it_is_published() throws Exception {
    EventType<Note> small = note.maxBytes(100);
    Connection connection = post.begin();

    assertThatExceptionOfType(MessagingException.class)
        .isThrownBy(
            () -> outbox.within(connection).publish(small.event(new Note("a", "x".repeat(200)))))
        .withMessageContaining("100");
    assertThat(outbox.pending()).isZero();
  }

  @Test
  void a_payload_or_a_header_over_the_broker_s_limit_is_parked_and_the_rest_goes_on()
      throws Exception {
    String topic = note.channel();
    byte[] key = "a".getBytes(UTF_8);
    byte[] large = new byte[2_000_000];
    insert(
        new Message(topic, key, List.of(), large),
        new Message(topic, key, List.of(new Header("large", large)), null),
        new Message(topic, key, List.of(), "small".getBytes(UTF_8)));

    relays(1, 2);

    assertThat(outbox.parked().list(topic, 10))
        .extracting(ParkedRow::error)
        .allSatisfy(error -> assertThat(error).contains("SP-KAFKA-"));
  }

  @Test
  void an_address_that_cannot_be_is_parked() throws Exception {
    insert(new Message("no topic/has such: a name", null, List.of(), new byte[0]));

    relays(0, 1);
  }

  @Test
  void an_event_whose_key_is_null_has_no_order_and_is_sent() throws Exception {
    Connection connection = post.begin();
    outbox.within(connection).publish(note.event(new Note(null, "text")));
    connection.commit();

    relays(1, 0);
  }

  private void assertRelayRefused(String code) {
    assertRelayRefused(outbox, code);
  }

  private static void assertRelayRefused(Outbox outbox, String code) {
    assertThatExceptionOfType(MessagingException.class)
        .isThrownBy(() -> outbox.relay().start())
        .satisfies(
            refusal ->
                assertThat(
                        refusal instanceof ConfigurationException all
                            ? String.join("\n", all.problems())
                            : refusal.code() + " " + refusal.getMessage())
                    .contains(code));
  }

  @Test
  void a_relay_on_a_read_only_server_does_not_start() throws Exception {
    String database = post.database.name();
    post.execute("alter database \"" + database + "\" set default_transaction_read_only = on");

    assertRelayRefused("SP-OUTBOX-018");
  }

  @Test
  void a_relay_on_tables_of_an_older_version_does_not_start() throws Exception {
    post.execute("alter table stagepost_outbox drop column created_at");
    post.execute("alter table stagepost_outbox_mark drop column epoch");

    assertRelayRefused("stagepost_outbox lacks created_at");
    assertRelayRefused("stagepost_outbox_mark lacks epoch");
  }

  @Test
  void a_relay_whose_user_may_not_delete_does_not_start() throws Exception {
    String role = "publisher_" + post.database.name();
    post.execute(
        ("create role %1$s; grant usage on schema public to %1$s;"
                + " grant select, insert on all tables in schema public to %1$s;"
                + " grant select, usage on all sequences in schema public to %1$s")
            .formatted(role));
    try {
      PGSimpleDataSource poor = new PGSimpleDataSource();
      poor.setURL(post.database.jdbcUrl());
      poor.setUser(post.database.username());
      poor.setPassword(post.database.password());
      poor.setOptions("-c role=" + role);

      assertRelayRefused(Outbox.over(messaging, poor), "DELETE on stagepost_outbox");
    } finally {
      post.execute("drop owned by " + role + "; drop role " + role);
    }
  }

  @Test
  void a_table_s_name_that_cannot_be_one_is_refused() {
    assertThatExceptionOfType(MessagingException.class)
        .isThrownBy(
            () ->
                Outbox.builder(post.messaging, post.dataSource)
                    .table("outbox; drop table orders")
                    .build()
                    .createSchema())
        .withMessageContaining("outbox; drop table orders");
  }

  @Test
  void an_outbox_under_another_name_in_another_schema_works_beside_the_usual_one()
      throws Exception {
    post.execute("create schema shop");
    Outbox other =
        Outbox.builder(post.messaging, post.dataSource).table("shop.events_out").shards(2).build();
    other.createSchema();
    other.verifySchema();
    Connection connection = post.begin();
    other.within(connection).publish(NOTE.event(new Note("a", "elsewhere")));
    post.outbox.within(connection).publish(NOTE.event(new Note("a", "usual")));
    connection.commit();

    try (Relay relay = other.relay().start()) {
      await().atMost(Duration.ofSeconds(20)).until(() -> relay.sent() == 1);
    }
    assertThat(Post.texts(post.broker, "notes"))
        .containsExactly("{\"key\":\"a\",\"text\":\"elsewhere\"}");
    assertThat(post.outbox.pending()).isEqualTo(1);
    assertThat(other.describe()).anyMatch(line -> line.startsWith("events_out:"));
  }

  @Test
  void depth_tells_how_much_waits_and_for_how_long() throws Exception {
    assertThat(outbox.depth(10).rows()).isZero();
    assertThat(outbox.depth(10).oldest()).isZero();
    post.commit("a", "1", "2", "3");
    post.execute("update stagepost_outbox set created_at = now() - interval '1 hour' where id = 1");

    assertThat(outbox.depth(2).rows()).isEqualTo(2);
    assertThat(outbox.depth(10).rows()).isEqualTo(3);
    assertThat(outbox.depth(10).oldest()).isBetween(Duration.ofHours(1), Duration.ofHours(2));
  }
}
