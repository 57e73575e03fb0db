package io.stagepost.testkit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The members of a subscription and who of them has which partition. Its state is guarded by the
 * broker's lock; {@link #plan()} and all that moves partitions is called between deliveries,
 * without it.
 */
final class Group {
  final String name;
  private final Broker broker;

  /** Every address that a member has ever consumed. */
  final TreeSet<String> addresses = new TreeSet<>();

  private final List<Member> members = new ArrayList<>();
  private final Map<Partition, Progress> progress =
      new TreeMap<>(
          Comparator.comparing((Partition partition) -> partition.address)
              .thenComparing(partition -> partition.number));
  private final AtomicBoolean commitScheduled = new AtomicBoolean();

  Group(String name, Broker broker) {
    this.name = name;
    this.broker = broker;
  }

  void join(Member member) {
    broker.locked(
        () -> {
          if (!members.contains(member)) {
            members.add(member);
          }
        });
    plan();
  }

  void leave(Member member) {
    broker.locked(() -> members.remove(member));
    plan();
  }

  /** Gives every partition that nobody has to a member, and evens out who has how many. */
  void plan() {
    Map<Member, List<Flow>> revoked = new LinkedHashMap<>();
    List<Member> assigned = new ArrayList<>();
    broker.locked(
        () ->
            target()
                .forEach(
                    (partition, member) -> {
                      Flow flow = partition.flow;
                      if (flow == null) {
                        Flow begun = new Flow(member, partition);
                        partition.flow = begun;
                        member.flows.add(begun);
                        assigned.add(member);
                      } else if (flow.state == Flow.State.ACTIVE && flow.member != member) {
                        revoke(flow, revoked);
                      }
                    }));
    revoked.forEach(Member::handOver);
    assigned.forEach(Member::wake);
  }

  private static void revoke(Flow flow, Map<Member, List<Flow>> revoked) {
    flow.state = Flow.State.REVOKING;
    revoked.computeIfAbsent(flow.member, member -> new ArrayList<>()).add(flow);
  }

  /** Who is to have what: as few partitions move as even shares allow. */
  private Map<Progress, Member> target() {
    for (Member member : members) {
      for (String address : member.addresses()) {
        Topic topic = broker.topic(address);
        if (topic != null) {
          topic.partitions.forEach(this::progressOf);
        }
      }
    }
    Map<Progress, Member> target = new LinkedHashMap<>();
    Map<Member, Integer> load = new HashMap<>();
    for (Progress each : progress.values()) {
      Flow flow = each.flow;
      if (flow != null && flow.state == Flow.State.ACTIVE && members.contains(flow.member)) {
        target.put(each, flow.member);
        load.merge(flow.member, 1, Integer::sum);
      }
    }
    List<Progress> all = new ArrayList<>(progress.values());
    for (Progress each : all) {
      Member least = target.containsKey(each) ? null : leastLoaded(each, load);
      if (least != null) {
        target.put(each, least);
        load.merge(least, 1, Integer::sum);
      }
    }
    Collections.reverse(all);
    for (boolean moved = true; moved; ) {
      moved = false;
      for (Progress each : all) {
        Member owner = target.get(each);
        Member least = leastLoaded(each, load);
        if (owner != null
            && least != null
            && load.getOrDefault(owner, 0) - load.getOrDefault(least, 0) > 1) {
          target.put(each, least);
          load.merge(owner, -1, Integer::sum);
          load.merge(least, 1, Integer::sum);
          moved = true;
        }
      }
    }
    return target;
  }

  private @Nullable Member leastLoaded(Progress partition, Map<Member, Integer> load) {
    return members.stream()
        .filter(member -> member.addresses().contains(partition.partition.address))
        .min(Comparator.comparing(member -> load.getOrDefault(member, 0)))
        .orElse(null);
  }

  private Progress progressOf(Partition partition) {
    return progress.computeIfAbsent(
        partition,
        p -> {
          Progress begun = new Progress(p);
          p.progress.add(begun);
          return begun;
        });
  }

  /** Takes every partition from everybody, in order, and gives them out anew. */
  void rebalance() {
    Map<Member, List<Flow>> revoked = new LinkedHashMap<>();
    broker.locked(
        () -> {
          for (Progress each : progress.values()) {
            Flow flow = each.flow;
            if (flow != null && flow.state == Flow.State.ACTIVE) {
              revoke(flow, revoked);
            }
          }
          Collections.rotate(members, 1);
        });
    revoked.forEach(Member::handOver);
  }

  /** Takes every partition from everybody at once, as when sessions expire. */
  void lose(Consumer<Progress> then) {
    for (Member member : broker.lockedGet(() -> List.copyOf(members))) {
      member.lose();
    }
    broker.locked(
        () -> {
          progress.values().forEach(then);
          Collections.rotate(members, 1);
        });
    plan();
  }

  // ---- commits ---------------------------------------------------------------------------------

  /** Something was settled: makes it durable when the interval is over. */
  void commitLater() {
    if (!commitScheduled.getAndSet(true)) {
      var unused =
          broker.loop.deliverAfter(
              broker.settings.commitInterval(),
              () -> {
                commitScheduled.set(false);
                broker.locked(() -> progress.values().forEach(broker::commit));
              });
    }
  }

  // ---- what is known ---------------------------------------------------------------------------

  /** Counts over the partitions of an address; one that nobody has had yet is all unsettled. */
  long unsettled(String address) {
    Topic topic = broker.topic(address);
    long count = 0;
    if (topic != null) {
      for (Partition partition : topic.partitions) {
        count += unsettled(partition);
      }
    }
    return count;
  }

  long unsettled(Partition partition) {
    Progress known = progress.get(partition);
    return known == null ? partition.end() - partition.begin() : known.unsettled();
  }

  /** The end of the partition if all is settled. */
  long lowestUnsettled(Partition partition) {
    Progress known = progress.get(partition);
    return known == null ? partition.begin() : known.lowest();
  }

  long unsettled() {
    return addresses.stream().mapToLong(this::unsettled).sum();
  }

  long settled() {
    return progress.values().stream().mapToLong(Progress::settled).sum();
  }

  /** For people: what each partition waits for. */
  String describe() {
    StringBuilder text = new StringBuilder();
    progress.forEach(
        (partition, known) -> {
          if (known.unsettled() > 0) {
            text.append(text.isEmpty() ? "" : ", ")
                .append(known)
                .append(" of ")
                .append(partition.end());
          }
        });
    return text.toString();
  }

  @Override
  public String toString() {
    return name;
  }
}
