package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.EventType;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.Receipt;
import io.stagepost.Subscription;
import io.stagepost.schema.Json;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(600)
class KafkaReceiverTest {
  record Step(String key, int number) {}

  private final String channel = Broker.unique("steps");
  private final String group = Broker.unique("group");
  private final EventType<Step> step =
      EventType.of("test.step.v1", Step.class)
          .source("urn:test:kafka")
          .channel(channel)
          .key(Step::key)
          .codec(Json.codec());
  private final List<AutoCloseable> open = new ArrayList<>();

  private <T extends AutoCloseable> T opened(T what) {
    open.add(0, what);
    return what;
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private void publish(Messaging messaging, int events) {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int n = 0; n < events; n++) {
      receipts.add(messaging.publish(step.event(new Step("key-" + n % 20, n))));
    }
    receipts.forEach(Broker::get);
  }

  @Test
  void a_delivery_tells_what_was_stored_and_where() throws Exception {
    Broker.create(channel, 1, Map.of());
    byte[] body = {1, 2, 3};
    Instant before = Instant.now().minusSeconds(5);
    Broker.write(new Message(channel, "key".getBytes(UTF_8), List.of(), body));
    Accepting intake = new Accepting();
    KafkaTransport transport = opened(Broker.transport());
    opened(transport.receive(new Reception(group, Set.of(channel), Duration.ofSeconds(1)), intake));

    Delivery delivery = intake.taken.poll(20, TimeUnit.SECONDS);
    assertThat(delivery).isNotNull();
    assertThat(delivery.address()).isEqualTo(channel);
    assertThat(delivery.key()).isEqualTo("key".getBytes(UTF_8));
    assertThat(delivery.message().body()).isEqualTo(body);
    assertThat(delivery.message()).isSameAs(delivery.message());
    assertThat(delivery.size()).isGreaterThanOrEqualTo(6);
    Origin origin = delivery.origin();
    assertThat(origin.address()).isEqualTo(channel);
    assertThat(origin.partition()).isEqualTo("0");
    assertThat(origin.position()).isEqualTo("0");
    assertThat(origin.time()).isBetween(before, Instant.now().plusSeconds(5));
    assertThat(delivery.assignment()).hasToString(channel + "-0");
    assertThat(delivery.assignment().isHeld()).isTrue();
  }

  @Test
  void d03_closing_commits_what_was_settled_and_no_more() throws Exception {
    Broker.create(channel, 1, Map.of());
    for (int i = 0; i < 5; i++) {
      Broker.write(new Message(channel, null, List.of(), new byte[] {(byte) i}));
    }
    Accepting intake = new Accepting();
    KafkaTransport transport = opened(Broker.transport());
    Receiver receiver =
        opened(
            transport.receive(
                new Reception(group, Set.of(channel), Duration.ofSeconds(1)), intake));
    await().until(() -> intake.taken.size() == 5);
    List<Delivery> taken = new ArrayList<>(intake.taken);
    taken.get(0).settle();
    taken.get(1).settle();
    taken.get(3).settle();
    receiver.close();
    receiver.close();
    assertThat(Broker.committed(group, channel)).containsExactly(Map.entry(0, 2L));
    assertThat(taken).noneMatch(each -> each.assignment().isHeld());
    taken.get(2).settle();
    assertThat(Broker.committed(group, channel)).containsExactly(Map.entry(0, 2L));
  }

  @Test
  void the_lag_is_nothing_when_all_is_settled_even_behind_the_marks_of_transactions() {
    Broker.create(channel, 1, Map.of());
    Accepting intake = new Accepting();
    KafkaTransport transport = opened(Broker.transport());
    opened(transport.receive(new Reception(group, Set.of(channel), Duration.ofSeconds(1)), intake));
    try (var producer = Broker.producer(Map.of("transactional.id", Broker.unique("tx")))) {
      producer.initTransactions();
      producer.beginTransaction();
      var unused = producer.send(new ProducerRecord<>(channel, new byte[] {1}));
      producer.commitTransaction();
    }
    await().until(() -> intake.taken.size() == 1);
    assertThat(transport.topology().lag(group, List.of(channel))).containsEntry(channel, 2L);
    intake.taken.forEach(Delivery::settle);
    await()
        .until(() -> transport.topology().lag(group, List.of(channel)).equals(Map.of(channel, 0L)));
  }

