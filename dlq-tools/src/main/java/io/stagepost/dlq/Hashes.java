package io.stagepost.dlq;

import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/**
 * What lay where, of many letters: eight bytes of each letter's hash, which is of its place and all
 * its bytes, in order of their size. A million take 8 MB. Not thread-safe while it grows.
 */
final class Hashes {
  private static final int FIRST = 1_024;

  private long[] all;
  private int size;

  Hashes() {
    this(new long[FIRST], 0);
  }

  private Hashes(long[] all, int size) {
    this.all = all;
    this.size = size;
  }

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
  static Hashes read(String written) {
    LongBuffer longs = ByteBuffer.wrap(Base64.getDecoder().decode(written)).asLongBuffer();
    long[] all = new long[longs.remaining()];
    longs.get(all);
    return new Hashes(all, all.length);
  }

  /** Whether this very letter, at its place, is among what was read. */
  boolean contains(Letter letter) {
    return Arrays.binarySearch(all, 0, size, start(Plan.Hash.of(letter))) >= 0;
  }
}
