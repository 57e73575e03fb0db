package io.stagepost.schema.internal.avro;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.avro.io.Encoder;
import org.apache.avro.util.Utf8;

/** A body in the making. For one thread and one body. */
final class Output extends Encoder {
  /** What needs one byte for its length, and no copy of its own if it is ASCII. */
  private static final int SHORT = 63;

  private final Limits limits;
  private byte[] bytes;
  private int length;
  private int depth;

  Output(int expected, Limits limits) {
    this.bytes = new byte[expected];
    this.limits = limits;
  }

  byte[] toBytes() {
    return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
  }

  int length() {
    return length;
  }

  void enter(String path) {
    if (++depth > limits.depth()) {
      throw new Unfit(path, "is nested deeper than " + limits.depth() + " levels");
    }
  }

  void leave() {
    depth--;
  }

  private void room(int more) {
    if (more > bytes.length - length) {
      grow(more);
    }
  }

  private void grow(int more) {
    long needed = (long) length + more;
    if (needed > limits.bytes()) {
      throw new Unfit("The body", "would have more than " + limits.bytes() + " bytes");
    }
    bytes = Arrays.copyOf(bytes, (int) Math.min(limits.bytes(), Math.max(needed, 2L * length)));
  }

  @Override
  public void writeNull() {}

  @Override
  public void writeBoolean(boolean value) {
    room(1);
    bytes[length++] = (byte) (value ? 1 : 0);
  }

  @Override
  public void writeInt(int value) {
    varint(((value << 1) ^ (value >> 31)) & 0xffffffffL);
  }

  @Override
  public void writeLong(long value) {
    varint((value << 1) ^ (value >> 63));
  }

  private void varint(long unsigned) {
    room((70 - Long.numberOfLeadingZeros(unsigned | 1)) / 7);
    int at = length;
    long left = unsigned;
    while ((left & ~0x7fL) != 0) {
      bytes[at++] = (byte) (left | 0x80);
      left >>>= 7;
    }
    bytes[at++] = (byte) left;
    length = at;
  }

  @Override
  public void writeFloat(float value) {
    littleEndian(Float.floatToRawIntBits(value), 4);
  }

  @Override
  public void writeDouble(double value) {
    littleEndian(Double.doubleToRawLongBits(value), 8);
  }

  void littleEndian(long value, int size) {
    room(size);
    for (int i = 0; i < size; i++) {
      bytes[length++] = (byte) (value >>> (8 * i));
    }
  }

  void bigEndian(long value) {
    littleEndian(Long.reverseBytes(value), 8);
  }

  @Override
  public void writeString(String text) {
    int characters = text.length();
    if (characters <= SHORT) {
      room(1 + characters);
      byte[] into = bytes;
      int at = length + 1;
      int i = 0;
      for (; i < characters; i++) {
        char next = text.charAt(i);
        if (next >= 0x80) {
          break;
        }
        into[at++] = (byte) next;
      }
      if (i == characters) {
        into[length] = (byte) (characters << 1);
        length = at;
        return;
      }
    }
    byte[] utf8 = text.getBytes(UTF_8);
    writeBytes(utf8, 0, utf8.length);
  }

  @Override
  public void writeString(Utf8 text) {
    writeBytes(text.getBytes(), 0, text.getByteLength());
  }

  @Override
  public void writeBytes(ByteBuffer value) {
    writeLong(value.remaining());
    room(value.remaining());
    value.duplicate().get(bytes, length, value.remaining());
    length += value.remaining();
  }

  @Override
  public void writeBytes(byte[] value, int start, int count) {
    writeLong(count);
    writeFixed(value, start, count);
  }

  @Override
  public void writeFixed(byte[] value, int start, int count) {
    room(count);
    System.arraycopy(value, start, bytes, length, count);
    length += count;
  }

  /** The items, put in order of their bytes: sets that are equal give equal bytes. */
  void sort(int[] starts) {
    byte[][] items = new byte[starts.length][];
    for (int i = 0; i < starts.length; i++) {
      items[i] =
          Arrays.copyOfRange(bytes, starts[i], i + 1 < starts.length ? starts[i + 1] : length);
    }
    Arrays.sort(items, Arrays::compareUnsigned);
    length = starts.length == 0 ? length : starts[0];
    for (byte[] item : items) {
      writeFixed(item, 0, item.length);
    }
  }

  @Override
  public void writeEnum(int index) {
    writeInt(index);
  }

  @Override
  public void writeIndex(int index) {
    writeInt(index);
  }

  @Override
  public void writeArrayStart() {}

  @Override
  public void setItemCount(long count) {
    if (count > limits.items()) {
      throw new Unfit("A collection", "has more than " + limits.items() + " items");
    }
    if (count > 0) {
      writeLong(count);
    }
  }

  @Override
  public void startItem() {}

  @Override
  public void writeArrayEnd() {
    writeInt(0);
  }

  @Override
  public void writeMapStart() {}

  @Override
  public void writeMapEnd() {
    writeInt(0);
  }

  @Override
  public void flush() {}
}
