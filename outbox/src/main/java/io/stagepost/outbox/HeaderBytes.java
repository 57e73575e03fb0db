package io.stagepost.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.MessagingException;
import io.stagepost.spi.Header;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How headers lie in a row: in order, names that repeat and null values included.
 *
 * <pre>
 *   byte   1, the version of this format
 *   int32  how many headers
 *   each:  int32 length of the name,  the name in UTF-8
 *          int32 length of the value, the value; length -1 and nothing more for a null value
 * </pre>
 *
 * Integers are big-endian. A person reads it with {@code encode(headers, 'escape')}.
 */
final class HeaderBytes {
  private static final byte VERSION = 1;

  private HeaderBytes() {}

  static byte[] encode(List<Header> headers) {
    byte[][] names = new byte[headers.size()][];
    int length = 1 + Integer.BYTES;
    for (int i = 0; i < names.length; i++) {
      names[i] = headers.get(i).name().getBytes(UTF_8);
      byte[] value = headers.get(i).value();
      length += 2 * Integer.BYTES + names[i].length + (value == null ? 0 : value.length);
    }
    ByteBuffer out = ByteBuffer.allocate(length).put(VERSION).putInt(names.length);
    for (int i = 0; i < names.length; i++) {
      out.putInt(names[i].length).put(names[i]);
      byte[] value = headers.get(i).value();
      if (value == null) {
        out.putInt(-1);
      } else {
        out.putInt(value.length).put(value);
      }
    }
    return out.array();
  }

  static List<Header> decode(byte[] bytes) {
    return decode(bytes, List.of());
  }

  /**
   * Decodes.
   *
   * @param bytes as they lie in a row
   * @param before the headers of another row: most rows have the same names in the same places, and
   *     what is there is not made anew
   * @return the headers
   */
  static List<Header> decode(byte[] bytes, List<Header> before) {
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      byte version = in.get();
      if (version != VERSION) {
        throw unreadable("version " + version + " is unknown", null);
      }
      int count = in.getInt();
      List<Header> headers = new ArrayList<>(Math.min(count, in.remaining()));
      for (int i = 0; i < count; i++) {
        String name = name(in, in.getInt(), i < before.size() ? before.get(i).name() : "");
        int length = in.getInt();
        headers.add(new Header(name, length == -1 ? null : take(in, length)));
      }
      if (in.hasRemaining()) {
        throw unreadable(in.remaining() + " bytes are left over", null);
      }
      return headers;
    } catch (BufferUnderflowException | IllegalArgumentException cut) {
      throw unreadable("they end early or a length is wrong", cut);
    }
  }

  private static String name(ByteBuffer in, int length, String perhaps) {
    if (length != perhaps.length() || length > in.remaining()) {
      return new String(take(in, length), UTF_8);
    }
    int from = in.position();
    for (int i = 0; i < length; i++) {
      byte each = in.get(from + i);
      if (each < 0 || each != perhaps.charAt(i)) {
        return new String(take(in, length), UTF_8);
      }
    }
    in.position(from + length);
    return perhaps;
  }

  private static byte[] take(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static MessagingException unreadable(String why, @Nullable Exception cause) {
    return new MessagingException(
        "SP-OUTBOX-017",
        "The headers of an outbox row cannot be read: "
            + why
            + ". Rows are written by the library alone; if one was made by hand, mend or delete it.",
        cause);
  }
}
