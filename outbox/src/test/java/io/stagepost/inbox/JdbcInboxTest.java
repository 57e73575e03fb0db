package io.stagepost.inbox;

import static io.stagepost.inbox.Ledger.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.MessagingException;
import io.stagepost.Outcome;
import io.stagepost.spi.Inbox.Entry;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

class JdbcInboxTest {
  private final Ledger ledger = new Ledger();
  private final JdbcInbox inbox = ledger.inbox;

  JdbcInboxTest() throws SQLException {}

  @Test
  void d07_another_event_of_a_business_key_is_a_recorded_duplicate() throws Exception {
    ledger.handle(event("1", "order-7"));

    assertThat(ledger.handle(event("2", "order-7")))
        .isEqualTo(Outcome.skip("duplicate of urn:shop 1"));
    assertThat(ledger.handle(event("2", "order-7"))).isEqualTo(Outcome.skip("duplicate"));

    assertThat(ledger.effects()).containsExactly("1");
    assertThat(ledger.entered()).containsExactly("1", "2 duplicate of urn:shop 1");
    assertThat(ledger.keys()).containsExactly("order-7 held by 1");
  }

  @Test
  void d07_a_refused_event_holds_its_key_against_others_and_not_against_itself() throws Exception {
    assertThat(inbox.refuse(event("1", "order-7"))).isTrue();
    assertThat(ledger.keys()).containsExactly("order-7 held by 1, refused");
    assertThat(ledger.entered()).isEmpty();

    // a copy with another id, before the replay: a duplicate
    assertThat(ledger.handle(event("2", "order-7")))
        .isEqualTo(Outcome.skip("duplicate of urn:shop 1"));
    // redelivered after a crash and refused again: still its own
    assertThat(inbox.refuse(event("1", "order-7"))).isTrue();
    // replayed, and failing again: still refused
    ledger.handle(event("1", "order-7"), Outcome.deadLetter("no"));
    assertThat(ledger.keys()).containsExactly("order-7 held by 1, refused");
    // replayed with success
    assertThat(ledger.handle(event("1", "order-7"))).isEqualTo(Outcome.done());
    assertThat(ledger.keys()).containsExactly("order-7 held by 1");
    assertThat(ledger.handle(event("1", "order-7"))).isEqualTo(Outcome.skip("duplicate"));
    assertThat(ledger.handle(event("3", "order-7")))
        .isEqualTo(Outcome.skip("duplicate of urn:shop 1"));

    assertThat(ledger.effects()).containsExactly("1");
  }

  @Test
  void d07_an_event_whose_key_another_one_holds_is_not_refused_but_recorded_as_its_duplicate()
      throws Exception {
    ledger.handle(event("1", "order-7"));
    assertThat(inbox.refuse(event("2", "order-8"))).isTrue();

    assertThat(inbox.refuse(event("3", "order-7"))).as("held by a handled one").isFalse();
    assertThat(inbox.refuse(event("4", "order-8"))).as("held by a refused one").isFalse();

    assertThat(ledger.entered())
        .containsExactly("1", "3 duplicate of urn:shop 1", "4 duplicate of urn:shop 2");
    assertThat(ledger.handle(event("3", "order-7"))).isEqualTo(Outcome.skip("duplicate"));
  }

  @Test
  void d07_an_event_that_was_handled_after_all_is_not_given_up() throws Exception {
    ledger.handle(event("1", "order-7"));
    ledger.handle(event("2", null));

    assertThat(inbox.refuse(event("1", "order-7"))).isFalse();
    assertThat(inbox.refuse(event("2", null))).isFalse();

    assertThat(ledger.keys()).containsExactly("order-7 held by 1");
    assertThat(ledger.handle(event("1", "order-7"))).isEqualTo(Outcome.skip("duplicate"));
  }

