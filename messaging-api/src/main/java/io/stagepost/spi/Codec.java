package io.stagepost.spi;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.MessagingException;
import java.util.List;
import java.util.Set;

/** Turns payloads into bytes and back. Thread-safe, and repeatable: equal payloads, equal bytes. */
public interface Codec {
  /**
   * Encodes a payload.
   *
   * @param type what it belongs to
   * @param data the payload
   * @param <T> the class of the payload
   * @return its bytes, with their media type
   * @throws MessagingException if the payload cannot be encoded
   */
  <T> Encoded encode(EventType<T> type, T data);

  /**
   * Decodes a payload.
   *
   * @param type what it is to be
   * @param encoded its bytes, and what came with them
   * @param <T> the class of the payload
   * @return the payload
   * @throws DecodeException if the bytes are no such payload
   * @throws UnansweredException if whom it asks gives no answer: the event waits until there is
   *     one. Any other exception is transient, and counts as an attempt
   */
  <T> T decode(EventType<T> type, Encoded encoded);

  /**
   * Whether an event without data is a payload too: a tombstone of Kafka, say. Empty data always
   * are what {@link #decode} says they are.
   *
   * @return false unless it makes something of it: such an event becomes a dead letter. If true, it
   *     is handed no bytes
   */
  default boolean readsNoData() {
    return false;
  }

  /**
   * The headers of a message that belong to the payload, beside the CloudEvents attributes: a
   * schema registry's. They are handed to {@link #decode}, and stay with an event that is published
   * as it was received.
   *
   * @return none, unless it needs some
   */
  default Set<String> headerNames() {
    return Set.of();
  }

  /**
   * Looks up what it needs for a type and does not have: its schema, in a registry. May block, and
   * may be called again.
   *
   * @param type what is going to be encoded
   * @throws MessagingException if it cannot be had
   */
  default void prepare(EventType<?> type) {}

  /**
   * What speaks against a type at all, as far as can be found out when a subscription starts: its
   * schema is not compatible with what is registered. May block for a while.
   *
   * @param type what is going to be decoded
   * @return each with its code and remedy; empty if there is nothing, or nobody to ask
   */
  default List<String> problems(EventType<?> type) {
    return List.of();
  }

  /**
   * Whether it can encode a type without asking anybody, so that it may be done in a transaction.
   *
   * @param type what is to be encoded
   * @return false if {@link #prepare} must come first
   */
  default boolean isReady(EventType<?> type) {
    return true;
  }
}
