package io.stagepost.cloudevents;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Turns UTF-8 into strings, and remembers a few: attributes such as type and source are the same in
 * message after message, so that most need neither decoding nor memory. Thread-safe: a race makes
 * two equal strings.
 */
public final class Texts {
  private static final int SLOTS = 64;
  private static final int LONGEST = 200;

  private record Text(byte[] utf8, String string) {}

  private final @Nullable Text[] slots = new Text[SLOTS];

  /** Remembers nothing yet. */
  public Texts() {}

  /**
   * The text that the bytes are.
   *
   * @param utf8 kept, so do not change them
   * @return what is no UTF-8 replaced
   */
  public String of(byte[] utf8) {
    if (utf8.length == 0 || utf8.length > LONGEST) {
      return new String(utf8, UTF_8);
    }
    // The end and the middle tell names and versions of one company apart.
    int slot = (utf8.length * 31 + utf8[utf8.length - 1] * 7 + utf8[utf8.length / 2]) & (SLOTS - 1);
    Text known = slots[slot];
    if (known != null && Arrays.equals(known.utf8, utf8)) {
      return known.string;
    }
    String made = new String(utf8, UTF_8);
    slots[slot] = new Text(utf8, made);
    return made;
  }
}
