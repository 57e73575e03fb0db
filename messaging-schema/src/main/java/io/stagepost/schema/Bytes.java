package io.stagepost.schema;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.MessagingException;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import java.nio.ByteBuffer;
import java.util.Locale;

/**
 * Bytes as they are: payloads of {@code byte[]} and {@link ByteBuffer}, with a content type and no
 * schema.
 *
 * <p>Payloads are copied when written and when read, for a byte array can be changed by whoever
 * holds it; a {@code ByteBuffer} is read from its position to its limit, which stay where they are,
 * and comes back as one that cannot be written to.
 *
 * <p>Immutable and thread-safe.
 */
public final class Bytes implements Codec {
  private static final String ANY = "application/octet-stream";

  private final String contentType;

  private final boolean orNone;

  private Bytes(String contentType, boolean orNone) {
    this.contentType = contentType;
    this.orNone = orNone;
  }

  /**
   * Bytes of any kind.
   *
   * @return writes {@code application/octet-stream}, and reads any content type
   */
  public static Codec codec() {
    return new Bytes(ANY, false);
  }

  /**
   * Bytes of any kind, or none: for tombstones, and other events without data. These have an empty
   * payload, as those with empty data do.
   *
   * @return as {@link #codec()}, and {@link #readsNoData}
   */
  public static Codec orNone() {
    return new Bytes(ANY, true);
  }

  /**
   * Bytes of one kind.
   *
   * @param contentType a media type, such as {@code application/pdf}
   * @return writes that content type, and reads that one, or none
   */
  public static Codec codec(String contentType) {
    return new Bytes(contentType, false);
  }

  @Override
  public <T> Encoded encode(EventType<T> type, T data) {
    if (data instanceof byte[] bytes) {
      return Encoded.of(bytes.clone(), contentType);
    }
    if (data instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return Encoded.of(bytes, contentType);
    }
    throw unfit(type);
  }

  @Override
  public <T> T decode(EventType<T> type, Encoded encoded) {
    String came = encoded.contentType();
    if (came != null && !contentType.equals(ANY) && !kind(came).equals(kind(contentType))) {
      throw new DecodeException(
          "SP-SCHEMA-240",
          "An event of "
              + type
              + " came with the content type "
              + came
              + ", not "
              + contentType
              + "; give the event type the codec that its publisher uses.",
          null);
    }
    Class<T> payload = type.payload();
    if (payload == byte[].class) {
      return payload.cast(encoded.bytes().clone());
    }
    if (payload == ByteBuffer.class) {
      return payload.cast(ByteBuffer.wrap(encoded.bytes().clone()).asReadOnlyBuffer());
    }
    throw unfit(type);
  }

  @Override
  public boolean readsNoData() {
    return orNone;
  }

  private static MessagingException unfit(EventType<?> type) {
    return new MessagingException(
        "SP-SCHEMA-241",
        "The payload of "
            + type
            + " is a "
            + type.payload().getName()
            + ", and bytes are a byte[] or a ByteBuffer; use another codec or class.");
  }

  private static String kind(String contentType) {
    return contentType.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
  }

  @Override
  public void prepare(EventType<?> type) {
    if (type.payload() != byte[].class && type.payload() != ByteBuffer.class) {
      throw unfit(type);
    }
  }

  @Override
  public String toString() {
    return "bytes (" + contentType + ")";
  }
}
