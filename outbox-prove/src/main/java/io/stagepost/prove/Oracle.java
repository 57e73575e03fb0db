package io.stagepost.prove;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Compares what was committed with what was published and what took effect. Pure.
 *
 * <p>An event that came after later ones of its key is an order break. It is explained if it was on
 * its way before each of them, in the same life of one relay, and its send failed only when they
 * were on their way too: that may happen to relays that do not wait for answers. What was not sent
 * at all before it was passed, or was known to have failed, is not explained by that.
 */
final class Oracle {
  /** A row of the table {@code truth}: committed. */
  record Truth(String event, String key, long seq, String nonce, Instant at) {}

  /**
   * A record of Kafka's log, in the order of the log within its partition.
   *
   * @param event its id
   * @param headers all of them, as text
   */
  record Seen(
      String event,
      String key,
      int partition,
      long offset,
      Instant at,
      String headers,
      String body) {
    @Override
    public String toString() {
      return partition + "@" + offset + " (" + key + ", " + at + ")";
    }
  }

  /** An effect, in the order of effects. */
  record Effect(String event, String key, long seq, Instant at) {}

  /** A promise that was broken once, and when, as far as that is known. */
  record Break(String what, Instant at) {}

  private final Map<String, Truth> truth = new HashMap<>();
  private final Map<String, List<Attempt>> sends;
  private final boolean pipelined;
  private final List<Break> lost = new ArrayList<>();
  private final List<Break> uncommitted = new ArrayList<>();
  private final List<Break> disordered = new ArrayList<>();
  private final List<Break> explained = new ArrayList<>();
  private final Set<String> passed = new HashSet<>();
  private final List<Break> changed = new ArrayList<>();
  private final List<Break> effectsMissing = new ArrayList<>();
  private final List<Break> effectsTwice = new ArrayList<>();
  private final List<Break> effectsDisordered = new ArrayList<>();
  private long duplicates;
  private final int published;
  private Duration slowestPublished = Duration.ZERO;
  private Duration slowestEffect = Duration.ZERO;

  /**
   * Compares.
   *
   * @param sends of the relays
   * @param pipelined whether order breaks that are explained break nothing
   */
  Oracle(
      List<Truth> committed,
      List<Seen> log,
      List<Effect> effects,
      List<Attempt> sends,
      boolean pipelined) {
    committed.forEach(row -> truth.put(row.event(), row));
    this.sends = sends.stream().collect(Collectors.groupingBy(Attempt::event));
    this.pipelined = pipelined;
    this.published = log.size();
    compareLog(log);
    compareEffects(effects);
  }

  private void compareLog(List<Seen> log) {
    Map<String, Seen> first = new HashMap<>();
    Map<String, NavigableMap<Long, Seen>> firsts = new HashMap<>();
    for (Seen seen : log) {
      Truth committed = truth.get(seen.event());
      Seen before = first.putIfAbsent(seen.event(), seen);
      if (before != null) {
        duplicates++;
        if (!before.headers().equals(seen.headers()) || !before.body().equals(seen.body())) {
          changed.add(new Break(seen + " differs from " + before, seen.at()));
        }
      } else if (committed == null) {
        uncommitted.add(new Break("event " + seen.event() + " at " + seen, seen.at()));
      } else {
        if (!seen.body().contains(committed.nonce()) || !seen.key().equals(committed.key())) {
          changed.add(new Break(seen + " is not what was committed: " + committed, seen.at()));
        }
        compareOrder(seen, committed, firsts.computeIfAbsent(seen.key(), none -> new TreeMap<>()));
        Duration took = Duration.between(committed.at(), seen.at());
        slowestPublished = longer(took, slowestPublished);
      }
    }
    for (Truth row : truth.values()) {
      if (!first.containsKey(row.event())) {
        lost.add(new Break(row.toString(), row.at()));
      }
    }
  }

  /** Of an event's copies the first counts: a relay that was stopped may repeat old ones. */
  private void compareOrder(Seen seen, Truth committed, NavigableMap<Long, Seen> firsts) {
    List<Seen> passers = List.copyOf(firsts.tailMap(committed.seq(), false).values());
    firsts.put(committed.seq(), seen);
    if (passers.isEmpty()) {
      return;
    }
    Seen unexplained =
        passers.stream().filter(one -> !wasPassedBy(seen, one)).findFirst().orElse(null);
    Break broken = passedBy(unexplained == null ? passers.get(0) : unexplained, seen, committed);
    if (pipelined && unexplained == null) {
      explained.add(broken);
      passed.add(seen.event());
    } else {
      disordered.add(broken);
    }
  }

  private Break passedBy(Seen passer, Seen seen, Truth committed) {
    return new Break(
        "%s is number %d, after %s; sent %s, the other %s"
            .formatted(seen, committed.seq(), passer, sends(seen.event()), sends(passer.event())),
        seen.at());
  }

  private boolean wasPassedBy(Seen seen, Seen passer) {
    return sends(seen.event()).stream()
        .anyMatch(send -> sends(passer.event()).stream().anyMatch(send::wasOutAt));
  }

  private List<Attempt> sends(String event) {
    return sends.getOrDefault(event, List.of());
  }

  private void compareEffects(List<Effect> effects) {
    Set<String> had = new HashSet<>();
    Map<String, Long> latest = new HashMap<>();
    for (Effect effect : effects) {
      if (!had.add(effect.event())) {
        effectsTwice.add(new Break(effect.toString(), effect.at()));
        continue;
      }
      long before = latest.getOrDefault(effect.key(), 0L);
      if (before > effect.seq()) {
        if (passed.contains(effect.event())) {
          continue;
        }
        effectsDisordered.add(new Break(effect + " came after number " + before, effect.at()));
      } else {
        latest.put(effect.key(), effect.seq());
      }
      Truth committed = truth.get(effect.event());
      if (committed != null) {
        Duration took = Duration.between(committed.at(), effect.at());
        slowestEffect = longer(took, slowestEffect);
      }
    }
    for (Truth row : truth.values()) {
      if (!had.contains(row.event())) {
        effectsMissing.add(new Break(row.toString(), row.at()));
      }
    }
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  /** All that was broken, by what it is called. */
  Map<String, List<Break>> breaks() {
    Map<String, List<Break>> all = new LinkedHashMap<>();
    all.put("lost", lost);
    all.put("uncommitted published", uncommitted);
    all.put("order breaks", disordered);
    all.put("changed", changed);
    all.put("effects missing", effectsMissing);
    all.put("effects twice", effectsTwice);
    all.put("effects out of order", effectsDisordered);
    return all;
  }

  /** Order breaks that relays which do not wait for answers may cause. */
  List<Break> explained() {
    return explained;
  }

  boolean holds() {
    return breaks().values().stream().allMatch(List::isEmpty);
  }

  int committed() {
    return truth.size();
  }

  int published() {
    return published;
  }

  long duplicates() {
    return duplicates;
  }

  /** The longest time from the writing of an event to its record's time. */
  Duration slowestPublished() {
    return slowestPublished;
  }

  /** The longest time from the writing of an event to its effect. */
  Duration slowestEffect() {
    return slowestEffect;
  }
}
