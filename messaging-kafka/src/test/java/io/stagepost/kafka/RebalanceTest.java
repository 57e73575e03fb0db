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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Members of a group that come, go, and are thrown out. */
@Timeout(600)
@Execution(ExecutionMode.CONCURRENT)
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
  private final Messaging publisher = member(Protocol.COOPERATIVE);

  private Messaging member(Protocol protocol) {
    Messaging member = Messaging.over(protocol.on(Broker.builder()).build());
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
  @EnumSource
  void d04_members_come_and_go_and_nothing_is_lost_nor_overlaps_nor_starts_out_of_order(
      Protocol protocol) {
    Broker.create(channel, 6, Map.of());
    Oracle oracle = new Oracle();
    protocol.prepare(group, Duration.ofSeconds(30));
    Map<Integer, AtomicInteger> shares = new ConcurrentHashMap<>();
    List<Messaging> joined = new ArrayList<>();
    int keys = 30;
    int rounds = 6;
    int perRound = 30;
    for (int round = 0; round < rounds; round++) {
      if (round < 3) {
        int number = round;
        shares.put(number, new AtomicInteger());
        Messaging member = member(protocol);
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
}
