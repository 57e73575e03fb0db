package io.stagepost.testkit;

import io.stagepost.MessagingException;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.StoredMessage;
import io.stagepost.spi.TopologyAdmin;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Administration and browsing of an in-memory broker. Thread-safe. */
final class MemoryTopology implements TopologyAdmin, Browser {
  private final Broker broker;

  MemoryTopology(Broker broker) {
    this.broker = broker;
  }

  @Override
  public List<String> provision(Collection<String> addresses) {
    List<String> problems = new ArrayList<>();
    broker.locked(
        () -> {
          for (String address : new LinkedHashSet<>(addresses)) {
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
    return problems;
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
  public void browse(String address, Consumer<StoredMessage> visitor) {
    require(Capability.BROWSING);
    if (broker.lockedGet(() -> broker.topic(address) == null)) {
      throw new MessagingException("SP-TEST-020", Broker.missing(address));
    }
    broker.stored(address).forEach(visitor);
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
