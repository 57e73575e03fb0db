package io.stagepost.testkit;

import io.stagepost.spi.Message;
import io.stagepost.spi.StoredMessage;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** The partitions of an address. Guarded by the broker's lock. */
final class Topic {
  final String address;
  final List<Partition> partitions;
  private int turn;

  Topic(String address, int partitions) {
    this.address = address;
    this.partitions =
        IntStream.range(0, partitions).mapToObj(n -> new Partition(address, n)).toList();
  }

  /** A key's own partition; what has none takes them in turn. */
  Partition partitionOf(Message message, boolean keysAreOrdered) {
    byte[] key = message.key();
    int number = key == null || !keysAreOrdered ? turn++ : mix(Arrays.hashCode(key));
    return partitions.get(Math.floorMod(number, partitions.size()));
  }

  /** Spreads what differs little, as short keys do. */
  private static int mix(int hash) {
    int mixed = hash * 0x9e3779b9;
    return mixed ^ (mixed >>> 15);
  }

  /** All that it holds, in the order in which it was stored. */
  List<StoredMessage> stored() {
    TreeMap<Long, StoredMessage> stored = new TreeMap<>();
    for (Partition partition : partitions) {
      for (long offset = partition.begin(); offset < partition.end(); offset++) {
        stored.put(partition.get(offset).number(), partition.stored(offset));
      }
    }
    return List.copyOf(stored.values());
  }

  @Override
  public String toString() {
    return address;
  }
}
