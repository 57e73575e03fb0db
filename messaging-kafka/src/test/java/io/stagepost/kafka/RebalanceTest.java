package io.stagepost.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.Receipt;
import io.stagepost.schema.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Members of a group that come, go, and are thrown out. */
@Timeout(120)
class RebalanceTest {
  record Step(String key, int number) {}

  private final String channel = Broker.unique("steps");
  private final String group = Broker.unique("group");
  private final EventType<Step> step =
      EventType.of("test.step.v1", Step.class)
          .source("urn:test:kafka")
          .channel(channel)
          .key(Step::key)
          .codec(Json.codec());
  private final List<Messaging> members = new ArrayList<>();
  private final Messaging publisher = member(Map.of());

  private Messaging member(Map<String, String> properties) {
    KafkaTransport.Builder builder =
        Broker.builder().consumerProperty("heartbeat.interval.ms", "200");
    properties.forEach(builder::consumerProperty);
    if ("consumer".equals(properties.get("group.protocol"))) {
      builder = Broker.builder(); // there the broker says how often hearts beat
      properties.forEach(builder::consumerProperty);
    }
    Messaging member = Messaging.over(builder.build());
    members.add(member);
    return member;
  }

  @AfterEach
  void close() {
    members.forEach(Messaging::close);
  }

