package io.stagepost.amqp;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.rabbitmq.qpid.protonj2.buffer.ProtonBuffer;
import com.rabbitmq.qpid.protonj2.buffer.ProtonBufferAllocator;
import com.rabbitmq.qpid.protonj2.codec.CodecFactory;
import com.rabbitmq.qpid.protonj2.codec.Decoder;
import com.rabbitmq.qpid.protonj2.codec.Encoder;
import com.rabbitmq.qpid.protonj2.types.Binary;
import com.rabbitmq.qpid.protonj2.types.Decimal128;
import com.rabbitmq.qpid.protonj2.types.Decimal32;
import com.rabbitmq.qpid.protonj2.types.Decimal64;
import com.rabbitmq.qpid.protonj2.types.Symbol;
import com.rabbitmq.qpid.protonj2.types.UnsignedByte;
import com.rabbitmq.qpid.protonj2.types.UnsignedInteger;
import com.rabbitmq.qpid.protonj2.types.UnsignedLong;
import com.rabbitmq.qpid.protonj2.types.UnsignedShort;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/**
 * AMQP's values as the client has them, and as headers do: the name of a type, and text or bytes.
 *
 * <p>Of decimal numbers only the bits are kept: the client's own conversion makes zero of all of
 * them.
 */
@SuppressWarnings("JavaUtilDate") // the client's timestamps
final class AmqpValues {
  private static final HexFormat HEX = HexFormat.of();

  private AmqpValues() {}

  static String type(Object value) {
    if (value instanceof String) {
      return Names.STRING;
    } else if (value instanceof Boolean) {
      return Names.BOOLEAN;
    } else if (value instanceof Long) {
      return Names.LONG; // a timestamp too: the client reads it as the number that it is
    } else if (value instanceof Integer) {
      return "int";
    } else if (value instanceof Short) {
      return "short";
    } else if (value instanceof Byte) {
      return "byte";
    } else if (value instanceof UnsignedByte) {
      return "ubyte";
    } else if (value instanceof UnsignedShort) {
      return "ushort";
    } else if (value instanceof UnsignedInteger) {
      return "uint";
    } else if (value instanceof UnsignedLong) {
      return "ulong";
    } else if (value instanceof Float) {
      return "float";
    } else if (value instanceof Double) {
      return "double";
    } else if (value instanceof Decimal32) {
      return "decimal32";
    } else if (value instanceof Decimal64) {
      return "decimal64";
    } else if (value instanceof Decimal128) {
      return "decimal128";
    } else if (value instanceof Character) {
      return "char";
    } else if (value instanceof Date) {
      return Names.TIMESTAMP;
    } else if (value instanceof UUID) {
      return "uuid";
    } else if (value instanceof Symbol) {
      return "symbol";
    } else if (value instanceof Binary || value instanceof byte[]) {
      return Names.BINARY;
    }
    return Names.ENCODED;
  }

  /** A value of that type as a header has it. */
  static Object textOrBytes(String type, Object value) {
    return switch (type) {
      case Names.STRING -> value;
      case Names.BINARY -> AmqpHeaders.textOrBytes(binary(value));
      case Names.TIMESTAMP -> Long.toString(((Date) value).getTime());
      case "decimal32" -> HEX.toHexDigits(((Decimal32) value).getBits());
      case "decimal64" -> HEX.toHexDigits(((Decimal64) value).getBits());
      case "decimal128" -> HEX.formatHex(((Decimal128) value).asBytes());
      case Names.ENCODED -> AmqpHeaders.textOrBytes(encoded(List.of(value)));
      default -> value.toString();
    };
  }

  /**
   * A value of that type as the client takes it.
   *
   * @throws IllegalArgumentException if it is none, or there is no such type
   */
  static Object value(String type, Object textOrBytes) {
    String text = AmqpHeaders.text(textOrBytes);
    return switch (type) {
      case Names.STRING -> text;
      case Names.BINARY -> new Binary(AmqpHeaders.bytes(textOrBytes));
      case Names.ENCODED -> decoded(AmqpHeaders.bytes(textOrBytes));
      case Names.BOOLEAN -> {
        if (!text.equals("true") && !text.equals("false")) {
          throw new IllegalArgumentException();
        }
        yield Boolean.valueOf(text);
      }
      case "byte" -> Byte.valueOf(text);
      case "short" -> Short.valueOf(text);
      case "int" -> Integer.valueOf(text);
      case Names.LONG -> Long.valueOf(text);
      case "ubyte" -> UnsignedByte.valueOf(text);
      case "ushort" -> UnsignedShort.valueOf(text);
      case "uint" -> UnsignedInteger.valueOf(text);
      case "ulong" -> new UnsignedLong(Long.parseUnsignedLong(text));
      case "float" -> Float.valueOf(text);
      case "double" -> Double.valueOf(text);
      case "decimal32" -> new Decimal32(HexFormat.fromHexDigits(text));
      case "decimal64" -> new Decimal64(HexFormat.fromHexDigitsToLong(text));
      case "decimal128" -> new Decimal128(HEX.parseHex(text));
      case "char" -> {
        if (text.length() != 1) {
          throw new IllegalArgumentException();
        }
        yield text.charAt(0);
      }
      case Names.TIMESTAMP -> new Date(Long.parseLong(text));
      case "uuid" -> UUID.fromString(text);
      case "symbol" -> {
        if (!US_ASCII.newEncoder().canEncode(text)) {
          throw new IllegalArgumentException();
        }
        yield Symbol.valueOf(text);
      }
      default -> throw new IllegalArgumentException();
    };
  }

  /** The time as a timestamp. */
  static Object now() {
    return new Date();
  }

  static byte[] binary(Object value) {
    return value instanceof Binary binary ? binary.asByteArray() : (byte[]) value;
  }

  /** The values one after the other, as AMQP encodes them. */
  static byte[] encoded(List<?> values) {
    Encoder encoder = CodecFactory.getDefaultEncoder();
    try (ProtonBuffer buffer = ProtonBufferAllocator.defaultAllocator().allocateHeapBuffer()) {
      for (Object value : values) {
        encoder.writeObject(buffer, encoder.newEncoderState(), value);
      }
      byte[] bytes = new byte[buffer.getReadableBytes()];
      buffer.readBytes(bytes, 0, bytes.length);
      return bytes;
    }
  }

  private static Object decoded(byte[] bytes) {
    Decoder decoder = CodecFactory.getDefaultDecoder();
    try (ProtonBuffer buffer = ProtonBufferAllocator.defaultAllocator().copy(bytes)) {
      Object value = decoder.readObject(buffer, decoder.newDecoderState());
      if (value == null || buffer.isReadable()) {
        throw new IllegalArgumentException();
      }
      return value;
    } catch (RuntimeException malformed) {
      throw new IllegalArgumentException(malformed);
    }
  }
}
