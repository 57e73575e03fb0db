package io.stagepost.samples.shop;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Splits bytes into physical lines, which end in LF or CR LF. A line is never held in memory beyond
 * its first 64 KiB, however long it is.
 */
final class RawLines {
  static final int MAX_BYTES = 64 * 1024;

  private final InputStream in;
  private final MessageDigest digest = sha256();
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private long length;
  private long number;

  RawLines(InputStream in) {
    this.in = new BufferedInputStream(in, 1 << 16);
  }

  /** The next line; null at the end of the file. */
  @Nullable RawLine next() throws IOException {
    int next = in.read();
    if (next < 0) {
      return null;
    }
    kept.reset();
    length = 0;
    boolean carriageReturn = false;
    for (; next >= 0 && next != '\n'; next = in.read()) {
      if (carriageReturn) {
        append('\r');
      }
      carriageReturn = next == '\r';
      if (!carriageReturn) {
        append(next);
      }
    }
    return new RawLine(
        ++number, kept.toByteArray(), length, HexFormat.of().formatHex(digest.digest()));
  }

  private void append(int value) {
    digest.update((byte) value);
    if (length++ < MAX_BYTES) {
      kept.write(value);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every Java platform has SHA-256", impossible);
    }
  }
}
