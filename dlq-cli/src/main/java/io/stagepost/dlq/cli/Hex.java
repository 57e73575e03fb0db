package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Bytes that are no text, for people. */
final class Hex {
  private static final int IN_LINE = 16;
  private static final HexFormat SPACED = HexFormat.ofDelimiter(" ");

  private Hex() {}

  /** The text that the bytes are; null if they are none, or hold zeros, which no text does. */
  static @Nullable String text(byte[] bytes) {
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.indexOf(0) < 0 ? text : null;
    } catch (CharacterCodingException binary) {
      return null;
    }
  }

  /** Offset, sixteen bytes, and those of them that are printable; so many bytes at most. */
  static List<String> dump(byte[] bytes, int most) {
    List<String> lines = new ArrayList<>();
    int end = Math.min(bytes.length, most);
    for (int at = 0; at < end; at += IN_LINE) {
      int to = Math.min(end, at + IN_LINE);
      StringBuilder printable = new StringBuilder();
      for (int i = at; i < to; i++) {
        printable.append(bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char) bytes[i] : '.');
      }
      lines.add(
          String.format(
              "%08x  %-47s  %s", at, SPACED.formatHex(bytes, at, to), printable.toString()));
    }
    if (bytes.length > most) {
      lines.add("... and " + (bytes.length - most) + " bytes more; dlq export keeps them all");
    }
    return lines;
  }
}