  @Test
  void d07_a_key_outlives_the_record_of_its_event() throws Exception {
    ledger.handle(event("1", "order-7"));
    ledger.execute("delete from stagepost_inbox");

    assertThat(ledger.handle(event("1", "order-7"))).isInstanceOf(Outcome.Skip.class);
    assertThat(ledger.effects()).containsExactly("1");
  }

  @Test
  void d07_a_crash_before_the_commit_leaves_nothing_and_redelivery_takes_effect() throws Exception {
    assertThatThrownBy(
            () ->
                inbox.once(
                    event("1", "order-7"),
                    Ledger.TIME,
                    connection -> {
                      ledger.effect(connection, "1");
                      kill(connection);
                      return Outcome.done();
                    }))
        .isInstanceOfSatisfying(
            MessagingException.class, e -> assertThat(e.code()).isEqualTo("SP-INBOX-006"));

    assertThat(ledger.effects()).isEmpty();
    assertThat(ledger.entered()).isEmpty();
    assertThat(ledger.keys()).isEmpty();
    assertThat(ledger.handle(event("1", "order-7"))).isEqualTo(Outcome.done());
    assertThat(ledger.effects()).containsExactly("1");
  }

  private void kill(Connection connection) throws SQLException {
    AtomicReference<String> pid = new AtomicReference<>();
    try (Statement statement = connection.createStatement();
        var answer = statement.executeQuery("select pg_backend_pid()")) {
      answer.next();
      pid.set(answer.getString(1));
    }
    ledger.execute("select pg_terminate_backend(" + pid + ", 5000)");
  }

  @Test
  void d07_a_database_error_that_the_handler_swallowed_is_not_success() {
    assertThatExceptionOfType(MessagingException.class)
        .isThrownBy(
            () ->
                inbox.once(
                    event("1", null),
                    Ledger.TIME,
                    connection -> {
                      try (Statement statement = connection.createStatement()) {
                        statement.execute("insert into effect values (null)");
                      } catch (SQLException swallowed) {
                        assertThat(swallowed.getSQLState()).isEqualTo("23502");
                      }
                      return Outcome.done();
                    }))
        .withMessageContaining("SP-INBOX-006");
  }

  private interface Ending {
    void of(Connection connection) throws SQLException;
  }

  static Stream<Ending> endings() {
    return Stream.of(
        Connection::commit,
        Connection::rollback,
        Connection::close,
        connection -> connection.setAutoCommit(true),
        connection -> connection.abort(Runnable::run));
  }

  @ParameterizedTest
  @MethodSource("endings")
  void d07_a_handler_cannot_end_the_transaction(Ending ending) throws Exception {
    assertThatExceptionOfType(MessagingException.class)
        .isThrownBy(
            () ->
                inbox.once(
                    event("1", null),
                    Ledger.TIME,
                    connection -> {
                      ledger.effect(connection, "1");
                      ending.of(connection);
                      return Outcome.done();
                    }))
        .withMessageContaining("SP-INBOX-003");

    assertThat(ledger.effects()).isEmpty();
    assertThat(ledger.entered()).isEmpty();
  }

