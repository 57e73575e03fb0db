package io.stagepost;

import io.cloudevents.CloudEvent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Payloads that travel compressed: an event whose extension attribute {@code dataencoding} is
 * {@code gzip} has data that are a gzip file (RFC 1952), with one member, of what {@code
 * datacontenttype} says.
 */
final class DataEncoding {
  static final String NAME = "dataencoding";
  static final String GZIP = "gzip";

  private DataEncoding() {}

  static byte[] gzip(byte[] plain) {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream(64 + plain.length / 4);
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(plain);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return compressed.toByteArray();
  }

  /**
   * What the data of an event come to when they are uncompressed, as they say themselves; at most
   * what is uncompressed at all.
   *
   * @return 0 if they are not compressed
   */
  static int inflated(CloudEvent event) {
    return event.getExtension(NAME) == null || event.getData() == null
        ? 0
        : (int) Math.min(claimed(event.getData().toBytes()), Defaults.UNCOMPRESSED);
  }

  /** A gzip file ends with its uncompressed size (RFC 1952, section 2.3.1). */
  private static long claimed(byte[] gzip) {
    return gzip.length < Integer.BYTES
        ? 0
        : Integer.toUnsignedLong(
            ByteBuffer.wrap(gzip, gzip.length - Integer.BYTES, Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt());
  }

  /**
   * The data of an event, as its codec wrote them.
   *
   * @throws DecodeException if they are encoded in another way, broken, or too large
   */
  static byte[] plain(CloudEvent event) {
    byte[] data = event.getData() == null ? new byte[0] : event.getData().toBytes();
    Object encoding = event.getExtension(NAME);
    if (encoding == null) {
      return data;
    }
    if (!GZIP.equals(encoding)) {
      throw unreadable(
          event,
          "says that its data are encoded as "
              + encoding
              + ", and only gzip is known. Let its publisher compress with gzip, or not at all",
          null);
    }
    long claimed = claimed(data);
    int most = (int) Math.min(claimed, Defaults.UNCOMPRESSED);
    byte[] plain;
    try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(data))) {
      plain = gzip.readNBytes(most + 1);
    } catch (IOException broken) {
      throw unreadable(event, "says that its data are a gzip file, and they are not", broken);
    }
    if (plain.length > most && claimed <= Defaults.UNCOMPRESSED) {
      throw unreadable(
          event,
          "has data that come to more than the " + claimed + " bytes that they end with saying",
          null);
    }
    if (plain.length > most) {
      throw unreadable(
          event,
          "has "
              + data.length
              + " bytes of data that come to more than "
              + Defaults.UNCOMPRESSED
              + " when uncompressed, which is the limit",
          null);
    }
    return plain;
  }

  private static DecodeException unreadable(
      CloudEvent event, String why, @Nullable Throwable cause) {
    return new DecodeException(
        "SP-API-035",
        "The CloudEvent " + event.getId() + " " + why + ". Its bytes are kept in the dead letter.",
        cause);
  }
}
