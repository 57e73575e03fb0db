package io.stagepost.spi;

import io.stagepost.Backlog;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Provisions and inspects a broker's topics or queues. Thread-safe; its methods block. */
public interface TopologyAdmin {
  /**
   * Makes sure that these addresses exist, as the transport was told: creating what is missing,
   * only verifying, or not looking. What exists is compared with what is needed, and never changed.
   *
   * @param needs what is needed
   * @return all that differs; nothing of what the transport was told not to look at
   */
  TopologyReport provision(Collection<Need> needs);

  /**
   * How many messages of each address a subscription has not settled yet.
   *
   * @param subscription its name
   * @param addresses where to look
   * @return the lag per address
   */
  Map<String, Long> lag(String subscription, Collection<String> addresses);

  /**
   * What a subscription has not settled yet, partition by partition. Reads one message of each that
   * has any, without consuming it.
   *
   * @param subscription its name
   * @param addresses where to look
   * @return one for each partition, in the order of the addresses
   */
  List<Backlog> backlog(String subscription, Collection<String> addresses);

  /**
   * What lies at addresses, whoever has settled it: how deep a dead-letter address is, and since
   * when. Reads one message of each partition that holds any, without consuming it.
   *
   * @param addresses where to look
   * @return one for each partition, in the order of the addresses
   */
  List<Backlog> depth(Collection<String> addresses);

  /**
   * Deletes what lies in a partition before a position, for good.
   *
   * @param address the topic or stream
   * @param partition as an {@link Origin} names it
   * @param position the first that stays
   * @throws UnsupportedOperationException if the transport lacks {@link
   *     Capabilities.Capability#TRUNCATING}
   */
  default void truncate(String address, String partition, String position) {
    throw new UnsupportedOperationException(
        address + " cannot be cut before " + partition + " " + position);
  }

  /**
   * All addresses that the broker lets the caller see, whoever made them.
   *
   * @return in no order; empty if the broker lists none to anybody, as RabbitMQ does over AMQP 1.0
   */
  default Optional<List<String>> addresses() {
    return Optional.empty();
  }
}