  @Test
  void a_pool_gets_its_connection_back_as_it_was() throws Exception {
    HikariConfig config = new HikariConfig();
    config.setDataSource(ledger.dataSource);
    config.setMaximumPoolSize(1);
    config.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
    try (HikariDataSource pool = new HikariDataSource(config)) {
      JdbcInbox pooled = JdbcInbox.in(pool);
      AtomicReference<String> isolation = new AtomicReference<>();
      pooled.once(
          event("1", "order-7"),
          Ledger.TIME,
          connection -> {
            try (Statement statement = connection.createStatement();
                var answer = statement.executeQuery("show transaction_isolation")) {
              answer.next();
              isolation.set(answer.getString(1));
            }
            return Outcome.done();
          });
      pooled.refuse(event("2", "order-7"));
      pooled.once(event("3", null), Ledger.TIME, connection -> Outcome.park("no"));

      assertThat(isolation).hasValue("read committed");
      try (Connection connection = pool.getConnection()) {
        assertThat(connection.getAutoCommit()).isTrue();
        assertThat(connection.getTransactionIsolation())
            .isEqualTo(Connection.TRANSACTION_SERIALIZABLE);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"repeatable read", "serializable"})
  void d07_where_transactions_are_stricter_the_second_waits_and_does_not_fail(String isolation)
      throws Exception {
    PGSimpleDataSource strict = (PGSimpleDataSource) ledger.database.dataSource();
    strict.setOptions("-c default_transaction_isolation=" + isolation.replace(" ", "\\ "));
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try (Connection first = ledger.dataSource.getConnection();
        Statement statement = first.createStatement()) {
      first.setAutoCommit(false);
      statement.execute(
          "insert into stagepost_inbox values ('billing', 'urn:shop', '1', '"
              + Ledger.NOW
              + "', now())");
      Future<Outcome> second =
          threads.submit(
              () ->
                  JdbcInbox.in(strict)
                      .once(event("1", null), Ledger.TIME, connection -> Outcome.done()));
      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () ->
                  ledger
                      .query(
                          "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
                              + " and datname = current_database()")
                      .equals(List.of("1")));
      first.commit();

      assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo(Outcome.skip("duplicate"));
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void partitions_are_made_where_their_table_is_and_belong_to_its_owner() throws Exception {
    String owner = "\"Owner of " + ledger.database.name() + "\"";
    ledger.execute("create role " + owner);
    ledger.execute("grant create, usage on schema public to " + owner);
    ledger.execute("alter table stagepost_inbox owner to " + owner);
    ledger.execute("create schema nearer");
    PGSimpleDataSource nearer = (PGSimpleDataSource) ledger.database.dataSource();
    nearer.setCurrentSchema("nearer,public");
    Instant time = Ledger.NOW.minus(Duration.ofDays(5));
    Entry entry = new Entry("billing", URI.create("urn:shop"), "1", null, time);

    assertThat(JdbcInbox.in(nearer).once(entry, Ledger.TIME, connection -> Outcome.done()))
        .isEqualTo(Outcome.done());
    JdbcInbox.in(nearer).housekeep();

    assertThat(
            ledger.query(
                "select relnamespace::regnamespace || ' ' || relowner::regrole from pg_class"
                    + " where relname = 'stagepost_inbox_"
                    + day(time)
                    + "'"))
        .containsExactly("public " + owner);
    assertThat(JdbcInbox.in(nearer).problems()).isEmpty();
    ledger.execute("drop owned by " + owner);
    ledger.execute("drop role " + owner);
  }

  @Test
  void a_partition_whose_detaching_was_cut_off_goes_and_those_after_it() throws Exception {
    Instant longAgo = Ledger.NOW.minus(Duration.ofDays(30));
    JdbcInbox then = JdbcInbox.builder(ledger.dataSource).clock(() -> longAgo).build();
    for (int i = 0; i < 3; i++) {
      Instant time = longAgo.minus(Duration.ofDays(i));
      then.once(
          new Entry("billing", URI.create("urn:shop"), "1", null, time),
          Ledger.TIME,
          connection -> Outcome.done());
    }
    String cutOff = "stagepost_inbox_" + day(longAgo.minus(Duration.ofDays(1)));
    try (Connection reader = ledger.dataSource.getConnection();
        Statement reads = reader.createStatement()) {
      reader.setAutoCommit(false);
      reads.execute("select count(*) from stagepost_inbox");
      try (Connection connection = ledger.dataSource.getConnection();
          Statement detaches = connection.createStatement()) {
        detaches.execute("set statement_timeout = '500ms'");
        assertThatThrownBy(
                () ->
                    detaches.execute(
                        "alter table stagepost_inbox detach partition " + cutOff + " concurrently"))
            .hasMessageContaining("timeout");
      }
      reader.rollback();
    }
    assertThat(ledger.query("select inhrelid::regclass from pg_inherits where inhdetachpending"))
        .containsExactly(cutOff);

    inbox.housekeep();

    assertThat(
            ledger.query(
                "select relname from pg_class where relname ~ '^stagepost_inbox_[0-9]{8}$'"
                    + " order by relname"))
        .first()
        .isEqualTo("stagepost_inbox_" + day(Ledger.NOW));
  }

  @Test
  void d07_the_longest_values_that_are_stored_as_they_are_fit_into_the_index() throws Exception {
    StringBuilder incompressible = new StringBuilder();
    new java.util.Random(7)
        .ints(512, 33, 127)
        .filter(c -> c != '"' && c != '<' && c != '>')
        .forEach(c -> incompressible.append((char) c));
    String text = incompressible.toString();

    assertThat(
            inbox.once(
                new Entry(text, new URI("urn", text, null), text, text, Ledger.NOW),
                Ledger.TIME,
                c -> Outcome.done()))
        .isEqualTo(Outcome.done());
  }

  @Test
  void d19_what_is_wrong_is_said_at_start_all_at_once() throws Exception {
    assertThat(inbox.problems()).isEmpty();

    ledger.execute("alter table stagepost_inbox drop column duplicate_of");
    ledger.execute("drop table stagepost_inbox_key");
    ledger.execute(
        "alter database \"" + ledger.database.name() + "\" set default_transaction_read_only = on");

    assertThat(inbox.problems())
        .satisfiesExactly(
            problem ->
                assertThat(problem)
                    .startsWith("SP-INBOX-001 The table stagepost_inbox lacks duplicate_of"),
            problem ->
                assertThat(problem)
                    .startsWith("SP-INBOX-001 The table stagepost_inbox_key does not exist"),
            problem -> assertThat(problem).startsWith("SP-INBOX-002"));
  }

  @Test
  void d19_a_table_of_an_earlier_version_and_too_short_a_window_are_told() throws Exception {
    ledger.execute("drop table stagepost_inbox");
    ledger.execute(
        "create table stagepost_inbox (consumer text, source text, id text,"
            + " event_time timestamptz, received_at timestamptz, duplicate_of text)");
    JdbcInbox shorter = JdbcInbox.builder(ledger.dataSource).window(Duration.ofDays(2)).build();

    assertThat(shorter.problems())
        .satisfiesExactly(
            problem -> assertThat(problem).startsWith("SP-INBOX-012").contains("PT48H", "PT336H"),
            problem -> assertThat(problem).startsWith("SP-INBOX-011"));
  }

  @Test
  void partitions_are_made_ahead_and_only_what_is_its_own_and_forgotten_is_dropped()
      throws Exception {
    Instant longAgo = Ledger.NOW.minus(Duration.ofDays(30));
    Entry old = new Entry("billing", URI.create("urn:shop"), "1", null, longAgo);
    JdbcInbox then = JdbcInbox.builder(ledger.dataSource).clock(() -> longAgo).build();
    assertThat(then.once(old, Ledger.TIME, connection -> Outcome.done())).isEqualTo(Outcome.done());
    // as a process leaves it that died before the last step
    String left = "stagepost_inbox_" + day(longAgo);
    ledger.execute("comment on table " + left + " is 'stagepost: forgotten'");
    ledger.execute("alter table stagepost_inbox detach partition " + left);
    ledger.execute("create table stagepost_inbox_20200101 (n int)");

    JdbcInbox.builder(ledger.dataSource).clock(() -> Ledger.NOW).build().housekeep();

    assertThat(
            ledger.query(
                "select relname from pg_class where relname ~ '^stagepost_inbox_[0-9]{8}$'"))
        .doesNotContain(left)
        .contains("stagepost_inbox_20200101")
        .contains(
            "stagepost_inbox_" + day(Ledger.NOW),
            "stagepost_inbox_" + day(Ledger.NOW.plus(Duration.ofDays(1))),
            "stagepost_inbox_" + day(Ledger.NOW.plus(Duration.ofDays(2))));
    assertThat(inbox.state().housekeptAt()).isAfter(Ledger.NOW.minus(Duration.ofHours(1)));
    assertThat(inbox.state().forgottenBefore()).isBefore(Ledger.NOW.minus(Duration.ofDays(14)));
  }

  @Test
  void d19_partitions_that_somebody_else_has_made_are_told() throws Exception {
    ledger.execute("create table stagepost_inbox_20200101 (like stagepost_inbox)");
    ledger.execute(
        "alter table stagepost_inbox attach partition stagepost_inbox_20200101"
            + " for values from ('2020-01-01 00:00Z') to ('2020-01-02 00:00Z')");
    ledger.execute("create unique index on stagepost_inbox_20200101 (consumer, source)");
    ledger.execute(
        "create unique index on stagepost_inbox_20200101 (consumer, source, id, event_time)");
    ledger.execute(
        "create table year_2019 partition of stagepost_inbox (primary key (consumer, source, id))"
            + " for values from ('2019-01-01 00:00Z') to ('2020-01-01 00:00Z')");
    ledger.execute(
        "create table stagepost_inbox_99999999 partition of stagepost_inbox"
            + " (primary key (consumer, source, id)) default");

    assertThat(inbox.problems())
        .satisfiesExactly(
            problem -> assertThat(problem).startsWith("SP-INBOX-019").contains("inbox_20200101"),
            problem -> assertThat(problem).startsWith("SP-INBOX-019").contains("inbox_99999999"),
            problem -> assertThat(problem).startsWith("SP-INBOX-019").contains("year_2019"));
  }

  @Test
  void d07_a_table_that_has_a_partitions_name_is_not_made_one() throws Exception {
    Instant time = Ledger.NOW.minus(Duration.ofDays(5));
    Entry entry = new Entry("billing", URI.create("urn:shop"), "1", null, time);
    ledger.execute("create table stagepost_inbox_" + day(time) + " (like stagepost_inbox)");

    for (int i = 0; i < 2; i++) {
      assertThatExceptionOfType(MessagingException.class)
          .isThrownBy(() -> ledger.handle(entry))
          .withMessageContaining("SP-INBOX-015");
    }
    assertThat(ledger.effects()).isEmpty();
  }

  @Test
  void an_event_that_finds_no_place_even_then_is_told() throws Exception {
    ledger.execute("alter table stagepost_inbox add check (id <> '1')");

    assertThatExceptionOfType(MessagingException.class)
        .isThrownBy(() -> ledger.handle(event("1", null)))
        .withMessageContaining("SP-INBOX-015");
    assertThat(ledger.handle(event("2", null))).isEqualTo(Outcome.done());
  }

  private static String day(Instant time) {
    return DateTimeFormatter.BASIC_ISO_DATE.format(LocalDate.ofInstant(time, ZoneOffset.UTC));
  }

  @Test
  void d19_a_database_that_is_away_is_a_problem_not_an_exception() {
    var nowhere = new org.postgresql.ds.PGSimpleDataSource();
    nowhere.setURL("jdbc:postgresql://127.0.0.1:1/nothing");

    assertThat(JdbcInbox.in(nowhere).problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem).startsWith("SP-INBOX-007"));
    assertThatExceptionOfType(MessagingException.class)
        .isThrownBy(
            () -> JdbcInbox.in(nowhere).once(event("1", null), Ledger.TIME, c -> Outcome.done()))
        .withMessageContaining("SP-INBOX-005");
  }

  @Test
  void creating_the_schema_again_does_nothing() {
    inbox.createSchema();

    assertThat(inbox.problems()).isEmpty();
  }
}
