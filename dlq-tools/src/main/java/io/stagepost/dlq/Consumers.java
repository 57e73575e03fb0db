package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.Backlog;
import io.stagepost.MessagingException;
import io.stagepost.Policy;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Message;
import io.stagepost.spi.Transport;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How far those have come that receive what a run has sent, as far as the broker tells. Where it
 * tells what is settled (Kafka), that is known for each partition, and also of events that a
 * subscription has put aside at its delay address. Where it counts only what nobody has received
 * (RabbitMQ), it is known whether somebody has. Not thread-safe.
 */
final class Consumers {
  private final Transport transport;
  private final byte[] run;
  private final boolean tellsSettled;

  /** What was sent where, for whom. */
  private final Map<Road, Long> sent = new TreeMap<>();

  /** By address, what lay there of what was sent, to its last position of each partition. */
  private final Map<String, Map<String, Long>> ends = new HashMap<>();

  /** By delay address, where what the run has sent was seen; and from where on to look. */
  private final Map<String, Map<String, NavigableSet<Long>>> delayed = new HashMap<>();

  private final Map<String, Map<String, String>> looked = new HashMap<>();

  /** Where nothing was left to be received since all was sent. */
  private final Set<Road> received = new HashSet<>();

  private @Nullable Set<String> addresses;

  /** A subscription that receives from an address; empty if nothing says which one does. */
  private record Road(String address, String subscription) implements Comparable<Road> {
    @Override
    public int compareTo(Road other) {
      int byAddress = address.compareTo(other.address);
      return byAddress != 0 ? byAddress : subscription.compareTo(other.subscription);
    }

    @Override
    public String toString() {
      return address
          + (subscription.isEmpty() ? ", as far as its letters tell" : " as " + subscription);
    }
  }

  /**
   * What was seen.
   *
   * @param waiting how many letters nobody has handled, or, where that is not told, received
   * @param where at which addresses, and for whom
   */
  record Sight(long waiting, String where) {}

  Consumers(Transport transport, String run) {
    this.transport = transport;
    this.run = run.getBytes(UTF_8);
    this.tellsSettled = transport.capabilities().has(Capability.LAG);
  }

  /** Whether the broker tells what is settled, and not only what was received. */
  boolean tellSettled() {
    return tellsSettled;
  }

  /** A letter goes there; before it is sent. */
  void sent(Letter letter, String address) {
    String subscription = letter.failure().subscription();
    Road road = new Road(address, subscription == null ? "" : subscription);
    if (sent.merge(road, 1L, Long::sum) == 1 && tellsSettled) {
      delayAddress(road).forEach(each -> looked.computeIfAbsent(each, this::endsOf));
    }
  }

  /** All that was sent is confirmed. */
  void mark() {
    received.clear();
    if (tellsSettled) {
      sent.keySet()
          .forEach(
              road -> ends.put(road.address(), numbers(transport.browser().ends(road.address()))));
    }
  }

  private Map<String, String> endsOf(String address) {
    return new HashMap<>(transport.browser().ends(address));
  }

  /** What they have not dealt with. */
  Sight look() {
    long waiting = 0;
    Set<String> where = new TreeSet<>();
    for (Map.Entry<Road, Long> each : sent.entrySet()) {
      Road road = each.getKey();
      long left = tellsSettled ? unsettled(road) : unreceived(road);
      if (left > 0) {
        waiting += Math.min(left, each.getValue());
        where.add(road.toString());
      }
    }
    return new Sight(waiting, String.join(", ", where));
  }

  private long unsettled(Road road) {
    if (road.subscription().isEmpty()) {
      return Long.MAX_VALUE; // nobody that is known
    }
    long left = left(road.subscription(), road.address());
    for (String delay : delayAddress(road)) { // which they reach before they leave the former
      left += delayed(delay, road.subscription() + ".delay");
    }
    return left;
  }

  /** How many of what was sent, and of what lay there before it, are not settled. */
  private long left(String subscription, String address) {
    Map<String, Long> lag = transport.topology().lag(subscription, List.of(address));
    if (lag.values().stream().allMatch(each -> each == 0)) {
      return 0; // most often, and cheaper to know
    }
    Map<String, Long> settled = settled(subscription, address);
    return ends.getOrDefault(address, Map.of()).entrySet().stream()
        .mapToLong(end -> Math.max(0, end.getValue() - settled.getOrDefault(end.getKey(), 0L)))
        .sum();
  }

  /** By partition, up to where a subscription has settled all: so far at least. */
  private Map<String, Long> settled(String subscription, String address) {
    Map<String, Long> settled = numbers(transport.browser().ends(address));
    for (Backlog backlog : transport.topology().backlog(subscription, List.of(address))) {
      settled.computeIfPresent(backlog.partition(), (partition, end) -> end - backlog.messages());
    }
    return settled;
  }

  /** How many of those that were put aside have not come back, or not been handled since. */
  private long delayed(String address, String subscription) {
    Map<String, NavigableSet<Long>> seen = delayed.computeIfAbsent(address, any -> new TreeMap<>());
    looked
        .computeIfAbsent(address, this::endsOf)
        .replaceAll((partition, from) -> look(address, partition, from, seen));
    if (seen.isEmpty()) {
      return 0;
    }
    Map<String, Long> settled = settled(subscription, address);
    return seen.entrySet().stream()
        .mapToLong(each -> each.getValue().tailSet(settled.getOrDefault(each.getKey(), 0L)).size())
        .sum();
  }

  private String look(
      String address, String partition, String from, Map<String, NavigableSet<Long>> seen) {
    long[] next = {Long.parseLong(from)};
    transport
        .browser()
        .browse(
            Browser.Selection.of(address).from(partition, from),
            stored -> {
              long position = Positions.position(stored.origin());
              next[0] = position + 1;
              if (Arrays.equals(stored.message().header(Outgoing.RUN), run)) {
                seen.computeIfAbsent(partition, any -> new TreeSet<>()).add(position);
              }
              return true;
            });
    return Long.toString(next[0]);
  }

  /** Where a subscription puts aside what it is to try much later; empty if it does not. */
  private Set<String> delayAddress(Road road) {
    Set<String> known = addresses;
    if (known == null) {
      known = transport.topology().addresses().map(Set::copyOf).orElse(Set.of());
      addresses = known;
    }
    String delay = Policy.defaults().delayAddress(road.address(), road.subscription());
    return !road.subscription().isEmpty() && known.contains(delay) ? Set.of(delay) : Set.of();
  }

  /** How many nobody has received, at most; none where the broker does not tell. */
  private long unreceived(Road road) {
    String address = road.address();
    if (received.contains(road)) {
      return 0;
    }
    long ready = 0;
    try {
      if (address.startsWith(Message.QUEUE)) {
        ready = sum(transport.topology().depth(List.of(address.substring(Message.QUEUE.length()))));
      } else if (!road.subscription().isEmpty()) {
        ready = sum(transport.topology().backlog(road.subscription(), List.of(address)));
      }
    } catch (MessagingException noSuchQueue) {
      ready = 0; // its queues have other names
    }
    if (ready == 0) {
      received.add(road); // what comes after them does not matter
    }
    return ready;
  }

  private static long sum(List<Backlog> backlogs) {
    return backlogs.stream().mapToLong(Backlog::messages).sum();
  }

  private static Map<String, Long> numbers(Map<String, String> positions) {
    return positions.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, each -> Long.parseLong(each.getValue())));
  }
}
