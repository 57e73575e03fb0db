package io.stagepost.schema;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Confluent's framing: 0x00 and the id of a schema before a payload, or 0x01 and its GUID in a
 * header; then, of Protobuf, which message of the schema's file it is.
 */
final class Frames {
  /** What comes before an id. */
  static final byte ID = 0;

  /** What comes before a GUID. */
  static final byte GUID = 1;

  /** Of the byte and the id. */
  static final int LENGTH = 5;

  private static final int GUID_LENGTH = 17;

  /** Messages in messages: more is no schema that anybody wrote. */
  private static final int NESTED = 100;

  private Frames() {}

  static byte[] withId(int id, List<Integer> path, byte[] payload) {
    byte[] indexes = indexes(path);
    return ByteBuffer.allocate(LENGTH + indexes.length + payload.length)
        .put(ID)
        .putInt(id)
        .put(indexes)
        .put(payload)
        .array();
  }

  static byte[] header(UUID guid, List<Integer> path) {
    byte[] indexes = indexes(path);
    return ByteBuffer.allocate(GUID_LENGTH + indexes.length)
        .put(GUID)
        .putLong(guid.getMostSignificantBits())
        .putLong(guid.getLeastSignificantBits())
        .put(indexes)
        .array();
  }

  /** Whether it begins as if it were framed with this id. */
  static boolean begins(byte[] body, int id) {
    return body.length >= LENGTH && body[0] == ID && id(body, 1) == id;
  }

  static boolean isHeader(byte[] header) {
    return (header.length >= GUID_LENGTH && header[0] == GUID)
        || (header.length >= LENGTH && header[0] == ID);
  }

  static int id(byte[] bytes, int offset) {
    return ByteBuffer.wrap(bytes).getInt(offset);
  }

  static UUID guid(byte[] header) {
    ByteBuffer buffer = ByteBuffer.wrap(header, 1, GUID_LENGTH - 1);
    return new UUID(buffer.getLong(), buffer.getLong());
  }

  /** The number of indexes and each of them, zigzag; the usual [0] is a single 0. */
  private static byte[] indexes(List<Integer> path) {
    if (path.isEmpty()) {
      return new byte[0];
    }
    if (path.equals(List.of(0))) {
      return new byte[1];
    }
    ByteArrayOutputStream indexes = new ByteArrayOutputStream();
    varint(indexes, path.size());
    for (int index : path) {
      varint(indexes, index);
    }
    return indexes.toByteArray();
  }

  private static void varint(ByteArrayOutputStream to, int value) {
    int rest = (value << 1) ^ (value >> 31);
    while ((rest & ~0x7f) != 0) {
      to.write((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    to.write(rest);
  }

  /** Where a header's indexes begin. */
  static int end(byte[] header) {
    return header[0] == GUID ? GUID_LENGTH : LENGTH;
  }

  /** Which message it is, and where what follows begins. */
  record Path(List<Integer> indexes, int end) {}

  /** Nothing is said. */
  static final Path NO_PATH = new Path(List.of(), 0);

  private static final List<Integer> FIRST = List.of(0);

  /** The indexes; null if these are none. */
  static @Nullable Path path(byte[] body, int offset) {
    int at = offset;
    int left = 1;
    List<Integer> indexes = new ArrayList<>();
    for (int read = 0; left > 0; read++, left--) {
      int value = 0;
      int shift = 0;
      byte next;
      do {
        if (at == body.length || shift > 28) {
          return null;
        }
        next = body[at++];
        value |= (next & 0x7f) << shift;
        shift += 7;
      } while (next < 0);
      int index = (value >>> 1) ^ -(value & 1);
      if (index < 0 || (read == 0 && index > NESTED)) {
        return null;
      }
      if (read > 0) {
        indexes.add(index);
      } else if (index == 0) {
        return new Path(FIRST, at);
      } else {
        left += index;
      }
    }
    return new Path(indexes, at);
  }
}
