package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.FailurePolicy;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Receipt;
import io.stagepost.Retry;
import io.stagepost.schema.Json;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.StoredMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Both roads over a real broker, with a real codec. */
@Timeout(120)
class EndToEndTest {
  record Step(String key, int number) {}

  private final String channel = Broker.unique("steps");
  private final EventType<Step> step =
      EventType.of("test.step.v1", Step.class)
          .source("urn:test:kafka")
          .channel(channel)
          .key(Step::key)
          .codec(Json.codec());
  private final Messaging messaging = Messaging.over(Broker.builder().partitions(4).build());
  private final Policy quickRetries =
      Policy.defaults()
          .retry(Retry.exponential(Duration.ofMillis(1), Duration.ofMillis(20)).attempts(3));

  @AfterEach
  void close() {
    messaging.close();
  }

  private CompletableFuture<Receipt> publish(String key, int number) {
    return messaging.publish(step.event(new Step(key, number)));
  }

  private void publishAll(int keys, int perKey) {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int n = 0; n < perKey; n++) {
      for (int k = 0; k < keys; k++) {
        receipts.add(publish("key-" + k, n));
      }
    }
    receipts.forEach(Broker::get);
  }

  @Test
  void an_event_arrives_as_it_was_published() {
    ConcurrentLinkedQueue<Event<Step>> arrived = new ConcurrentLinkedQueue<>();
    messaging.subscribe("reader").on(step, arrived::add).start();
    Event<Step> event =
        step.event(new Step("ada", 1)).withSubject("a subject").withExtension("tenant", "blue");

    Receipt receipt = Broker.get(messaging.publish(event));

    await().until(() -> !arrived.isEmpty());
    Event<Step> came = arrived.remove();
    assertThat(came.data()).isEqualTo(event.data());
    assertThat(came.id()).isEqualTo(event.id());
    assertThat(came.source()).isEqualTo(event.source());
    assertThat(came.subject()).isEqualTo("a subject");
    assertThat(came.extension("tenant")).isEqualTo("blue");
    assertThat(came.time()).isNotNull();
    assertThat(receipt.address()).isEqualTo(channel);
    assertThat(receipt.position()).matches("[0-3]/0");
  }

  @Test
  void d03_what_is_settled_is_committed_while_it_runs() {
    AtomicInteger handled = new AtomicInteger();
    String group = Broker.unique("group");
    messaging.subscribe(group).on(step, event -> handled.incrementAndGet()).start();
    publishAll(10, 10);

    await().until(() -> handled.get() == 100);
    await().until(() -> Broker.committedSum(group, channel) == 100);
  }

  @Test
  void d04_events_of_a_key_run_one_at_a_time_and_in_order_while_keys_run_in_parallel() {
    Map<String, List<Integer>> perKey = new ConcurrentHashMap<>();
    Map<String, AtomicInteger> runningPerKey = new ConcurrentHashMap<>();
    AtomicBoolean overlap = new AtomicBoolean();
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger handled = new AtomicInteger();
    messaging
        .subscribe("reader")
        .limits(Limits.defaults().concurrency(8))
        .on(
            step,
            event -> {
              String key = event.data().key();
              AtomicInteger ofKey = runningPerKey.computeIfAbsent(key, k -> new AtomicInteger());
              most.accumulateAndGet(running.incrementAndGet(), Math::max);
              if (ofKey.incrementAndGet() > 1) {
                overlap.set(true);
              }
              work();
              perKey
                  .computeIfAbsent(key, k -> new ArrayList<>())
                  .add(event.data().number()); // unguarded on purpose: lanes guard it
              ofKey.decrementAndGet();
              running.decrementAndGet();
              handled.incrementAndGet();
            })
        .start();
    publishAll(20, 100);

    await().atMost(Duration.ofSeconds(60)).until(() -> handled.get() == 2_000);
    assertThat(overlap).isFalse();
    assertThat(most.get()).isBetween(2, 8);
    assertThat(perKey).hasSize(20);
    perKey.forEach(
        (key, numbers) ->
            assertThat(numbers)
                .as(key)
                .containsExactlyElementsOf(
                    java.util.stream.IntStream.range(0, 100).boxed().toList()));
  }

  @Test
  void d04_a_retry_in_its_lane_keeps_the_order_of_the_key() {
    Random random = new Random(7);
    Set<Integer> failing = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < 10; i++) {
      failing.add(random.nextInt(50));
    }
    List<Integer> done = new java.util.concurrent.CopyOnWriteArrayList<>();
    messaging
        .subscribe("reader")
        .policy(quickRetries)
        .on(
            step,
            event -> {
              if (failing.remove(event.data().number())) {
                throw new IllegalStateException("not now");
              }
              done.add(event.data().number());
            })
        .start();
    publishAll(1, 50);

    await().until(() -> done.size() == 50);
    assertThat(done).isSorted();
  }

  @Test
  void d14_a_dead_letter_has_the_bytes_the_key_and_the_headers_and_why_beside_them() {
    String group = Broker.unique("group");
    messaging
        .subscribe(group)
        .policy(quickRetries)
        .on(
            step,
            event -> {
              throw new IllegalStateException("always");
            })
        .start();
    Event<Step> event = step.event(new Step("ada", 1)).withExtension("tenant", "blue");
    Broker.get(messaging.publish(event));

    String deadLetters = channel + "." + group + ".dead-letter";
    await().until(() -> Broker.stored(deadLetters).size() == 1);
    Message original = Broker.stored(channel).get(0).message();
    Message dead = Broker.stored(deadLetters).get(0).message();
    assertThat(dead.key()).isEqualTo("ada".getBytes(UTF_8));
    assertThat(dead.body()).isEqualTo(original.body());
    assertThat(names(dead)).startsWith(names(original).toArray(String[]::new));
    for (int i = 0; i < original.headers().size(); i++) {
      assertThat(dead.headers().get(i).value()).isEqualTo(original.headers().get(i).value());
    }
    assertThat(text(dead, FailureHeaders.REASON)).isEqualTo(FailurePolicy.ATTEMPTS_EXHAUSTED);
    assertThat(text(dead, FailureHeaders.ATTEMPTS)).isEqualTo("3");
    assertThat(text(dead, FailureHeaders.SUBSCRIPTION)).isEqualTo(group);
    assertThat(text(dead, FailureHeaders.ORIGIN_ADDRESS)).isEqualTo(channel);
    assertThat(text(dead, FailureHeaders.ORIGIN_POSITION)).isEqualTo("0");
    assertThat(text(dead, FailureHeaders.EXCEPTION_MESSAGE)).isEqualTo("always");
    await().until(() -> Broker.committedSum(group, channel) == 1);
  }

  @Test
  void d05_what_cannot_be_decoded_goes_to_the_dead_letters_as_it_is_and_the_channel_goes_on() {
    String group = Broker.unique("group");
    AtomicInteger handled = new AtomicInteger();
    messaging.subscribe(group).on(step, event -> handled.incrementAndGet()).start();
    byte[] rubbish = {0, -1, 127, 10};
    byte[] key = {1, 2, 3};
    List<Header> headers = List.of(new Header("trace", new byte[] {9}), new Header("empty", null));
    Broker.write(new Message(channel, key, headers, rubbish));
    Broker.get(publish("ada", 1));

    String deadLetters = channel + "." + group + ".dead-letter";
    await().until(() -> Broker.stored(deadLetters).size() == 1);
    await().until(() -> handled.get() == 1);
    Message dead = Broker.stored(deadLetters).get(0).message();
    assertThat(dead.body()).isEqualTo(rubbish);
    assertThat(dead.key()).isEqualTo(key);
    assertThat(names(dead)).startsWith("trace", "empty");
    assertThat(dead.headers().get(0).value()).containsExactly(9);
    assertThat(dead.headers().get(1).value()).isNull();
    assertThat(text(dead, FailureHeaders.REASON)).isEqualTo(FailurePolicy.UNDECODABLE);
  }

  @Test
  void a_parked_event_lies_in_the_parking_lot() {
    String group = Broker.unique("group");
    messaging.subscribe(group).on(step, (event, context) -> Outcome.park("ask-ada")).start();
    Broker.get(publish("ada", 1));

    String parkingLot = channel + "." + group + ".parking-lot";
    await().until(() -> Broker.stored(parkingLot).size() == 1);
    StoredMessage parked = Broker.stored(parkingLot).get(0);
    assertThat(text(parked.message(), FailureHeaders.REASON)).isEqualTo("ask-ada");
    assertThat(Broker.stored(channel + "." + group + ".dead-letter")).isEmpty();
  }

  @Test
  void d06_while_its_dead_letter_cannot_be_written_an_event_waits_and_is_not_committed() {
    String group = Broker.unique("group");
    Broker.create(channel, 1, Map.of());
    AtomicInteger others = new AtomicInteger();
    try (Messaging none = Messaging.over(Broker.builder().topology(Topology.NONE).build())) {
      none.subscribe(group)
          .policy(
              Policy.defaults()
                  .retry(Retry.exponential(Duration.ofMillis(300), Duration.ofMillis(300))))
          .on(
              step,
              (event, context) -> {
                if (event.data().key().equals("bad")) {
                  return Outcome.deadLetter("no-good");
                }
                others.incrementAndGet();
                return Outcome.done();
              })
          .start();
      Broker.get(none.publish(step.event(new Step("bad", 1))));
      Broker.get(none.publish(step.event(new Step("good", 2))));
      await().until(() -> others.get() == 1);
      // longer than the interval of commits: had the event been settled, it would be committed
      await()
          .during(Membership.COMMIT_INTERVAL.multipliedBy(2))
          .atMost(Duration.ofSeconds(10))
          .until(() -> Broker.committedSum(group, channel) == 0);

      String deadLetters = channel + "." + group + ".dead-letter";
      Broker.create(deadLetters, 1, Map.of());

      await().until(() -> Broker.stored(deadLetters).size() == 1);
      await().until(() -> Broker.committedSum(group, channel) == 2);
      assertThat(others).hasValue(1);
    }
  }

  @Test
  void d09_what_is_in_flight_never_exceeds_its_bound_and_everything_is_handled() {
    CountDownLatch gate = new CountDownLatch(1);
    AtomicInteger handled = new AtomicInteger();
    publishAll(50, 40);
    var subscription =
        messaging
            .subscribe("reader")
            .limits(Limits.defaults().inFlight(100).concurrency(4))
            .on(
                step,
                event -> {
                  gate.await();
                  handled.incrementAndGet();
                })
            .start();
    AtomicInteger most = new AtomicInteger();
    await()
        .until(
            () -> {
              most.accumulateAndGet(subscription.inFlight(), Math::max);
              return subscription.inFlight() == 100;
            });
    gate.countDown();
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(1))
        .until(
            () -> {
              most.accumulateAndGet(subscription.inFlight(), Math::max);
              return handled.get() == 2_000;
            });
    assertThat(most).hasValue(100);
  }

  /** Long enough for a second worker to meet the first. */
  private static void work() {
    long end = System.nanoTime() + 50_000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }

  private static List<String> names(Message message) {
    return message.headers().stream().map(Header::name).toList();
  }

  private static String text(Message message, String header) {
    byte[] value = message.header(header);
    assertThat(value).as(header).isNotNull();
    return new String(value, UTF_8);
  }
}
