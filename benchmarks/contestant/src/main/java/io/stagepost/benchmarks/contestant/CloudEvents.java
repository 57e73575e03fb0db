package io.stagepost.benchmarks.contestant;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.core.v1.CloudEventV1;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** Decodes CloudEvents by hand, as every contestant but ours does: binary mode, all attributes. */
public final class CloudEvents {
  private CloudEvents() {}

  /**
   * The event that a record holds.
   *
   * @param message as fetched
   * @return the event
   */
  public static CloudEvent of(ConsumerRecord<?, byte[]> message) {
    String id = "";
    String source = "";
    String type = "";
    String contentType = "";
    OffsetDateTime time = null;
    Map<String, Object> extensions = new HashMap<>();
    for (Header header : message.headers()) {
      String value = new String(header.value(), UTF_8);
      switch (header.key()) {
        case "ce_id" -> id = value;
        case "ce_source" -> source = value;
        case "ce_type" -> type = value;
        case "ce_time" -> time = OffsetDateTime.parse(value);
        case "content-type" -> contentType = value;
        case "ce_specversion" -> {}
        default -> extensions.put(header.key().substring(3), value);
      }
    }
    return new CloudEventV1(
        id,
        URI.create(source),
        type,
        contentType,
        null,
        null,
        time,
        BytesCloudEventData.wrap(message.value()),
        extensions);
  }

  /**
   * The data of the event that a record holds, by way of the event: what a handler is handed.
   *
   * @param message as fetched
   * @return the body
   */
  public static byte[] dataOf(ConsumerRecord<?, byte[]> message) {
    CloudEvent event = of(message);
    if (event.getId().isEmpty() || !(event.getData() instanceof BytesCloudEventData data)) {
      throw new IllegalArgumentException("No CloudEvent with data: " + message);
    }
    return data.toBytes();
  }
}
