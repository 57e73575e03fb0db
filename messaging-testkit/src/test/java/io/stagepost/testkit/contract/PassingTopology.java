package io.stagepost.testkit.contract;

import io.stagepost.Backlog;
import io.stagepost.spi.Need;
import io.stagepost.spi.TopologyAdmin;
import io.stagepost.spi.TopologyReport;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Passes everything on; what a test breaks it overrides. */
class PassingTopology implements TopologyAdmin {
  private final TopologyAdmin next;

  PassingTopology(TopologyAdmin next) {
    this.next = next;
  }

  @Override
  public TopologyReport provision(Collection<Need> needs) {
    return next.provision(needs);
  }

  @Override
  public Map<String, Long> lag(String subscription, Collection<String> addresses) {
    return next.lag(subscription, addresses);
  }

  @Override
  public List<Backlog> backlog(String subscription, Collection<String> addresses) {
    return next.backlog(subscription, addresses);
  }

  @Override
  public List<Backlog> depth(Collection<String> addresses) {
    return next.depth(addresses);
  }

  @Override
  public Optional<List<String>> addresses() {
    return next.addresses();
  }

  @Override
  public void truncate(String address, String partition, String position) {
    next.truncate(address, partition, position);
  }
}
