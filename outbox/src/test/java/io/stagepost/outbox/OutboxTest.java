package io.stagepost.outbox;

import static io.stagepost.outbox.Post.NOTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.stagepost.ConfigurationException;
import io.stagepost.Event;
import io.stagepost.MessagingException;
import io.stagepost.TransactionalPublisher;
import io.stagepost.inbox.JdbcInbox;
import io.stagepost.outbox.Post.Note;
import io.stagepost.spi.Inbox;
import io.stagepost.spi.Message;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class OutboxTest {
  private final Post post = new Post(8);
  private final Outbox outbox = post.outbox;

  @AfterEach
  void close() throws Exception {
    post.close();
  }

  private static Event<Note> note(String key, String text) {
    return NOTE.event(new Note(key, text));
  }

  @Test
  void d08_an_event_is_stored_as_it_would_be_sent() throws Exception {
    Event<Note> event = note("ada", "hello").withId("42");
    Connection connection = post.begin();
    outbox.within(connection).publish(event);
    connection.commit();

    post.rounds().run();

    Message sent = post.wire.arrived().get(0);
    assertThat(sent.address()).isEqualTo("notes");
    assertThat(sent.key()).isEqualTo("ada".getBytes(UTF_8));
    assertThat(sent.header("ce_id")).isEqualTo("42".getBytes(UTF_8));
    assertThat(Wire.text(sent)).isEqualTo("{\"key\":\"ada\",\"text\":\"hello\"}");
  }

  @Test
  void d08_events_of_one_call_leave_in_its_order() throws Exception {
    List<Event<Note>> events = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      events.add(note("ada", "" + i));
    }
    Connection connection = post.begin();
    outbox.within(connection).publishAll(events);
    connection.commit();

    post.rounds().run();

    assertThat(post.wire.texts())
        .isEqualTo(
            events.stream()
                .map(e -> "{\"key\":\"ada\",\"text\":\"" + e.data().text() + "\"}")
                .toList());
  }

  @Test
  void publishing_nothing_does_nothing() throws Exception {
    outbox.within(post.begin()).publishAll(List.of());

    assertThat(outbox.pending()).isZero();
  }

  private static void assertRefused(String code, Runnable publish) {
    assertThatExceptionOfType(MessagingException.class)
        .isThrownBy(publish::run)
        .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(code));
  }

  @Test
  void d08_a_connection_without_a_transaction_is_refused() throws Exception {
    Connection connection = post.begin();
    TransactionalPublisher early = outbox.within(connection);
    connection.setAutoCommit(true);

    assertRefused("SP-OUTBOX-001", () -> outbox.within(connection));
    assertRefused("SP-OUTBOX-001", () -> early.publish(note("a", "b")));
    connection.close();
    assertRefused("SP-OUTBOX-002", () -> outbox.within(connection));
    assertRefused("SP-OUTBOX-002", () -> early.publish(note("a", "b")));
  }

  @Test
  void a_transaction_that_cannot_write_is_refused() throws Exception {
    Connection driver = post.begin();
    driver.setReadOnly(true);
    assertRefused("SP-OUTBOX-003", () -> outbox.within(driver));

    Connection server = post.begin();
    Post.query(server, "select set_config('transaction_read_only', 'on', true)");
    assertRefused("SP-OUTBOX-003", () -> outbox.within(server).publish(note("a", "b")));
  }

  @Test
  void errors_of_the_database_are_told_by_sqlstate() throws Exception {
    Connection failed = post.begin();
    try (Statement statement = failed.createStatement()) {
      statement.execute("select 1 / 0");
    } catch (SQLException expected) {
      assertThat(expected.getSQLState()).isEqualTo("22012");
    }
    assertRefused("SP-OUTBOX-004", () -> outbox.within(failed).publish(note("a", "b")));

    Connection elsewhere = post.begin();
    Post.query(elsewhere, "select set_config('search_path', 'pg_temp', false)");
    assertRefused("SP-OUTBOX-005", () -> outbox.within(elsewhere).publish(note("a", "b")));

    post.execute("create role poor_" + post.database.name());
    post.execute("grant usage on schema public to poor_" + post.database.name());
    Connection poor = post.begin();
    Post.query(poor, "select set_config('role', 'poor_" + post.database.name() + "', false)");
    assertRefused("SP-OUTBOX-006", () -> outbox.within(poor).publish(note("a", "b")));
    poor.rollback();
    post.execute("drop owned by poor_" + post.database.name());
    post.execute("drop role poor_" + post.database.name());

    Connection cut = post.begin();
    post.execute(
        "select pg_terminate_backend(" + Post.query(cut, "select pg_backend_pid()") + ", 5000)");
    assertRefused("SP-OUTBOX-008", () -> outbox.within(cut).publish(note("a", "b")));

    PGSimpleDataSource nowhere = new PGSimpleDataSource();
    nowhere.setURL("jdbc:postgresql://127.0.0.1:1/nothing");
    assertRefused("SP-OUTBOX-008", () -> Outbox.over(post.messaging, nowhere).relay().start());
  }

  @Test
  void that_a_transaction_cannot_be_rolled_back_does_not_hide_why_it_should_be() {
    assertThatExceptionOfType(MessagingException.class)
        .isThrownBy(
            () ->
                outbox.inTransaction(
                    "It failed",
                    (store, connection) -> {
                      post.execute(
                          "select pg_terminate_backend("
                              + Post.query(connection, "select pg_backend_pid()")
                              + ", 5000)");
                      throw new SQLException("the cause", "40001");
                    }))
        .satisfies(failure -> assertThat(failure.code()).isEqualTo("SP-OUTBOX-007"))
        .havingCause()
        .withMessage("the cause")
        .satisfies(cause -> assertThat(cause.getSuppressed()).hasSize(1));
  }

  @Test
  void d07_d08_effect_inbox_and_outbox_commit_or_vanish_together() throws Exception {
    JdbcInbox inbox = JdbcInbox.in(post.dataSource);
    inbox.createSchema();
    post.execute("create table effect (text text)");
    Inbox.Entry entry =
        new Inbox.Entry("billing", URI.create("urn:shop"), "1", "order-7", Instant.now());
    Inbox.Work<Connection> work =
        connection -> {
          try (Statement statement = connection.createStatement()) {
            statement.execute("insert into effect values ('charged')");
          }
          outbox.within(connection).publish(note("order-7", "billed"));
          return io.stagepost.Outcome.done();
        };
    String all =
        "select concat_ws(' ', (select count(*) from effect), (select count(*) from"
            + " stagepost_outbox), (select count(*) from stagepost_inbox), (select count(*) from"
            + " stagepost_inbox_key))";

    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(
            () ->
                inbox.once(
                    entry,
                    Duration.ofSeconds(30),
                    connection -> {
                      work.in(connection);
                      throw new IllegalStateException("late");
                    }));
    assertThat(post.query(all)).isEqualTo("0 0 0 0");

    inbox.once(entry, Duration.ofSeconds(30), work);
    assertThat(post.query(all)).isEqualTo("1 1 1 1");

    inbox.once(entry, Duration.ofSeconds(30), work);
    assertThat(post.query(all)).isEqualTo("1 1 1 1");
    post.rounds().run();
    assertThat(post.wire.arrived()).hasSize(1);
  }

  @Test
  void creating_the_schema_is_idempotent_also_at_the_same_time() {
    Post empty = post;
    List<CompletableFuture<Void>> creating = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      creating.add(CompletableFuture.runAsync(empty.outbox::createSchema));
    }
    creating.forEach(CompletableFuture::join);

    outbox.verifySchema();
  }

  @Test
  void d19_all_that_is_wrong_with_the_schema_is_said_at_once() throws Exception {
    post.commit("a", "1", "2", "3");
    int shard = new ShardOf(8).key("a".getBytes(UTF_8));
    int other = (shard + 1) % 8;
    int third = (shard + 2) % 8;
    int fourth = (shard + 3) % 8;
    post.execute("select setval('stagepost_outbox_id_" + shard + "', 2)");
    post.execute("alter sequence stagepost_outbox_id_" + other + " cache 20 increment 2");
    post.execute("drop sequence stagepost_outbox_id_" + third);
    post.execute("create sequence stagepost_outbox_id_8");
    post.execute("insert into stagepost_outbox_mark values (" + fourth + ", 1000)");

    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> outbox.relay().start())
        .satisfies(
            e ->
                assertThat(e.problems())
                    .hasSize(5)
                    .anySatisfy(
                        p ->
                            assertThat(p)
                                .startsWith(
                                    "SP-OUTBOX-015 The sequence stagepost_outbox_id_" + shard)
                                .contains("stands at 2, below the id 3"))
                    .anySatisfy(
                        p ->
                            assertThat(p)
                                .startsWith(
                                    "SP-OUTBOX-014 The sequence stagepost_outbox_id_" + other)
                                .contains("CACHE 20 and INCREMENT 2"))
                    .anySatisfy(
                        p ->
                            assertThat(p)
                                .startsWith(
                                    "SP-OUTBOX-012 The sequence stagepost_outbox_id_" + third))
                    .anySatisfy(
                        p ->
                            assertThat(p)
                                .startsWith(
                                    "SP-OUTBOX-015 The sequence stagepost_outbox_id_" + fourth)
                                .contains("stands at 0, below the id 1000"))
                    .anySatisfy(
                        p ->
                            assertThat(p)
                                .startsWith("SP-OUTBOX-013 The sequence stagepost_outbox_id_8")));

    post.execute("drop table stagepost_outbox_parked");
    post.execute("alter table stagepost_outbox_mark drop column low");
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(outbox::verifySchema)
        .satisfies(
            e ->
                assertThat(e.problems())
                    .satisfiesExactly(
                        p ->
                            assertThat(p)
                                .startsWith(
                                    "SP-OUTBOX-011 The table stagepost_outbox_mark lacks low"),
                        p ->
                            assertThat(p)
                                .startsWith(
                                    "SP-OUTBOX-011 The table stagepost_outbox_parked does not"
                                        + " exist")));
  }

  @Test
  void settings_out_of_range_are_refused() {
    assertRefused("SP-OUTBOX-016", () -> Outbox.builder(post.messaging, post.dataSource).shards(0));
    assertRefused(
        "SP-OUTBOX-016", () -> Outbox.builder(post.messaging, post.dataSource).shards(257));
    assertRefused("SP-OUTBOX-016", () -> outbox.relay().rowsPerShard(0));
    assertRefused("SP-OUTBOX-016", () -> outbox.relay().bytesPerShard(0));
    assertRefused("SP-OUTBOX-016", () -> outbox.relay().shardsPerRound(0));
  }

  @Test
  void the_number_of_shards_changes_while_the_outbox_is_empty() throws Exception {
    post.commit("a", "1");
    assertRefused("SP-OUTBOX-028", () -> outbox.changeShards(16));
    outbox.verifySchema();
    post.rounds().run();

    outbox.changeShards(16);
    assertThatExceptionOfType(ConfigurationException.class).isThrownBy(outbox::verifySchema);
    Outbox wider = Outbox.builder(post.messaging, post.dataSource).shards(16).build();
    wider.verifySchema();
    Connection connection = post.begin();
    for (int i = 0; i < 300; i++) {
      wider.within(connection).publish(note("key" + i, "text"));
    }
    connection.commit();
    assertThat(post.query("select count(distinct shard) from stagepost_outbox")).isEqualTo("16");
    try (Relay relay = wider.relay().start()) {
      await().until(() -> relay.sent() == 300);
    }

    wider.changeShards(3);
    Outbox narrower = Outbox.builder(post.messaging, post.dataSource).shards(3).build();
    narrower.verifySchema();
    Connection again = post.begin();
    narrower.within(again).publish(note("a", "text"));
    again.commit();
    try (Relay relay = narrower.relay().start()) {
      await().until(() -> relay.sent() == 1);
    }
    assertRefused("SP-OUTBOX-016", () -> narrower.changeShards(0));
  }
}
