package io.stagepost.benchmarks.contestant;

import java.util.ArrayList;
import java.util.List;

/** What is measured on RabbitMQ, by name. */
public final class QueueNames {
  /** The subscription that is measured. */
  public static final String SUBSCRIPTION = "measured";

  /** What the names of unkeyed channels have in them. */
  public static final String UNKEYED = "unkeyed";

  private static final int PARTITIONS = 8;

  private QueueNames() {}

  /**
   * The queues of the subscription: eight, or one where the channel is unkeyed.
   *
   * @param channel its name
   * @return in order
   */
  public static List<String> of(String channel) {
    String group = channel + "." + SUBSCRIPTION;
    if (channel.contains(UNKEYED)) {
      return List.of(group);
    }
    List<String> queues = new ArrayList<>();
    for (int i = 0; i < PARTITIONS; i++) {
      queues.add(group + ".0" + i);
    }
    return queues;
  }
}
