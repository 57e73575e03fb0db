package io.stagepost.benchmarks.contestant.outbox;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.stagepost.benchmarks.contestant.Load;
import java.util.Arrays;
import java.util.Random;

/**
 * What is sent: 500 bytes of text, for all, since some peers carry JSON only. It begins with what
 * the oracle needs to know.
 *
 * @param index of the letter in its run
 * @param key the number of its key
 * @param sequence how many letters of its key came before it
 */
public record Letter(int index, int key, int sequence) {
  /** How long each is, in bytes and in characters. */
  public static final int LENGTH = 500;

  private static final int DIGITS = 10;
  private static final byte[] NOISE = new byte[LENGTH];

  static {
    Random random = new Random(1);
    for (int i = 0; i < LENGTH; i++) {
      NOISE[i] = (byte) ('A' + random.nextInt(26));
    }
  }

  /**
   * The n-th letter of a load.
   *
   * @param load all of them
   * @param index which
   * @return the letter
   */
  public static Letter at(Load load, int index) {
    return new Letter(index, load.keyOf(index), load.sequenceOf(index));
  }

  /**
   * Reads a letter.
   *
   * @param bytes as {@link #bytes} made them
   * @return the letter
   * @throws IllegalArgumentException if they are not exactly such
   */
  public static Letter parse(byte[] bytes) {
    if (bytes.length != LENGTH
        || !Arrays.equals(bytes, 3 * DIGITS, LENGTH, NOISE, 3 * DIGITS, LENGTH)) {
      throw new IllegalArgumentException(
          "These "
              + bytes.length
              + " bytes are no letter: "
              + new String(bytes, 0, Math.min(80, bytes.length), US_ASCII));
    }
    return new Letter(number(bytes, 0), number(bytes, 1), number(bytes, 2));
  }

  /**
   * The ordering key.
   *
   * @return the same for letters of one key
   */
  public String keyText() {
    return "key-" + key;
  }

  /**
   * What is sent.
   *
   * @return {@link #LENGTH} bytes of ASCII, the caller's own
   */
  public byte[] bytes() {
    byte[] bytes = NOISE.clone();
    put(bytes, 0, index);
    put(bytes, 1, key);
    put(bytes, 2, sequence);
    return bytes;
  }

  /**
   * What is sent, as text.
   *
   * @return {@link #LENGTH} characters
   */
  public String text() {
    return new String(bytes(), US_ASCII);
  }

  private static void put(byte[] bytes, int field, int value) {
    int rest = value;
    for (int i = DIGITS - 1; i >= 0; i--) {
      bytes[field * DIGITS + i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }

  private static int number(byte[] bytes, int field) {
    return Integer.parseInt(new String(bytes, field * DIGITS, DIGITS, US_ASCII));
  }
}
