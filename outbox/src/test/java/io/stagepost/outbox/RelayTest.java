package io.stagepost.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.ConfigurationException;
import io.stagepost.MessagingException;
import io.stagepost.Receipt;
import java.sql.Connection;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The relay's thread: when it looks, what it survives, how it ends. */
class RelayTest {
  private static final String RELAYS =
      " from pg_stat_activity where datname = current_database()"
          + " and pid <> pg_backend_pid() and query ~ 'stagepost_outbox|COMMIT|BEGIN'";

  private final Post post = new Post(8);

  @AfterEach
  void close() throws Exception {
    post.close();
  }

  private static ConditionFactory within() {
    return await().pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(20));
  }

  @Test
  void d08_what_commits_while_it_runs_is_relayed() throws Exception {
    try (Relay relay = post.relay().start()) {
      for (int i = 0; i < 20; i++) {
        post.commit("key" + i, "row" + i);
      }
      within().until(() -> relay.sent() == 20);
    }
    assertThat(post.wire.arrived()).hasSize(20);
    assertThat(post.outbox.pending()).isZero();
  }

  @Test
  void d08_what_was_committed_before_is_relayed_through_messaging() throws Exception {
    post.commit("a", "1", "2");
    try (Relay relay = post.outbox.relay().start()) {
      within().until(() -> relay.sent() == 2);
    }
    assertThat(Post.texts(post.broker, "notes")).containsExactly("1", "2");
  }

  @Test
  void d08_confirmations_that_are_held_are_waited_for() throws Exception {
    post.broker.faults().holdConfirmations();
    post.commit("a", "1", "2");
    try (Relay relay = post.outbox.relay().start()) {
      within().until(() -> post.broker.stored("notes").size() == 2);
      assertThat(relay.sent()).isZero();
      assertThat(post.outbox.pending()).isEqualTo(2);

      post.broker.faults().releaseConfirmations();
      within().until(() -> relay.sent() == 2);
    }
    assertThat(Post.texts(post.broker, "notes")).containsExactly("1", "2");
    assertThat(post.outbox.pending()).isZero();
  }

  @Test
  void d08_it_survives_the_loss_of_its_connection_at_any_moment() throws Exception {
    try (Relay relay = post.relay().start()) {
      for (int i = 0; i < 10; i++) {
        for (int j = 0; j < 20; j++) {
          post.commit("key" + j, i + "/" + j);
        }
        post.execute("select pg_terminate_backend(pid)" + RELAYS);
      }
      within().until(() -> post.outbox.pending() == 0);
      assertThat(relay.violations()).isZero();
    }
    assertThat(post.wire.texts().stream().distinct()).hasSize(200);
  }

  @Test
  void d08_another_relay_takes_over_at_once() throws Exception {
    Relay first = post.relay().start();
    try (Relay second = post.relay().start()) {
      post.commit("a", "1");
      within().until(() -> first.sent() + second.sent() == 1);
      first.close();
      post.commit("a", "2");
      within().until(() -> first.sent() + second.sent() == 2);
    }
    assertThat(post.wire.texts()).containsExactly("1", "2");
  }

  @Test
  void a_broker_that_is_away_costs_no_hot_loop() throws Exception {
    post.wire.answers(m -> CompletableFuture.failedFuture(new IllegalStateException("away")));
    post.commit("a", "1");
    try (Relay relay = post.relay().start()) {
      within().until(() -> post.wire.arrived().size() >= 4); // after 0, 100, 300 and 700 ms
      post.wire.answers(Wire::confirmed);
      within().until(() -> relay.sent() == 1);
    }
    assertThat(post.wire.arrived()).hasSizeBetween(5, 9);
  }

  @Test
  void an_error_in_the_sender_does_not_end_it() throws Exception {
    CountDownLatch thrown = new CountDownLatch(1);
    post.wire.answers(
        m -> {
          if (thrown.getCount() > 0) {
            thrown.countDown();
            throw new AssertionError("a broken sender");
          }
          return Wire.confirmed(m);
        });
    post.commit("a", "1");
    try (Relay relay = post.relay().start()) {
      within().until(() -> relay.sent() == 1);
    }
    assertThat(post.wire.texts()).containsExactly("1", "1");
  }

  @Test
  void close_finishes_the_round_and_is_idempotent() throws Exception {
    CompletableFuture<Receipt> answer = new CompletableFuture<>();
    post.wire.answers(m -> answer);
    post.commit("a", "1");
    Relay relay = post.relay().start();
    within().until(() -> post.wire.arrived().size() == 1);

    CompletableFuture<Void> closing = CompletableFuture.runAsync(relay::close);
    answer.complete(new Receipt("notes", ""));
    closing.get(20, TimeUnit.SECONDS);
    relay.close();

    assertThat(relay.sent()).isEqualTo(1);
    assertThat(post.outbox.pending()).isZero();
  }

  @Test
  void close_gives_the_connection_back_as_it_was() throws Exception {
    HikariConfig config = new HikariConfig();
    config.setDataSource(post.dataSource);
    config.setMaximumPoolSize(1);
    config.setTransactionIsolation("TRANSACTION_REPEATABLE_READ");
    String settings =
        "select string_agg(name || '=' || setting, ', ' order by name) from pg_settings where name"
            + " in ('synchronous_commit', 'idle_in_transaction_session_timeout', 'plan_cache_mode',"
            + " 'enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin', 'jit')";
    try (HikariDataSource pool = new HikariDataSource(config)) {
      String pid;
      String before;
      try (Connection connection = pool.getConnection()) {
        pid = Post.query(connection, "select pg_backend_pid()");
        before = Post.query(connection, settings);
      }
      post.commit("a", "1");
      Outbox outbox = Outbox.over(post.messaging, pool);
      try (Relay relay = outbox.relay().start()) {
        within().until(() -> relay.sent() == 1);
      }
      try (Connection connection = pool.getConnection()) {
        assertThat(Post.query(connection, "select pg_backend_pid()")).isEqualTo(pid);
        assertThat(Post.query(connection, settings)).isEqualTo(before);
        assertThat(connection.getAutoCommit()).isTrue();
        assertThat(connection.getTransactionIsolation())
            .isEqualTo(Connection.TRANSACTION_REPEATABLE_READ);
      }
    }
  }

  @Test
  void the_session_that_its_start_has_begun_is_its_own_and_ends_with_it() {
    HikariConfig config = new HikariConfig();
    config.setDataSource(post.dataSource);
    config.setMaximumPoolSize(1);
    try (HikariDataSource pool = new HikariDataSource(config)) {
      Relay relay = Outbox.over(post.messaging, pool).relay().start();
      assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isEqualTo(1);
      relay.close();
      assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
    }
  }

  @Test
  void d19_it_does_not_start_on_a_schema_that_is_wrong() throws Exception {
    post.execute("drop table stagepost_outbox");

    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> post.relay().start())
        .withMessageContaining("SP-OUTBOX-011");
  }

  @Test
  void a_session_that_cannot_write_is_refused_before_anything_is_sent() throws Exception {
    post.commit("a", "1");
    post.execute(
        "alter database \"" + post.database.name() + "\" set default_transaction_read_only = on");

    assertThatExceptionOfType(MessagingException.class)
        .isThrownBy(post::rounds)
        .withMessageContaining("SP-OUTBOX-018");
    assertThat(post.wire.arrived()).isEmpty();
  }
}
