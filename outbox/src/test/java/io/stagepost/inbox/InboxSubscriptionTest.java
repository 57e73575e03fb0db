package io.stagepost.inbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Batch;
import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.FailurePolicy;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.schema.Json;
import io.stagepost.spi.DedupStore;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Inbox;
import io.stagepost.spi.Inbox.Entry;
import io.stagepost.testkit.InMemoryTransport;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Inbox and dedup store with the engine. */
class InboxSubscriptionTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  record Order(String id, String customer) {}

  private static final EventType<Order> PLACED =
      EventType.of("com.example.order.placed.v1", Order.class)
          .source("urn:shop")
          .channel("orders")
          .key(Order::customer)
          .codec(Json.codec());

  private static final Policy POLICY =
      Policy.defaults()
          .retry(Retry.exponential(Duration.ofMillis(1), Duration.ofMillis(2)).attempts(2));

  private final InMemoryTransport transport = new InMemoryTransport();
  private final DataSource dataSource = H2InboxTest.database();

  private JdbcInbox inbox() {
    JdbcInbox inbox = JdbcInbox.in(dataSource);
    inbox.createSchema();
    return inbox;
  }

  @Test
  void d07_an_event_older_than_the_window_is_dead_lettered_with_the_reason() {
    List<String> handled = new CopyOnWriteArrayList<>();
    try (Messaging messaging = transport.messaging().build()) {
      messaging
          .subscribe("billing")
          .inbox(inbox())
          .onceIn(
              PLACED,
              (event, connection) -> {
                handled.add(event.data().id());
              })
          .start();
      messaging
          .publish(
              PLACED
                  .event(new Order("old", "ada"))
                  .withTime(Instant.now().minus(Duration.ofDays(15))))
          .join();
      messaging.publish(PLACED.event(new Order("new", "ada"))).join();

      transport.awaitSettled("billing", PATIENCE);
      assertThat(handled).containsExactly("new");
      assertThat(reasons()).containsExactly(FailurePolicy.OLDER_THAN_INBOX);
      assertThat(messaging.describe()).contains("inbox: H2", "window PT336H");
    }
  }

  private List<String> reasons() {
    return transport.stored("orders.billing.dead-letter").stream()
        .map(letter -> Objects.requireNonNull(letter.message().header(FailureHeaders.REASON)))
        .map(reason -> new String(reason, UTF_8))
        .toList();
  }

  @Test
  void d07_a_batch_takes_effect_once_and_only_the_event_at_fault_is_given_up() {
    List<String> committed = new CopyOnWriteArrayList<>();
    AtomicInteger largest = new AtomicInteger();
    try (Messaging messaging = transport.messaging().build()) {
      transport.faults().duplicateNextDeliveries(3);
      messaging
          .subscribe("billing")
          .policy(POLICY)
          .inbox(inbox())
          .onceInBatch(
              PLACED,
              Batch.upTo(20),
              (events, connection) -> {
                largest.accumulateAndGet(events.size(), Math::max);
                if (events.stream().anyMatch(event -> event.data().id().equals("bad"))) {
                  throw new UnsupportedOperationException("bad");
                }
                events.forEach(event -> committed.add(event.data().id()));
              })
          .start();
      List<Event<?>> events = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        events.add(PLACED.event(new Order(i == 7 ? "bad" : "" + i, "customer " + i % 3)));
      }
      events.add(
          PLACED
              .event(new Order("old", "customer 1"))
              .withTime(Instant.now().minus(Duration.ofDays(15))));
      events.forEach(event -> messaging.publish(event).join());

      transport.awaitSettled("billing", PATIENCE);
      assertThat(committed).doesNotHaveDuplicates().hasSize(19).doesNotContain("bad", "old");
      for (int customer = 0; customer < 3; customer++) {
        int theirs = customer;
        assertThat(committed.stream().mapToInt(Integer::parseInt).filter(i -> i % 3 == theirs))
            .isSorted();
      }
      assertThat(reasons())
          .containsExactlyInAnyOrder(
              FailurePolicy.PERMANENT_FAILURE, FailurePolicy.OLDER_THAN_INBOX);
      assertThat(largest.get()).isGreaterThan(1);
    }
  }

  /** An inbox that does not handle an event of a batch at first. */
  private record Hesitant(JdbcInbox inbox, AtomicReference<@Nullable Outcome> first)
      implements Inbox<Connection> {
    @Override
    public List<Outcome> onceAll(List<Entry> entries, Duration timeout, BatchWork<Connection> work)
        throws Exception {
      Outcome outcome = first.getAndSet(null);
      return outcome == null ? inbox.onceAll(entries, timeout, work) : List.of(outcome);
    }

    @Override
    public Outcome once(Entry entry, Duration timeout, Work<Connection> work) throws Exception {
      return inbox.once(entry, timeout, work);
    }

    @Override
    public boolean refuse(Entry entry) {
      return inbox.refuse(entry);
    }

    @Override
    public List<String> problems() {
      return inbox.problems();
    }
  }

  static Stream<Arguments> not_handled() {
    return Stream.of(
        Arguments.of(Outcome.retryAfter(Duration.ZERO), "1 2", 0),
        Arguments.of(Outcome.park("ask"), "2", 1));
  }

  @ParameterizedTest
  @MethodSource("not_handled")
  void d07_what_the_inbox_did_not_handle_in_a_batch_is_not_taken_for_handled(
      Outcome outcome, String expected, int parked) {
    List<String> handled = new CopyOnWriteArrayList<>();
    try (Messaging messaging = transport.messaging().build()) {
      messaging
          .subscribe("billing")
          .policy(POLICY)
          .inbox(new Hesitant(inbox(), new AtomicReference<>(outcome)))
          .onceInBatch(
              PLACED,
              Batch.upTo(1),
              (events, connection) -> {
                events.forEach(event -> handled.add(event.data().id()));
              })
          .start();
      messaging.publish(PLACED.event(new Order("1", "ada"))).join();
      messaging.publish(PLACED.event(new Order("2", "ada"))).join();

      transport.awaitSettled("billing", PATIENCE);
      assertThat(String.join(" ", handled)).isEqualTo(expected);
      assertThat(transport.stored("orders.billing.parking-lot")).hasSize(parked);
    }
  }

  @Test
  void d07_a_claimed_event_is_handled_once_and_again_after_a_failure() {
    JdbcDedupStore store = JdbcDedupStore.in(dataSource);
    store.createSchema();
    List<String> mailed = new CopyOnWriteArrayList<>();
    AtomicInteger failures = new AtomicInteger();
    try (Messaging messaging = transport.messaging().build()) {
      transport.faults().duplicateNextDeliveries(2);
      messaging
          .subscribe("mailer")
          .policy(POLICY)
          .dedup(store)
          .on(
              PLACED,
              event -> {
                if (event.data().id().equals("2") && failures.getAndIncrement() == 0) {
                  throw new IllegalStateException("the mail server is away");
                }
                mailed.add(event.data().id());
              })
          .start();
      messaging.publish(PLACED.event(new Order("1", "ada"))).join();
      messaging.publish(PLACED.event(new Order("2", "ada"))).join();
      messaging.publish(PLACED.event(new Order("3", "ada"))).join();

      transport.awaitSettled("mailer", PATIENCE);
      assertThat(mailed).containsExactly("1", "2", "3");
      assertThat(messaging.describe()).contains("deduplicated", "dedup store: claims in a table");
    }
  }

  /** A store that fails at the first call that completes an event, and in answer to the second. */
  private record Losing(DedupStore store, AtomicInteger completions) implements DedupStore {
    @Override
    public Claim claim(Entry entry, Duration lease) throws Exception {
      return store.claim(entry, lease);
    }

    @Override
    public boolean complete(Entry entry, Claim.Claimed claim) throws Exception {
      int call = completions.incrementAndGet();
      boolean completed = call > 1 && store.complete(entry, claim);
      if (call < 3) {
        throw new SQLException("the connection is lost", "08006");
      }
      return completed;
    }

    @Override
    public void release(Entry entry, Claim.Claimed claim) throws Exception {
      store.release(entry, claim);
    }

    @Override
    public List<String> problems() {
      return store.problems();
    }
  }

  @Test
  void d07_a_record_of_a_handled_event_that_fails_twice_is_tried_again() {
    JdbcDedupStore store = JdbcDedupStore.in(dataSource);
    store.createSchema();
    List<String> mailed = new CopyOnWriteArrayList<>();
    Losing losing = new Losing(store, new AtomicInteger());
    try (Messaging messaging = transport.messaging().build()) {
      messaging
          .subscribe("mailer")
          .policy(POLICY)
          .dedup(losing)
          .on(
              PLACED,
              event -> {
                mailed.add(event.data().id());
              })
          .start();
      messaging.publish(PLACED.event(new Order("1", "ada"))).join();

      transport.awaitSettled("mailer", PATIENCE);
      assertThat(mailed).containsExactly("1");
      assertThat(losing.completions()).hasValue(3);
    }
  }

  /** A store that says when it is asked for an event. */
  private record Asked(DedupStore store, CountDownLatch asked) implements DedupStore {
    @Override
    public Claim claim(Entry entry, Duration lease) throws Exception {
      Claim claim = store.claim(entry, lease);
      asked.countDown();
      return claim;
    }

    @Override
    public boolean complete(Entry entry, Claim.Claimed claim) throws Exception {
      return store.complete(entry, claim);
    }

    @Override
    public void release(Entry entry, Claim.Claimed claim) throws Exception {
      store.release(entry, claim);
    }

    @Override
    public List<String> problems() {
      return store.problems();
    }
  }

  @Test
  void d07_an_event_that_another_process_gives_back_is_handled_long_before_its_lease_is_over()
      throws Exception {
    JdbcDedupStore store = JdbcDedupStore.in(dataSource);
    store.createSchema();
    List<Integer> attempts = new CopyOnWriteArrayList<>();
    Asked asked = new Asked(store, new CountDownLatch(1));
    Event<Order> event = PLACED.event(new Order("1", "ada")).withTime(Instant.now());
    Entry entry = new Entry("mailer", event.source(), event.id(), null, Instant.now());
    var claim = (DedupStore.Claim.Claimed) store.claim(entry, Duration.ofMinutes(10));
    try (Messaging messaging = transport.messaging().build()) {
      messaging
          .subscribe("mailer")
          .policy(POLICY)
          .dedup(asked)
          .on(
              PLACED,
              (claimed, context) -> {
                attempts.add(context.attempt());
                return Outcome.done();
              })
          .start();
      messaging.publish(event).join();
      assertThat(asked.asked().await(20, TimeUnit.SECONDS)).isTrue();

      store.release(entry, claim);

      transport.awaitSettled("mailer", PATIENCE);
      assertThat(attempts).containsExactly(1);
    }
  }

  @Test
  void d07_an_event_that_another_process_has_waits_for_its_lease_without_an_attempt()
      throws Exception {
    JdbcDedupStore store = JdbcDedupStore.in(dataSource);
    store.createSchema();
    List<Integer> attempts = new CopyOnWriteArrayList<>();
    Event<Order> event = PLACED.event(new Order("1", "ada")).withTime(Instant.now());
    Duration lease = Duration.ofSeconds(1);
    long begun = System.nanoTime();
    store.claim(new Entry("mailer", event.source(), event.id(), null, Instant.now()), lease);
    try (Messaging messaging = transport.messaging().build()) {
      messaging
          .subscribe("mailer")
          .policy(POLICY)
          .dedup(store)
          .on(
              PLACED,
              (claimed, context) -> {
                attempts.add(context.attempt());
                return Outcome.done();
              })
          .start();
      messaging.publish(event).join();

      transport.awaitSettled("mailer", PATIENCE);
      assertThat(reasons()).isEmpty();
      assertThat(attempts).containsExactly(1);
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThanOrEqualTo(lease);
    }
  }
}