  @Test
  void d09_a_full_engine_pauses_partitions_and_the_receiver_never_stops_polling() {
    Messaging messaging =
        opened(
            Messaging.over(
                Broker.builder()
                    .partitions(3)
                    .consumerProperty("max.poll.interval.ms", "1500")
                    .consumerProperty("heartbeat.interval.ms", "300")
                    .build()));
    CountDownLatch gate = new CountDownLatch(1);
    AtomicInteger handled = new AtomicInteger();
    Subscription subscription =
        messaging
            .subscribe(group)
            .limits(Limits.defaults().inFlight(10).concurrency(2))
            .on(
                step,
                event -> {
                  gate.await();
                  handled.incrementAndGet();
                })
            .start();
    publish(messaging, 200);
    await().until(() -> subscription.inFlight() == 10);
    // more than twice as long as a consumer may go without polling
    await()
        .during(Duration.ofSeconds(4))
        .atMost(Duration.ofSeconds(6))
        .until(() -> subscription.inFlight() == 10);
    gate.countDown();
    await().until(() -> Broker.committedSum(group, channel) == 200);
    assertThat(handled).as("each once: it was never thrown out").hasValue(200);
  }

  @Test
  void d09_an_event_that_is_stuck_lets_its_partition_run_ahead_only_so_far() {
    Broker.create(channel, 1, Map.of());
    int total = Flow.SPAN + 5_000;
    try (var producer = Broker.producer(Map.of())) {
      for (int i = 0; i < total; i++) {
        var unused = producer.send(new ProducerRecord<>(channel, new byte[] {1}));
      }
    }
    AtomicInteger seen = new AtomicInteger();
    CompletableFuture<Delivery> stuck = new CompletableFuture<>();
    Accepting intake =
        new Accepting() {
          @Override
          public int offer(List<? extends Delivery> deliveries) {
            for (Delivery delivery : deliveries) {
              if (delivery.origin().position().equals("0")) {
                stuck.complete(delivery);
              } else {
                delivery.settle();
              }
              seen.incrementAndGet();
            }
            return deliveries.size();
          }
        };
    KafkaTransport transport = opened(Broker.transport());
    opened(transport.receive(new Reception(group, Set.of(channel), Duration.ofSeconds(1)), intake));
    await().until(() -> seen.get() == Flow.SPAN);
    await()
        .during(Duration.ofSeconds(1))
        .atMost(Duration.ofSeconds(5))
        .until(() -> seen.get() == Flow.SPAN);
    stuck.join().settle();
    await().until(() -> seen.get() == total);
    await().until(() -> Broker.committedSum(group, channel) == total);
  }

  @ParameterizedTest
  @EnumSource
  void a_pause_survives_the_rebalance_that_a_second_member_causes(Protocol protocol) {
    protocol.prepare(group, Duration.ofSeconds(30));
    Messaging first = opened(Messaging.over(protocol.on(Broker.builder().partitions(4)).build()));
    AtomicInteger handled = new AtomicInteger();
    Subscription subscription =
        first
            .subscribe(group)
            .limits(Limits.defaults().inFlight(20))
            .on(step, event -> handled.incrementAndGet())
            .start();
    subscription.pause();
    publish(first, 1_000);
    Messaging second = opened(Messaging.over(protocol.on(Broker.builder()).build()));
    AtomicInteger bySecond = new AtomicInteger();
    second
        .subscribe(group)
        .limits(Limits.defaults().inFlight(20))
        .on(step, event -> bySecond.incrementAndGet())
        .start();
    await().until(() -> bySecond.get() > 0);
    assertThat(handled).hasValue(0);
    subscription.resume();
    await().until(() -> Broker.committedSum(group, channel) == 1_000);
    assertThat(handled.get() + bySecond.get()).isEqualTo(1_000);
  }

