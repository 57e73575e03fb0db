package io.stagepost.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Event;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** What all members of a subscription together did: who ran, in which order, and what met. */
final class Runs {
  private final Map<String, List<Integer>> starts = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> running = new ConcurrentHashMap<>();
  private final Set<String> overlaps = ConcurrentHashMap.newKeySet();
  private final Set<String> handled = ConcurrentHashMap.newKeySet();
  private final AtomicInteger now = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  void run(Event<Step> event, Runnable work) {
    Step step = event.data();
    AtomicInteger ofKey = running.computeIfAbsent(step.key(), k -> new AtomicInteger());
    if (ofKey.incrementAndGet() > 1) {
      overlaps.add(step.key());
    }
    starts.computeIfAbsent(step.key(), k -> new CopyOnWriteArrayList<>()).add(step.number());
    most.accumulateAndGet(now.incrementAndGet(), Math::max);
    try {
      work.run();
      handled.add(step.toString());
    } finally {
      now.decrementAndGet();
      ofKey.decrementAndGet();
    }
  }

  void note(Event<Step> event) {
    run(event, () -> {});
  }

  /** The steps of a key in the order in which they were started, each time. */
  List<Integer> starts(String key) {
    return starts.getOrDefault(key, List.of());
  }

  int started() {
    return starts.values().stream().mapToInt(List::size).sum();
  }

  int handled() {
    return handled.size();
  }

  boolean handled(String key, int number) {
    return handled.contains(new Step(key, number).toString());
  }

  /** How many ran at once. */
  int most() {
    return most.get();
  }

  Set<String> overlaps() {
    return overlaps;
  }

  /** First starts follow the order of publication, from 0 on and without a gap (rule D04). */
  void checkOrder() {
    starts.forEach(
        (key, numbers) -> {
          Set<Integer> first = new LinkedHashSet<>(numbers);
          assertThat(first)
              .as("first starts of %s, in %s", key, numbers)
              .containsExactlyElementsOf(IntStream.range(0, first.size()).boxed().toList());
        });
  }

  void checkOverlaps() {
    assertThat(overlaps).as("keys whose runs overlapped").isEmpty();
  }
}
