package io.stagepost.testkit;

import io.stagepost.spi.Message;
import java.util.Arrays;
import java.util.List;
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

  @Override
  public String toString() {
    return address;
  }
}
