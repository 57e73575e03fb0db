package io.stagepost.spi;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A payload as it travels: its bytes, and what a reader needs to know of them.
 *
 * @param bytes the data; empty too if there is none, see {@link Codec#readsNoData}; do not change
 *     them
 * @param contentType the CloudEvents {@code datacontenttype}; null if none came with it
 * @param schema the CloudEvents {@code dataschema}; null if there is none, or the event type has
 *     one of its own
 * @param headers those headers of the message that belong to the codec, see {@link
 *     Codec#headerNames()}
 */
public record Encoded(
    byte[] bytes, @Nullable String contentType, @Nullable URI schema, List<Header> headers) {
  /**
   * Bytes that say no more of themselves than what kind they are.
   *
   * @param bytes the data
   * @param contentType a media type, such as {@code application/json}
   * @return bytes without schema and headers
   */
  public static Encoded of(byte[] bytes, String contentType) {
    return new Encoded(bytes, contentType, null, List.of());
  }
}
