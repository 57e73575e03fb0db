package io.stagepost.testkit;

import io.stagepost.Backlog;
import io.stagepost.MessagingException;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Need;
import io.stagepost.spi.StoredMessage;
import io.stagepost.spi.TopologyAdmin;
import io.stagepost.spi.TopologyReport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;

/** Administration and browsing of an in-memory broker. Thread-safe. */
final class MemoryTopology implements TopologyAdmin, Browser {
  private final Broker broker;

  MemoryTopology(Broker broker) {
    this.broker = broker;
  }

  @Override
  public TopologyReport provision(Collection<Need> needs) {
    List<String> problems = new ArrayList<>();
    Set<String> addresses = new LinkedHashSet<>();
    needs.forEach(need -> addresses.add(need.address()));
    broker.locked(
        () -> {
          for (String address : addresses) {
            if (broker.topic(address) != null) {
              continue;
            }
            if (broker.settings.createsMissing() && Broker.isLegal(address)) {
              broker.create(address);
            } else {
              problems.add("SP-TEST-020 " + Broker.missing(address));
            }
          }
        });
    return new TopologyReport(problems, List.of());
  }

  @Override
  public Map<String, Long> lag(String subscription, Collection<String> addresses) {
    require(Capability.LAG);
    Group group = broker.groupOrNone(subscription);
    return broker.lockedGet(
        () -> {
          Map<String, Long> lag = new LinkedHashMap<>();
          addresses.forEach(address -> lag.put(address, group.unsettled(address)));
          return lag;
        });
  }

  @Override
  public List<Backlog> backlog(String subscription, Collection<String> addresses) {
    require(Capability.LAG);
    Group group = broker.groupOrNone(subscription);
    return backlogs(addresses, group::lowestUnsettled, group::unsettled);
  }

  @Override
  public List<Backlog> depth(Collection<String> addresses) {
    require(Capability.LAG);
    return backlogs(addresses, Partition::begin, each -> each.end() - each.begin());
  }

  /** Of each partition: from which offset on, and how many of those from there. */
  private List<Backlog> backlogs(
      Collection<String> addresses,
      ToLongFunction<Partition> first,
      ToLongFunction<Partition> count) {
    return broker.lockedGet(
        () -> {
          List<Backlog> backlogs = new ArrayList<>();
          for (String address : addresses) {
            for (Partition each : existing(address).partitions) {
              long from = first.applyAsLong(each);
              backlogs.add(
                  new Backlog(
                      address,
                      Integer.toString(each.number),
                      count.applyAsLong(each),
                      from < each.end() ? each.get(from).time() : null));
            }
          }
          return backlogs;
        });
  }

  @Override
  public void truncate(String address, String partition, String position) {
    require(Capability.TRUNCATING);
    broker.locked(
        () ->
            existing(address)
                .partitions
                .get(Integer.parseInt(partition))
                .discardBefore(Long.parseLong(position)));
  }

  @Override
  public void browse(Selection what, Visitor visitor) {
    require(Capability.BROWSING);
    List<StoredMessage> selected =
        broker.lockedGet(
            () -> {
              Topic topic = existing(what.address());
              Map<String, Long> from = new HashMap<>();
              topic.partitions.forEach(
                  each -> from.put(Integer.toString(each.number), begin(each, what)));
              return topic.stored().stream()
                  .filter(
                      stored ->
                          Long.parseLong(stored.origin().position())
                              >= from.getOrDefault(stored.origin().partition(), Long.MAX_VALUE))
                  .limit(Math.max(0, what.limit()))
                  .toList();
            });
    for (StoredMessage stored : selected) {
      if (!visitor.visit(stored)) {
        return;
      }
    }
  }

  @Override
  public Map<String, String> ends(String address) {
    require(Capability.BROWSING);
    return broker.lockedGet(
        () -> {
          Map<String, String> ends = new LinkedHashMap<>();
          existing(address)
              .partitions
              .forEach(each -> ends.put(Integer.toString(each.number), Long.toString(each.end())));
          return ends;
        });
  }

  /** The first offset of a partition that is selected. */
  private static long begin(Partition partition, Selection what) {
    String only = what.partition();
    if (only != null && !only.equals(Integer.toString(partition.number))) {
      return Long.MAX_VALUE;
    }
    String position = what.position();
    long begin =
        position == null
            ? partition.begin()
            : Math.max(partition.begin(), Long.parseLong(position));
    Instant since = what.since();
    while (since != null
        && begin < partition.end()
        && partition.get(begin).time().isBefore(since)) {
      begin++;
    }
    return begin;
  }

  /** Under the lock. */
  private Topic existing(String address) {
    Topic topic = broker.topic(address);
    if (topic == null) {
      throw new MessagingException("SP-TEST-020", Broker.missing(address));
    }
    return topic;
  }

  private void require(Capability capability) {
    String why = broker.settings.capabilities().whyLacking(capability);
    if (why != null) {
      throw new MessagingException(
          "SP-TEST-024",
          "This transport was told to lack " + capability + " (" + why + "); do without it.");
    }
  }
}
