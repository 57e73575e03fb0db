package io.stagepost.kafka;

import io.stagepost.spi.Assignment;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/** One assigned partition: its ledger, and what the intake has not taken yet. Not thread-safe. */
final class Flow {
  final TopicPartition partition;
  final Assignment assignment;
  final Ledger ledger = new Ledger();

  /** Whether it is paused at the consumer. */
  boolean paused;

  /** The offset that is known to be committed. */
  long committed = Ledger.NOTHING;

  private List<KafkaDelivery> held = List.of();
  private int offered;

  Flow(TopicPartition partition) {
    this.partition = partition;
    this.assignment = new Assignment(partition.toString());
  }

  /** Adds fetched deliveries behind those that are held. */
  void hold(List<KafkaDelivery> fetched) {
    if (!isHolding()) {
      held = fetched;
    } else {
      List<KafkaDelivery> longer = new ArrayList<>(held());
      longer.addAll(fetched);
      held = longer;
    }
    offered = 0;
  }

  /** What waits to be taken, in order. */
  List<KafkaDelivery> held() {
    return held.subList(offered, held.size());
  }

  boolean isHolding() {
    return offered < held.size();
  }

  /** The first so many were taken. */
  void taken(int count) {
    offered += count;
    if (!isHolding()) {
      held = List.of();
      offered = 0;
    }
  }

  @Override
  public String toString() {
    return partition.toString();
  }
}
