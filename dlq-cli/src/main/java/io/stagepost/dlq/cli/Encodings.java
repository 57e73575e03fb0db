package io.stagepost.dlq.cli;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.MessagingException;
import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Payload;
import io.stagepost.dlq.Letter;
import io.stagepost.dlq.Plan.Refusal;
import io.stagepost.dlq.Planner;
import io.stagepost.dlq.Upcast;
import io.stagepost.schema.Avro;
import io.stagepost.schema.JsonSchema;
import io.stagepost.schema.Schema;
import io.stagepost.schema.SchemaNotFoundException;
import io.stagepost.schema.SchemaRefusedException;
import io.stagepost.schema.SchemaRegistry;
import io.stagepost.schema.Schemas;
import io.stagepost.schema.Schemas.Framing;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What payloads should be: by the contract's schema of their type, or by the registry's. Checks
 * them against it, and encodes Avro anew with the current one. Not thread-safe.
 */
final class Encodings implements Planner.Check, Upcast {
  private final List<Contract> contracts;
  private final @Nullable SchemaRegistry registry;
  private final Map<String, Optional<Current>> known = new HashMap<>();

  Encodings(List<Contract> contracts, @Nullable SchemaRegistry registry) {
    this.contracts = contracts;
    this.registry = registry;
  }

  /** The current schema of a type, and what reads by it. */
  private record Current(Schema.Format format, EventType<?> type, Codec codec) {}

  // ---- checking

  @Override
  public Optional<Refusal> refuse(Letter letter) {
    CloudEvent event = letter.event();
    if (event == null) {
      return refusal(letter, "no-event", "It holds no CloudEvent: " + letter.unreadable());
    }
    try {
      Optional<Current> current = current(event, letter.failure().originAddress());
      if (current.isEmpty()) {
        return refusal(
            letter,
            "no-schema",
            "Neither contract nor registry has a schema for the type "
                + letter.type()
                + ". Name one that has, or do without --validate.");
      }
      Object unused = current.get().codec().decode(current.get().type(), encoded(event));
      return Optional.empty();
    } catch (DecodeException | SchemaNotFoundException | SchemaRefusedException invalid) {
      // Not so what says nothing of the letter, such as a registry that does not answer.
      return refusal(letter, "invalid", String.valueOf(invalid.getMessage()));
    }
  }

  private static Optional<Refusal> refusal(Letter letter, String reason, String detail) {
    return Optional.of(new Refusal(letter.id(), reason, detail));
  }

  // ---- encoding anew

  @Override
  public CloudEvent upcast(CloudEvent event, String destination) {
    Current current =
        current(event, destination)
            .orElseThrow(
                () ->
                    new MessagingException(
                        "SP-DLQ-113",
                        "Neither contract nor registry has a current schema for the type "
                            + event.getType()
                            + "."));
    if (current.format() != Schema.Format.AVRO) {
      // JSON names its members: there is nothing to resolve, and it is as it should be or not.
      Object unused = current.codec().decode(current.type(), encoded(event));
      return event;
    }
    return anew(event, current);
  }

  @SuppressWarnings("unchecked") // an Avro codec reads records
  private static CloudEvent anew(CloudEvent event, Current current) {
    EventType<GenericRecord> type = (EventType<GenericRecord>) current.type();
    Encoded read = encoded(event);
    Encoded written = current.codec().encode(type, current.codec().decode(type, read));
    CloudEventBuilder anew = CloudEventBuilder.from(event).withData(written.bytes());
    return (written.schema() == null ? anew : anew.withDataSchema(written.schema())).build();
  }

  private static Encoded encoded(CloudEvent event) {
    CloudEventData data = event.getData();
    return new Encoded(
        data == null ? new byte[0] : data.toBytes(),
        event.getDataContentType(),
        event.getDataSchema(),
        List.of());
  }

  // ---- schemas

  private Optional<Current> current(CloudEvent event, @Nullable String channel) {
    String address = channel == null ? "unknown" : channel;
    boolean isFramed = isFramed(event);
    String key = event.getType() + " " + address + " " + isFramed;
    Optional<Current> found = known.get(key);
    if (found == null) {
      found = find(event, address, isFramed);
      known.put(key, found);
    }
    return found;
  }

  private Optional<Current> find(CloudEvent event, String address, boolean isFramed) {
    Schemas schemas =
        registry == null
            ? Schemas.plain()
            : Schemas.in(registry).framing(isFramed ? Framing.CONFLUENT_ID : Framing.NONE);
    Schema schema = contracted(event.getType());
    if (schema == null && registry != null) {
      String subject = address + "-value";
      if (!registry.versions(subject).isEmpty()) {
        schema = registry.latest(subject).schema();
      }
    }
    if (schema == null) {
      return Optional.empty();
    }
    return switch (schema.format()) {
      case AVRO ->
          Optional.of(
              new Current(
                  Schema.Format.AVRO,
                  type(event, address, GenericRecord.class),
                  Avro.codec(schemas).schema(schema.text())));
      case JSON ->
          Optional.of(
              new Current(
                  Schema.Format.JSON,
                  type(event, address, JsonNode.class),
                  JsonSchema.codec(schema, schemas)));
      case PROTOBUF -> Optional.empty();
    };
  }

  private static <T> EventType<T> type(CloudEvent event, String address, Class<T> payload) {
    return EventType.of(event.getType(), payload).source("urn:dlq").channel(address);
  }

  /** As Confluent does it: 0x00, and the id of a schema. */
  private static boolean isFramed(CloudEvent event) {
    CloudEventData data = event.getData();
    byte[] bytes = data == null ? new byte[0] : data.toBytes();
    return bytes.length >= 5 && bytes[0] == 0;
  }

  /** The schema that a contract has for a type; null if none has one. */
  private @Nullable Schema contracted(String type) {
    for (Contract contract : contracts) {
      List<Message> all = new ArrayList<>(contract.messages().values());
      for (Channel channel : contract.channels().values()) {
        all.addAll(channel.messages().values());
      }
      for (Message message : all) {
        Payload payload = message.payload();
        if (payload != null && type.equals(message.eventType())) {
          return schema(payload);
        }
      }
    }
    return null;
  }

  private static @Nullable Schema schema(Payload payload) {
    if (payload.format().isJsonSchema()) {
      return Schema.of(Schema.Format.JSON, payload.text());
    }
    return payload.format() == Payload.Format.AVRO
        ? Schema.of(Schema.Format.AVRO, payload.text())
        : null;
  }
}
