package io.stagepost.inbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Text that fits into an index: three values of 512 bytes stay below PostgreSQL's limit of 2,700 a
 * row. What is longer, or holds a character that the database refuses (U+0000), is replaced by its
 * SHA-256, always in the same way, so that equal stays equal and different stays different.
 */
final class Bounded {
  static final int MAX_BYTES = 512;

  private Bounded() {}

  static String text(String value) {
    if (value.length() <= MAX_BYTES / 3 && value.indexOf('\0') < 0) {
      return value; // at most 3 bytes a char
    }
    byte[] bytes = value.getBytes(UTF_8);
    return bytes.length <= MAX_BYTES && value.indexOf('\0') < 0
        ? value
        : "sha256:" + HexFormat.of().formatHex(sha256(bytes));
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }
}
