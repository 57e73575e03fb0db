package io.stagepost.benchmarks.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.benchmarks.contestant.Load;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;

/**
 * The events that come, in the order of their arrival.
 *
 * @param keys the key of each, from 0
 * @param partitions the partition of each, from 0
 * @param arrivals when each is there, in seconds, ascending
 */
record Source(int[] keys, int[] partitions, double[] arrivals) {
  /** All of a load is there from the beginning, in partitions as Kafka's producer chooses them. */
  static Source backlog(Load load, int partitions) {
    int[] partitionOf = new int[load.keys()];
    Arrays.setAll(
        partitionOf,
        key -> {
          byte[] bytes = ("key-" + key).getBytes(UTF_8);
          return BuiltInPartitioner.partitionForKey(bytes, partitions);
        });
    return of(load, key -> partitionOf[key], new double[load.events()]);
  }

  /** A load that arrives at random (Poisson), so many a second, in one partition. */
  static Source open(Load load, double rate, long seed) {
    Random random = new Random(seed);
    double[] arrivals = new double[load.events()];
    double now = 0;
    for (int i = 0; i < arrivals.length; i++) {
      now -= Math.log(1 - random.nextDouble()) / rate;
      arrivals[i] = now;
    }
    return of(load, key -> 0, arrivals);
  }

  private static Source of(Load load, IntUnaryOperator partitionOf, double[] arrivals) {
    int[] keys = new int[load.events()];
    Arrays.setAll(keys, load::keyOf);
    return new Source(keys, Arrays.stream(keys).map(partitionOf).toArray(), arrivals);
  }

  int events() {
    return keys.length;
  }

  int partitionCount() {
    return Arrays.stream(partitions).max().orElse(0) + 1;
  }
}
