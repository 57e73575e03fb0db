package io.stagepost.spi;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.MessagingException;
import org.jspecify.annotations.Nullable;

/** Turns payloads into bytes and back. Thread-safe, and repeatable: equal payloads, equal bytes. */
public interface Codec {
  /**
   * The CloudEvents {@code datacontenttype} of what it writes.
   *
   * @return a media type, such as {@code application/json}
   */
  String contentType();

  /**
   * Encodes a payload.
   *
   * @param type what it belongs to
   * @param data the payload
   * @param <T> the class of the payload
   * @return its bytes
   * @throws MessagingException if the payload cannot be encoded
   */
  <T> byte[] encode(EventType<T> type, T data);

  /**
   * Decodes a payload.
   *
   * @param type what it is to be
   * @param body its bytes; empty if there were none
   * @param contentType the {@code datacontenttype} that came with it; null if none did
   * @param <T> the class of the payload
   * @return the payload
   * @throws DecodeException if the bytes are no such payload; any other exception is transient
   */
  <T> T decode(EventType<T> type, byte[] body, @Nullable String contentType);
}