  private void publish(int keys, int from, int to) {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int n = from; n < to; n++) {
      for (int k = 0; k < keys; k++) {
        receipts.add(publisher.publish(step.event(new Step("key-" + k, n))));
      }
    }
    receipts.forEach(Broker::get);
  }

  /** What all members together did: who ran, in which order, and whether runs of a key met. */
  private static final class Oracle {
    final Map<String, List<Integer>> starts = new ConcurrentHashMap<>();
    final Map<String, AtomicInteger> running = new ConcurrentHashMap<>();
    final Set<String> overlaps = ConcurrentHashMap.newKeySet();
    final Set<String> handled = ConcurrentHashMap.newKeySet();

    void handle(Event<Step> event, Runnable work) {
      String key = event.data().key();
      starts.computeIfAbsent(key, k -> new CopyOnWriteArrayList<>()).add(event.data().number());
      AtomicInteger ofKey = running.computeIfAbsent(key, k -> new AtomicInteger());
      if (ofKey.incrementAndGet() > 1) {
        overlaps.add(key);
      }
      work.run();
      ofKey.decrementAndGet();
      handled.add(key + "#" + event.data().number());
    }

    List<Integer> starts(String key) {
      return starts.getOrDefault(key, List.of());
    }

    void check() {
      assertThat(overlaps).as("keys whose runs overlapped").isEmpty();
      starts.forEach(
          (key, numbers) ->
              assertThat(new LinkedHashSet<>(numbers))
                  .as("first starts of %s in %s", key, numbers)
                  .containsExactlyElementsOf(
                      IntStream.range(0, new LinkedHashSet<>(numbers).size()).boxed().toList()));
    }
  }

  private static void work() {
    long end = System.nanoTime() + 200_000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void d04_members_come_and_go_and_nothing_is_lost_nor_overlaps_nor_starts_out_of_order(
      String protocol) {
    Broker.create(channel, 6, Map.of());
    Oracle oracle = new Oracle();
    Map<String, String> properties = Map.of("group.protocol", protocol);
    Map<Integer, AtomicInteger> shares = new ConcurrentHashMap<>();
    List<Messaging> joined = new ArrayList<>();
    int keys = 30;
    int rounds = 6;
    int perRound = 30;
    for (int round = 0; round < rounds; round++) {
      if (round < 3) {
        int number = round;
        shares.put(number, new AtomicInteger());
        Messaging member = member(properties);
        joined.add(member);
        member
            .subscribe(group)
            .limits(Limits.defaults().concurrency(4).inFlight(60))
            .on(
                step,
                event ->
                    oracle.handle(
                        event,
                        () -> {
                          shares.get(number).incrementAndGet();
                          work();
                        }))
            .start();
      } else if (round < 5) {
        joined.remove(0).close();
      }
      publish(keys, round * perRound, (round + 1) * perRound);
      int expected = keys * perRound * (round + 1) - keys * perRound / 2;
      await().atMost(Duration.ofSeconds(60)).until(() -> oracle.handled.size() >= expected);
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> oracle.handled.size() == keys * perRound * rounds);
    oracle.check();
    assertThat(shares.get(2)).hasPositiveValue();
    long total = (long) keys * perRound * rounds;
    await().until(() -> Broker.committedSum(group, channel) == total);
  }

  @Test
  void d04_a_hand_over_waits_for_the_running_handlers_and_commits_what_they_did() {
    Broker.create(channel, 2, Map.of());
    Semaphore gate = new Semaphore(0);
    Set<String> started = ConcurrentHashMap.newKeySet();
    Map<String, AtomicInteger> runs = new ConcurrentHashMap<>();
    Messaging first = member(Map.of());
    first
        .subscribe(group)
        .on(
            step,
            event -> {
              started.add(event.data().key());
              runs.computeIfAbsent(event.data().key(), k -> new AtomicInteger()).incrementAndGet();
              gate.acquire();
            })
        .start();
    publish(8, 0, 1);
    await().until(() -> started.size() == 8);

    Set<String> bySecond = ConcurrentHashMap.newKeySet();
    member(Map.of())
        .subscribe(group)
        .on(
            step,
            event -> {
              bySecond.add(event.data().key());
              runs.computeIfAbsent(event.data().key(), k -> new AtomicInteger()).incrementAndGet();
            })
        .start();
    // the partition is not handed over while its handlers run
    await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(5)).until(bySecond::isEmpty);
    gate.release(8);
    await().until(() -> Broker.committedSum(group, channel) == 8);
    publish(8, 1, 2);
    gate.release(100);
    await().until(() -> Broker.committedSum(group, channel) == 16);
    assertThat(runs).allSatisfy((key, count) -> assertThat(count).as(key).hasValue(2));
    assertThat(bySecond).isNotEmpty();
  }

  @Test
  void d04_after_the_drain_limit_a_partition_is_handed_over_all_the_same() {
    Broker.create(channel, 2, Map.of());
    CountDownLatch never = new CountDownLatch(1);
    Set<String> started = ConcurrentHashMap.newKeySet();
    member(Map.of())
        .subscribe(group)
        .limits(Limits.defaults().drain(Duration.ofMillis(500)))
        .on(
            step,
            event -> {
              started.add(event.data().key());
              never.await();
            })
        .start();
    publish(8, 0, 1);
    await().until(() -> started.size() == 8);
    Set<String> bySecond = ConcurrentHashMap.newKeySet();
    member(Map.of()).subscribe(group).on(step, event -> bySecond.add(event.data().key())).start();
    await().atMost(Duration.ofSeconds(20)).until(() -> !bySecond.isEmpty());
    never.countDown();
  }

  @Test
  void d11_settling_what_was_lost_changes_nothing_and_a_key_does_not_meet_itself() {
    Broker.create(channel, 1, Map.of());
    Oracle oracle = new Oracle();
    Semaphore gate = new Semaphore(0);
    member(Map.of())
        .subscribe(group)
        .on(step, event -> oracle.handle(event, gate::acquireUninterruptibly))
        .start();
    publish(1, 0, 1);
    await().until(() -> gate.hasQueuedThreads());

    Broker.get(
        Broker.admin()
            .removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions())
            .all()
            .toCompletionStage()
            .toCompletableFuture());
    // it joins again by itself, and gets the event anew: the lane waits for the old run
    await().until(() -> Broker.committed(group, channel).containsKey(0));
    gate.release();
    await().until(() -> oracle.starts("key-0").size() == 2 && gate.hasQueuedThreads());
    // the old run has been settled: had that counted, it would be committed by now
    await()
        .during(Membership.COMMIT_INTERVAL.multipliedBy(2))
        .atMost(Duration.ofSeconds(10))
        .until(() -> Broker.committedSum(group, channel) == 0);
    gate.release();
    await().until(() -> Broker.committedSum(group, channel) == 1);
    assertThat(oracle.overlaps).isEmpty();
    assertThat(oracle.starts("key-0")).containsExactly(0, 0);
  }

  @Test
  void d10_closing_leaves_the_unsettled_and_a_new_member_gets_exactly_these() {
    Broker.create(channel, 1, Map.of());
    CountDownLatch gate = new CountDownLatch(1);
    Set<Integer> done = ConcurrentHashMap.newKeySet();
    AtomicInteger blocked = new AtomicInteger();
    Messaging first = member(Map.of());
    first
        .subscribe(group)
        .limits(Limits.defaults().concurrency(4).drain(Duration.ofMillis(300)))
        .on(
            step,
            event -> {
              if (event.data().number() >= 10) {
                blocked.incrementAndGet();
                gate.await();
              }
              done.add(event.data().number());
            })
        .start();
    for (int n = 0; n < 20; n++) {
      Broker.get(publisher.publish(step.event(new Step("key-" + n, n))));
    }
    await().until(() -> done.size() == 10 && blocked.get() == 4);
    first.close();
    assertThat(Broker.committedSum(group, channel)).isEqualTo(10);
    gate.countDown(); // too late: nothing of it counts any more

    List<Integer> again = new CopyOnWriteArrayList<>();
    member(Map.of()).subscribe(group).on(step, event -> again.add(event.data().number())).start();
    await().until(() -> Broker.committedSum(group, channel) == 20);
    assertThat(again).containsExactlyInAnyOrderElementsOf(IntStream.range(10, 20).boxed().toList());
    assertThat(blocked).hasValue(4);
  }

  @Test
  void d10_closing_lets_running_handlers_end_and_commits_them() {
    Broker.create(channel, 1, Map.of());
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    Messaging first = member(Map.of());
    first
        .subscribe(group)
        .on(
            step,
            event -> {
              started.countDown();
              gate.await();
            })
        .start();
    publish(1, 0, 1);
    await().until(() -> started.getCount() == 0);
    CompletableFuture<Void> closing = CompletableFuture.runAsync(first::close);
    await()
        .during(Duration.ofMillis(300))
        .atMost(Duration.ofSeconds(2))
        .until(() -> !closing.isDone());
    gate.countDown();
    Broker.get(closing);
    assertThat(Broker.committedSum(group, channel)).isEqualTo(1);
  }
}
