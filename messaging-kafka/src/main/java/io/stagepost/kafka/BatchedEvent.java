package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.DecodeException;
import io.stagepost.cloudevents.ContentTypes;
import io.stagepost.cloudevents.JsonEvents;
import io.stagepost.cloudevents.JsonEvents.Range;
import io.stagepost.kafka.KafkaHeaders.Raw;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.header.Header;

/**
 * One event of a record in batched mode, on a road of its own: as a message it is in structured
 * mode and holds exactly the bytes that stand for it in the record, and its position is the
 * record's offset and its own number, from 0: {@code 42/3}. It has the record's key, so that the
 * events of one record stay in order. An offset is settled when all of its events are.
 */
final class BatchedEvent extends KafkaDelivery {
  private final int number;
  private final Range range;

  private BatchedEvent(KafkaDelivery whole, int number, Range range) {
    super(whole.record(), whole.assignment(), whole.suspicion());
    this.number = number;
    this.range = range;
  }

  /**
   * Adds what is to be offered of a record: the record itself, or each event of the batch in it. A
   * batch that cannot be taken apart is offered as it is, and becomes a dead letter as it is; of
   * one without events nothing is offered.
   */
  static void addTo(List<KafkaDelivery> deliveries, KafkaDelivery whole) {
    if (!JsonEvents.mayBeBatch(whole.record().value())
        || !isBatch(whole.record().headers().toArray())) {
      deliveries.add(whole);
      return;
    }
    List<Range> events;
    try {
      events = JsonEvents.split(whole.record().value());
    } catch (DecodeException malformed) { // thrown again when it is decoded
      deliveries.add(whole);
      return;
    }
    for (int i = 0; i < events.size(); i++) {
      deliveries.add(new BatchedEvent(whole, i, events.get(i)));
    }
  }

  private static boolean isBatch(Header[] headers) {
    int i = KafkaHeaders.contentType(headers);
    return i >= 0 && ContentTypes.isJsonBatch(ContentTypes.text(headers[i].value()));
  }

  @Override
  Message newMessage() {
    Header[] headers = record().headers().toArray().clone();
    int i = KafkaHeaders.contentType(headers);
    String batch = ContentTypes.text(headers[i].value());
    headers[i] = new Raw(headers[i].key(), ContentTypes.ofOneEvent(batch).getBytes(UTF_8));
    return new Message(
        address(),
        key(),
        new KafkaHeaders(
            Arrays.stream(headers)
                .filter(header -> !header.key().equals(ContentTypes.SCHEMA_HEADER)) // the batch's
                .toArray(Header[]::new)),
        Arrays.copyOfRange(record().value(), range.from(), range.to()));
  }

  @Override
  public int size() {
    byte[] key = key();
    return OVERHEAD + (key == null ? 0 : key.length) + range.to() - range.from();
  }

  @Override
  public Origin origin() {
    Origin origin = super.origin();
    return new Origin(
        origin.address(), origin.partition(), origin.position() + "/" + number, origin.time());
  }

  @Override
  public String toString() {
    return super.toString() + "/" + number;
  }
}
