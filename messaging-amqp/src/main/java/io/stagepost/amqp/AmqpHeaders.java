package io.stagepost.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.spi.Header;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * A message's headers, with text kept as the strings that the client has and takes: nearly all
 * values are text, and go from the binding to the client, and back, without being turned into
 * bytes. Others see a list of {@link Header}s.
 *
 * <p>What puts into it is done before anybody else sees it; immutable from then on.
 */
final class AmqpHeaders extends AbstractList<Header> implements RandomAccess {
  private String[] names;

  /** Each a string, bytes that are no UTF-8, or null. */
  private @Nullable Object[] values;

  private int size;

  AmqpHeaders(int capacity) {
    names = new String[capacity];
    values = new @Nullable Object[capacity];
  }

  /** Any message's headers as these. */
  static AmqpHeaders of(List<Header> headers) {
    if (headers instanceof AmqpHeaders ours) {
      return ours;
    }
    AmqpHeaders copy = new AmqpHeaders(headers.size());
    for (Header header : headers) {
      byte[] value = header.value();
      copy.put(header.name(), value == null ? null : textOrBytes(value));
    }
    return copy;
  }

  void put(String name, @Nullable Object textOrBytes) {
    if (size == names.length) {
      names = Arrays.copyOf(names, size * 2 + 4);
      values = Arrays.copyOf(values, size * 2 + 4);
    }
    names[size] = name;
    values[size++] = textOrBytes;
  }

  String name(int index) {
    return names[index];
  }

  /** A string, bytes that are no UTF-8, or null. */
  @Nullable Object value(int index) {
    return values[index];
  }

  @Override
  public Header get(int index) {
    if (index >= size) {
      throw new IndexOutOfBoundsException(index);
    }
    Object value = values[index];
    return new Header(names[index], value == null ? null : bytes(value));
  }

  @Override
  public int size() {
    return size;
  }

  static byte[] bytes(Object textOrBytes) {
    return textOrBytes instanceof byte[] bytes
        ? bytes
        : ((String) textOrBytes).getBytes(UTF_8); // a lone surrogate becomes a question mark
  }

  static String text(Object textOrBytes) {
    return textOrBytes instanceof byte[] bytes ? new String(bytes, UTF_8) : (String) textOrBytes;
  }

  /** The text that they are in UTF-8; they themselves if they are none. */
  static Object textOrBytes(byte[] bytes) {
    String text = new String(bytes, UTF_8);
    return text.indexOf('\uFFFD') < 0 || isUtf8(bytes) ? text : bytes;
  }

  private static boolean isUtf8(byte[] bytes) {
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException no) {
      return false;
    }
  }
}
