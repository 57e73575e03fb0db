package io.stagepost.spi;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What travels: bytes, with headers and a key, for one address. Complete as it stands: nothing is
 * added or lost between here and the broker (rule D14), so that it can be stored and sent later.
 *
 * @param address where to, or where from: a topic on Kafka, an exchange on RabbitMQ, or a queue of
 *     it ({@link #QUEUE})
 * @param key the ordering key's bytes; null if it has none; do not change them
 * @param headers in order; names may repeat
 * @param body the payload's bytes; null if there is none (a tombstone on Kafka); do not change them
 */
public record Message(
    String address, byte @Nullable [] key, List<Header> headers, byte @Nullable [] body) {
  /**
   * What the address of a queue begins with, where others are exchanges: its name follows. What is
   * sent there reaches that queue alone, and none that its exchange leads to beside.
   */
  public static final String QUEUE = "queue:";

  /**
   * The same message for another address.
   *
   * @param address where to
   * @return the copy
   */
  public Message to(String address) {
    return new Message(address, key, headers, body);
  }

  /**
   * The same message with more headers.
   *
   * @param more what comes after its own headers
   * @return the copy
   */
  public Message with(List<Header> more) {
    if (more.isEmpty()) {
      return this;
    }
    List<Header> all = new ArrayList<>(headers);
    all.addAll(more);
    return new Message(address, key, List.copyOf(all), body);
  }

  /**
   * The last header of that name, as most readers take it.
   *
   * @param name the header's name
   * @return its bytes; null if there is none
   */
  public byte @Nullable [] header(String name) {
    for (int i = headers.size() - 1; i >= 0; i--) {
      if (headers.get(i).name().equals(name)) {
        return headers.get(i).value();
      }
    }
    return null;
  }
}
