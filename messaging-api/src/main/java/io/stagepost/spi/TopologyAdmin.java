package io.stagepost.spi;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Provisions and inspects a broker's topics or queues. Thread-safe; its methods block. */
public interface TopologyAdmin {
  /**
   * Makes sure that these addresses exist, as the transport was told: creating what is missing,
   * only verifying, or not looking.
   *
   * @param addresses what is needed
   * @return what is wrong, each with its code and remedy; empty if nothing is
   */
  List<String> provision(Collection<String> addresses);

  /**
   * How many messages of each address a subscription has not settled yet.
   *
   * @param subscription its name
   * @param addresses where to look
   * @return the lag per address
   */
  Map<String, Long> lag(String subscription, Collection<String> addresses);
}
