package io.stagepost.inbox;

import static io.stagepost.inbox.Ledger.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.Outcome;
import io.stagepost.spi.Inbox.Entry;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two at once: the second waits in the database until the first has ended. */
class JdbcInboxConcurrencyTest {
  private final Ledger ledger = new Ledger();
  private final ExecutorService threads = Executors.newFixedThreadPool(2);
  private final CountDownLatch firstIsIn = new CountDownLatch(1);
  private final CompletableFuture<Outcome> firstEnds = new CompletableFuture<>();

  JdbcInboxConcurrencyTest() throws SQLException {}

  @AfterEach
  void close() throws Exception {
    threads.shutdownNow();
    assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  private Future<Outcome> first(Entry entry) throws InterruptedException {
    Future<Outcome> first =
        threads.submit(
            () ->
                ledger.inbox.once(
                    entry,
                    Ledger.TIME,
                    connection -> {
                      ledger.effect(connection, entry.id());
                      firstIsIn.countDown();
                      return firstEnds.get(20, TimeUnit.SECONDS);
                    }));
    assertThat(firstIsIn.await(20, TimeUnit.SECONDS)).isTrue();
    return first;
  }

  private void awaitOneThatWaits() {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(
                        ledger.query(
                            "select count(*) from pg_stat_activity"
                                + " where datname = current_database() and wait_event_type = 'Lock'"))
                    .containsExactly("1"));
  }

  @ParameterizedTest
  @CsvSource({"1,", "1,order-7", "2,order-7"})
  void d07_the_second_waits_and_is_a_duplicate_if_the_first_commits(String id, String key)
      throws Exception {
    Future<Outcome> first = first(event("1", key));
    Future<Outcome> second = threads.submit(() -> ledger.handle(event(id, key)));
    awaitOneThatWaits();
    assertThat(second.isDone()).isFalse();

    firstEnds.complete(Outcome.done());

    assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo(Outcome.done());
    assertThat(second.get(20, TimeUnit.SECONDS)).isInstanceOf(Outcome.Skip.class);
    assertThat(ledger.runs).hasValue(1);
    assertThat(ledger.effects()).containsExactly("1");
  }

  @ParameterizedTest
  @CsvSource({"1,", "1,order-7", "2,order-7"})
  void d07_the_second_waits_and_goes_on_if_the_first_rolls_back(String id, String key)
      throws Exception {
    Future<Outcome> first = first(event("1", key));
    Future<Outcome> second = threads.submit(() -> ledger.handle(event(id, key)));
    awaitOneThatWaits();

    firstEnds.complete(Outcome.deadLetter("no"));

    assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo(Outcome.deadLetter("no"));
    assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo(Outcome.done());
    assertThat(ledger.effects()).containsExactly(id);
  }

  @Test
  void d07_refusing_waits_for_another_event_that_is_being_handled() throws Exception {
    Future<Outcome> first = first(event("1", "order-7"));
    Future<Boolean> refused = threads.submit(() -> ledger.inbox.refuse(event("2", "order-7")));
    awaitOneThatWaits();

    firstEnds.complete(Outcome.done());

    assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo(Outcome.done());
    assertThat(refused.get(20, TimeUnit.SECONDS)).isFalse();
    assertThat(ledger.entered()).containsExactly("1", "2 duplicate of urn:shop 1");
  }

  @Test
  void d07_refusing_takes_the_key_if_the_other_event_rolls_back() throws Exception {
    Future<Outcome> first = first(event("1", "order-7"));
    Future<Boolean> refused = threads.submit(() -> ledger.inbox.refuse(event("2", "order-7")));
    awaitOneThatWaits();

    firstEnds.complete(Outcome.park("ask"));

    assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo(Outcome.park("ask"));
    assertThat(refused.get(20, TimeUnit.SECONDS)).isTrue();
    assertThat(ledger.keys()).containsExactly("order-7 held by 2, refused");
  }
}
