package io.stagepost.benchmarks.contestant;

import java.util.Arrays;
import java.util.Random;

/** How many events come under which keys, the same at every run. Immutable. */
public final class Load {
  private static final double SKEW = 0.99;

  private final int keys;
  private final int[] keyOf;
  private final int[] sequenceOf;
  private final int hottest;

  private Load(int keys, int[] keyOf) {
    this.keys = keys;
    this.keyOf = keyOf;
    this.sequenceOf = new int[keyOf.length];
    int[] seen = new int[keys];
    for (int i = 0; i < keyOf.length; i++) {
      sequenceOf[i] = seen[keyOf[i]]++;
    }
    this.hottest = Arrays.stream(seen).max().orElseThrow();
  }

  /**
   * Keys by Zipf's distribution, skew 0.99: a few are hot, as keys are.
   *
   * @param keys how many keys
   * @param events how many events
   * @return the same for the same numbers
   */
  public static Load zipf(int keys, int events) {
    double[] cumulative = new double[keys];
    double sum = 0;
    for (int rank = 1; rank <= keys; rank++) {
      sum += 1 / Math.pow(rank, SKEW);
      cumulative[rank - 1] = sum;
    }
    double whole = sum;
    Random random = new Random(7);
    int[] keyOf = new int[events];
    Arrays.setAll(
        keyOf,
        i -> {
          int rank = Arrays.binarySearch(cumulative, random.nextDouble() * whole);
          return rank < 0 ? -rank - 1 : rank;
        });
    return new Load(keys, keyOf);
  }

  /**
   * All keys equally often, in no order.
   *
   * @param keys how many keys
   * @param events how many events
   * @return the same for the same numbers
   */
  public static Load uniform(int keys, int events) {
    Random random = new Random(7);
    int[] keyOf = new int[events];
    Arrays.setAll(keyOf, i -> random.nextInt(keys));
    return new Load(keys, keyOf);
  }

  /**
   * How many events.
   *
   * @return at least 1
   */
  public int events() {
    return keyOf.length;
  }

  /**
   * How many keys there may be.
   *
   * @return at least 1
   */
  public int keys() {
    return keys;
  }

  /**
   * The key of an event.
   *
   * @param index of the event, from 0
   * @return the number of its key, from 0
   */
  public int keyOf(int index) {
    return keyOf[index];
  }

  /**
   * An event's place among those of its key.
   *
   * @param index of the event, from 0
   * @return how many of its key come before it
   */
  public int sequenceOf(int index) {
    return sequenceOf[index];
  }

  /**
   * The hottest key's share, as it came out.
   *
   * @return of all events
   */
  public double hottestShare() {
    return (double) hottest / events();
  }
}
