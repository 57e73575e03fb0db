package io.stagepost.kafka;

import io.stagepost.spi.Header;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * A message's headers, kept as Kafka's own: those that the binding wrote go to the producer, and
 * those that a consumer fetched go to the binding, without being copied into other objects. Others
 * see a list of {@link Header}s.
 *
 * <p>Immutable, as far as nobody changes the arrays.
 */
final class KafkaHeaders extends AbstractList<Header> implements RandomAccess {
  /** A header as Kafka's clients take it. */
  record Raw(String key, byte @Nullable [] value) implements org.apache.kafka.common.header.Header {
    // Kafka's interface does not say that a value may be null; it may.
    @Override
    @SuppressWarnings("NullAway")
    public byte @Nullable [] value() {
      return value;
    }
  }

  static final String CONTENT_TYPE = "content-type";

  private final org.apache.kafka.common.header.Header[] raw;

  KafkaHeaders(org.apache.kafka.common.header.Header[] raw) {
    this.raw = raw;
  }

  /** Any message's headers as Kafka's. Do not change the array. */
  static org.apache.kafka.common.header.Header[] raw(List<Header> headers) {
    if (headers instanceof KafkaHeaders kafka) {
      return kafka.raw;
    }
    var raw = new org.apache.kafka.common.header.Header[headers.size()];
    Iterator<Header> each = headers.iterator();
    for (int i = 0; i < raw.length; i++) {
      Header header = each.next();
      raw[i] = new Raw(header.name(), header.value());
    }
    return raw;
  }

  /** Where the content type stands: the last that has a value; -1 if there is none. */
  static int contentType(org.apache.kafka.common.header.Header[] headers) {
    int i = headers.length - 1;
    while (i >= 0
        && (headers[i].value() == null || !headers[i].key().equalsIgnoreCase(CONTENT_TYPE))) {
      i--;
    }
    return i;
  }

  /** As a producer takes them. */
  static Iterable<org.apache.kafka.common.header.Header> iterable(List<Header> headers) {
    return Arrays.asList(raw(headers));
  }

  @Override
  public Header get(int index) {
    return new Header(raw[index].key(), raw[index].value());
  }

  @Override
  public int size() {
    return raw.length;
  }
}
