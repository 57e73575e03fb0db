package io.stagepost.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.spi.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What addresses and subscriptions are at the broker.
 *
 * <pre>
 *   keyed:     orders ──▶ orders.billing ──hash of the key──▶ orders.billing.00, .01, …
 *              fanout     x-consistent-hash                   quorum, single active consumer
 *
 *   unkeyed:   orders ──▶ orders.billing
 *              fanout     quorum, competing consumers
 *
 *   kept:      orders.billing.dead-letter ──▶ orders.billing.dead-letter
 *              fanout                         stream
 * </pre>
 *
 * @param partitions how many queues a subscription of a keyed channel has
 * @param unkeyed channels whose events need no order
 * @param groups by channel, the subscriptions that are declared with it
 * @param kept by channel, how long its events are kept in a stream beside its subscriptions
 * @param streams by channel, where its subscriptions begin, which read its stream
 * @param deadLettersInQueues whether dead letters and parking lots are quorum queues, not streams
 */
record Layout(
    int partitions,
    Set<String> unkeyed,
    Map<String, Set<String>> groups,
    Map<String, Duration> kept,
    Map<String, StreamStart> streams,
    boolean deadLettersInQueues) {

  /** The annotation with the ordering key: what the hash is made of. */
  static final String KEY = "x-opt-partition-key";

  /** The annotation with the time at which a message was sent. */
  static final String TIME = "x-opt-enqueued-time";

  /**
   * What RabbitMQ allows a session unless told otherwise, and a connection of the client is one.
   */
  static final int MOST_LINKS = 256;

  static final int MOST_PARTITIONS = 200;

  /** Beside those to queues, to hear and tell of members and of suspects, for each address. */
  private static final int OTHER_LINKS = 4;

  private static final int LONGEST = 255;

  /** Whether a subscription has queues of its own there, by key. */
  boolean isKeyed(String address) {
    return !unkeyed.contains(address) && !isStream(address);
  }

  /** Whether its subscriptions read its stream. */
  boolean isStream(String address) {
    return streams.containsKey(address);
  }

  /** What a subscription's share of a channel arrives at: an exchange if keyed, else a queue. */
  static String group(String address, String subscription) {
    return address + "." + subscription;
  }

  /** The queues of a subscription: as many as there are partitions; one if it needs no order. */
  List<String> queues(String address, String subscription) {
    if (isStream(address)) {
      return List.of(address);
    }
    String group = group(address, subscription);
    if (!isKeyed(address)) {
      return List.of(group);
    }
    List<String> queues = new ArrayList<>(partitions);
    for (int i = 0; i < partitions; i++) {
      queues.add(queue(group, i));
    }
    return queues;
  }

  /** How many links a member of a subscription has for an address. */
  int links(String address, String subscription) {
    return queues(address, subscription).size() + OTHER_LINKS;
  }

  /** The name that a queue more than there are would have. */
  String beyond(String address, String subscription) {
    return queue(group(address, subscription), partitions);
  }

  private static String queue(String group, int number) {
    return group + (number < 10 ? ".0" : ".") + number;
  }

  /** Where the members of a subscription tell each other that they have come. */
  static String control(String address, String subscription) {
    return group(address, subscription) + ".control";
  }

  /** Where the broker puts what it gives up: the dead letters, at their address by default. */
  static String deadLetters(String address, String subscription) {
    return group(address, subscription) + ".dead-letter";
  }

  /** The stream of what has killed processes of a subscription, or may have. */
  static String evidence(String address, String subscription) {
    return group(address, subscription) + ".suspects";
  }

  /** The queue that an address names; null if it is an exchange. */
  static @Nullable String queueAt(String address) {
    return address.startsWith(Message.QUEUE) ? address.substring(Message.QUEUE.length()) : null;
  }

  /** Whether the broker takes it as a name of an exchange or queue. */
  static boolean isLegal(String name) {
    return !name.isBlank()
        && name.getBytes(UTF_8).length <= LONGEST
        && !name.startsWith("amq.")
        && name.chars().noneMatch(c -> c < ' ' || c == '\n' || c == '\r');
  }
}
