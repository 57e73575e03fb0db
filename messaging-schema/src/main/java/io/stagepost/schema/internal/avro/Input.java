package io.stagepost.schema.internal.avro;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.avro.io.Decoder;
import org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * A body, from which values are read. Every length is compared with what is left before anything is
 * allocated for it. For one thread and one body.
 *
 * @see <a href="https://avro.apache.org/docs/1.12.0/specification/#binary-encoding">Avro 1.12,
 *     binary encoding</a>
 */
public final class Input extends Decoder {
  private final byte[] bytes;
  private final int end;
  private final Limits limits;
  private int position;
  private int items;
  private int depth;

  public Input(byte[] bytes, int offset, Limits limits) {
    this.bytes = bytes;
    this.end = bytes.length;
    this.position = offset;
    this.limits = limits;
  }

  /** Where it is. */
  public int position() {
    return position;
  }

  /** Refuses what follows the last value. */
  public void end() {
    if (position != end) {
      throw Malformed.because((end - position) + " bytes too many");
    }
  }

  void enter() {
    if (++depth > limits.depth()) {
      throw Malformed.limit("it is nested deeper than " + limits.depth() + " levels");
    }
  }

  void leave() {
    depth--;
  }

  /**
   * The number of items of the next block of an array or map.
   *
   * @param size the least that one item takes
   */
  int block(int size) {
    long count = readLong();
    if (count < 0) {
      if (count == Long.MIN_VALUE) {
        throw Malformed.because("a block has an impossible number of items");
      }
      count = -count;
      length(readLong());
    }
    return take(count, size);
  }

  private int take(long count, int size) {
    if (count > limits.items() - items) {
      throw Malformed.limit("its collections have more than " + limits.items() + " items");
    }
    if (count * size > end - position) {
      throw Malformed.because("a block has more items than there are bytes for");
    }
    items += (int) count;
    return (int) count;
  }

  private int length(long length) {
    if (length < 0 || length > end - position) {
      throw Malformed.because(
          length < 0 ? "a length is negative" : "a length is more than there are bytes");
    }
    return (int) length;
  }

  private int advance(int length) {
    int from = position;
    if (length > end - from) {
      throw Malformed.because("it ends too early");
    }
    position = from + length;
    return from;
  }

  int index(int count) {
    int index = readInt();
    if (index < 0 || index >= count) {
      throw Malformed.because("an index is beyond the " + count + " of its union or enum");
    }
    return index;
  }

  byte[] fixed(int size) {
    int from = advance(size);
    return Arrays.copyOfRange(bytes, from, from + size);
  }

  byte[] bytes() {
    return fixed(length(readLong()));
  }

  /** Refuses before it allocates what is longer than it may be. */
  byte[] bytes(int longest) {
    int length = length(readLong());
    if (length > longest) {
      throw Malformed.because("a number has more digits than its type allows");
    }
    return fixed(length);
  }

  @Override
  public void readNull() {}

  @Override
  public boolean readBoolean() {
    return bytes[advance(1)] == 1;
  }

  @Override
  public int readInt() {
    int from = position;
    if (from < end) {
      int only = bytes[from];
      if (only >= 0) {
        position = from + 1;
        return (only >>> 1) ^ -(only & 1);
      }
    }
    int value = (int) varint(35);
    return (value >>> 1) ^ -(value & 1);
  }

  @Override
  public long readLong() {
    int from = position;
    if (from < end) {
      long only = bytes[from];
      if (only >= 0) {
        position = from + 1;
        return (only >>> 1) ^ -(only & 1);
      }
    }
    long value = varint(70);
    return (value >>> 1) ^ -(value & 1);
  }

  private long varint(int bits) {
    long value = 0;
    for (int shift = 0; shift < bits; shift += 7) {
      int next = bytes[advance(1)];
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw Malformed.because("a number has too many bytes");
  }

  @Override
  public float readFloat() {
    return Float.intBitsToFloat((int) littleEndian(4));
  }

  @Override
  public double readDouble() {
    return Double.longBitsToDouble(littleEndian(8));
  }

  long littleEndian(int size) {
    int from = advance(size);
    long value = 0;
    for (int i = size - 1; i >= 0; i--) {
      value = value << 8 | (bytes[from + i] & 0xffL);
    }
    return value;
  }

  @Override
  public String readString() {
    int length = length(readLong());
    int from = advance(length);
    String text = new String(bytes, from, length, UTF_8);
    // What is no UTF-8 becomes U+FFFD, which somebody may also have written.
    if (text.indexOf('\ufffd') >= 0
        && !Arrays.equals(text.getBytes(UTF_8), fixedAt(from, length))) {
      throw Malformed.because("a text is not UTF-8");
    }
    return text;
  }

  private byte[] fixedAt(int from, int length) {
    return Arrays.copyOfRange(bytes, from, from + length);
  }

  @Override
  public Utf8 readString(@Nullable Utf8 old) {
    return new Utf8(bytes());
  }

  @Override
  public ByteBuffer readBytes(@Nullable ByteBuffer old) {
    return ByteBuffer.wrap(bytes());
  }

  @Override
  public void readFixed(byte[] into, int start, int length) {
    System.arraycopy(bytes, advance(length), into, start, length);
  }

  @Override
  public void skipString() {
    skipBytes();
  }

  @Override
  public void skipBytes() {
    advance(length(readLong()));
  }

  @Override
  public void skipFixed(int length) {
    advance(length);
  }

  @Override
  public int readEnum() {
    return readInt();
  }

  @Override
  public int readIndex() {
    return readInt();
  }

  @Override
  public long readArrayStart() {
    return block(0);
  }

  @Override
  public long arrayNext() {
    return block(0);
  }

  @Override
  public long skipArray() {
    return skipBlocks(0);
  }

  @Override
  public long readMapStart() {
    return block(1);
  }

  @Override
  public long mapNext() {
    return block(1);
  }

  @Override
  public long skipMap() {
    return skipBlocks(1);
  }

  /** Skips blocks that say how long they are; gives the items of the first that does not. */
  int skipBlocks(int size) {
    long count = readLong();
    while (count < 0) {
      advance(length(readLong()));
      count = readLong();
    }
    return take(count, size);
  }

  @Override
  public int remainingBytes() {
    return end - position;
  }
}
