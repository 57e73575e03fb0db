package io.stagepost.benchmarks.contestant;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.core.v1.CloudEventV1;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A CloudEvent that is decoded from AMQP by hand, as every contestant but ours does: binary mode,
 * all attributes. For one message; not thread-safe.
 */
public final class AmqpCloudEvent {
  private static final String PREFIX = "cloudEvents_";

  private String id = "";
  private String source = "";
  private String type = "";
  private @Nullable OffsetDateTime time;
  private final Map<String, Object> extensions = new HashMap<>();

  /** One without attributes yet. */
  public AmqpCloudEvent() {}

  /**
   * Takes one of the message's properties: an application property, or a header of AMQP 0.9.1.
   *
   * @param name as sent; those that are no attributes of the event are left out
   * @param value as received
   */
  public void take(String name, Object value) {
    if (!name.startsWith(PREFIX)) {
      return;
    }
    String text = value.toString();
    switch (name) {
      case "cloudEvents_id" -> id = text;
      case "cloudEvents_source" -> source = text;
      case "cloudEvents_type" -> type = text;
      case "cloudEvents_time" -> time = OffsetDateTime.parse(text);
      case "cloudEvents_specversion" -> {}
      default -> extensions.put(name.substring(PREFIX.length()), text);
    }
  }

  /**
   * The event's data, by way of the event: what a handler is handed.
   *
   * @param contentType of the message
   * @param body of the message
   * @return the data
   */
  public byte[] dataOf(String contentType, byte[] body) {
    CloudEvent event =
        new CloudEventV1(
            id,
            URI.create(source),
            type,
            contentType,
            null,
            null,
            time,
            BytesCloudEventData.wrap(body),
            extensions);
    if (event.getId().isEmpty() || !(event.getData() instanceof BytesCloudEventData data)) {
      throw new IllegalArgumentException("No CloudEvent with data");
    }
    return data.toBytes();
  }
}