  /** Fails the first time that it is to assign partitions: an unexpected failure of the poll. */
  public static final class FailingOnce extends CooperativeStickyAssignor {
    static final AtomicInteger CALLS = new AtomicInteger();

    @Override
    public GroupAssignment assign(Cluster metadata, GroupSubscription groupSubscription) {
      if (CALLS.incrementAndGet() == 1) {
        throw new IllegalStateException("not this time");
      }
      return super.assign(metadata, groupSubscription);
    }
  }

  @Test
  void after_an_unexpected_failure_it_joins_again() {
    FailingOnce.CALLS.set(0);
    Messaging messaging =
        opened(
            Messaging.over(
                Broker.builder()
                    .consumerProperty("partition.assignment.strategy", FailingOnce.class.getName())
                    .build()));
    AtomicInteger handled = new AtomicInteger();
    messaging.subscribe(group).on(step, event -> handled.incrementAndGet()).start();
    publish(messaging, 10);
    await().until(() -> handled.get() == 10);
    assertThat(FailingOnce.CALLS.get()).isGreaterThan(1);
  }

  /** Throws for the first delivery, as an engine with a fault would. */
  private static final class Throwing extends Accepting {
    private boolean thrown;

    @Override
    public int offer(List<? extends Delivery> deliveries) {
      if (!thrown) {
        thrown = true;
        throw new IllegalStateException("fault");
      }
      return super.offer(deliveries);
    }
  }

  @Test
  void after_a_fault_of_the_intake_everything_is_offered_again_in_a_new_assignment() {
    Broker.create(channel, 1, Map.of());
    for (int i = 0; i < 3; i++) {
      Broker.write(new Message(channel, null, List.of(), new byte[] {(byte) i}));
    }
    Throwing intake = new Throwing();
    KafkaTransport transport = opened(Broker.transport());
    opened(transport.receive(new Reception(group, Set.of(channel), Duration.ofSeconds(1)), intake));
    await().until(() -> intake.taken.size() == 3);
    assertThat(intake.taken)
        .extracting(each -> each.origin().position())
        .containsExactly("0", "1", "2");
  }

  @Test
  void closing_while_it_waits_to_join_again_is_quick() {
    Broker.create(channel, 1, Map.of());
    Broker.write(new Message(channel, null, List.of(), new byte[] {1}));
    AtomicInteger faults = new AtomicInteger();
    KafkaTransport transport = opened(Broker.transport());
    Receiver receiver =
        transport.receive(
            new Reception(group, Set.of(channel), Duration.ofSeconds(1)),
            new Accepting() {
              @Override
              public int offer(List<? extends Delivery> deliveries) {
                faults.incrementAndGet();
                throw new IllegalStateException("fault");
              }
            });
    await().until(() -> faults.get() >= 2);
    long began = System.nanoTime();
    receiver.close();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void it_waits_longer_each_time_and_longest_where_access_is_denied() {
    RuntimeException fault = new IllegalStateException();
    assertThat(KafkaReceiver.backoff(fault, 1)).isEqualTo(Duration.ofSeconds(1));
    assertThat(KafkaReceiver.backoff(fault, 3)).isEqualTo(Duration.ofSeconds(4));
    assertThat(KafkaReceiver.backoff(fault, 1_000)).isEqualTo(Duration.ofMinutes(1));
    for (RuntimeException denied :
        List.of(
            new TopicAuthorizationException(Set.of("t")), new SaslAuthenticationException("no"))) {
      assertThat(KafkaReceiver.backoff(denied, 1)).isEqualTo(Duration.ofSeconds(5));
      assertThat(KafkaReceiver.backoff(denied, 9)).isEqualTo(Duration.ofMinutes(1));
    }
    assertThat(KafkaReceiver.backoff(new FencedInstanceIdException("no"), 1))
        .as("or it would fence the other in turn")
        .isEqualTo(Duration.ofMinutes(5));
  }
}
