package io.stagepost.dlq;

import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/**
 * What lay where, of many letters: eight bytes of each letter's hash, which is of its place and all
 * its bytes, in order of their size. A million take 8 MB. Not thread-safe while it grows.
 *
 * <p>Once read they are looked up by their first bits, which are spread evenly: the few that share
 * them lie side by side, where a search among all would miss the processor's cache at most steps.
 */
final class Hashes {
  private static final int FIRST = 1_024;
  private static final int BITS = 16;

  private long[] all = new long[FIRST];
  private int size;

  /** One more, as {@link Plan.Hash#of} gives it. */
  void add(byte[] hash) {
    if (size == all.length) {
      all = Arrays.copyOf(all, size * 2);
    }
    all[size++] = start(hash);
  }

  private static long start(byte[] hash) {
    return ByteBuffer.wrap(hash).getLong();
  }

  /** As text, the same in whatever order they were added. */
  String write() {
    return Base64.getEncoder().encodeToString(bytes());
  }

  /** The hash of them all. */
  String sha256() {
    return HexFormat.of().formatHex(Plan.Hash.sha256().digest(bytes()));
  }

  private byte[] bytes() {
    Arrays.sort(all, 0, size);
    ByteBuffer bytes = ByteBuffer.allocate(size * Long.BYTES);
    bytes.asLongBuffer().put(all, 0, size);
    return bytes.array();
  }

  /**
   * What {@link #write} has written.
   *
   * @throws IllegalArgumentException if it is something else
   */
  static Index read(String written) {
    LongBuffer longs = ByteBuffer.wrap(Base64.getDecoder().decode(written)).asLongBuffer();
    long[] all = new long[longs.remaining()];
    longs.get(all);
    return new Index(all);
  }

  /** Looks up letters. Immutable. */
  static final class Index {
    private final long[] sorted;

    /** By their first bits, where they begin. */
    private final int[] starts = new int[(1 << BITS) + 1];

    private Index(long[] sorted) {
      this.sorted = sorted;
      for (long hash : sorted) {
        starts[bits(hash) + 1]++;
      }
      Arrays.parallelPrefix(starts, Integer::sum);
    }

    /** In the order of numbers with a sign, as they are sorted. */
    private static int bits(long hash) {
      return (int) (hash >> (Long.SIZE - BITS)) + (1 << (BITS - 1));
    }

    /** Whether this very letter, at its place, is among them. */
    boolean contains(Letter letter) {
      long hash = start(Plan.Hash.of(letter));
      int bits = bits(hash);
      return Arrays.binarySearch(sorted, starts[bits], starts[bits + 1], hash) >= 0;
    }
  }
}
