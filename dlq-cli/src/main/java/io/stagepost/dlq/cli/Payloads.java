package io.stagepost.dlq.cli;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.stagepost.EventType;
import io.stagepost.MessagingException;
import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Payload;
import io.stagepost.dlq.Letter;
import io.stagepost.schema.Avro;
import io.stagepost.schema.Masking;
import io.stagepost.schema.Schema;
import io.stagepost.schema.SchemaNotFoundException;
import io.stagepost.schema.SchemaRegistry;
import io.stagepost.spi.Encoded;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Shows payloads: decoded by the schema that they name in the registry, or by the contract's; what
 * these mark as sensitive is masked. What cannot be decoded is shown as it is, with the reason, and
 * never an error.
 */
final class Payloads {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  /** Confluent's header, and what comes before a payload: 0x00 and an id of four bytes. */
  private static final String HEADER = "__value_schema_id";

  private static final int FRAME = 5;

  private final List<Contract> contracts;
  private final @Nullable SchemaRegistry registry;
  private final boolean unmask;

  Payloads(List<Contract> contracts, @Nullable SchemaRegistry registry, boolean unmask) {
    this.contracts = contracts;
    this.registry = registry;
    this.unmask = unmask;
  }

  /** What a payload was written with. */
  private record Written(Schema schema, String name, int offset) {}

  ShownPayload of(Letter letter) {
    byte[] bytes = bytes(letter);
    if (bytes == null || bytes.length == 0) {
      return new ShownPayload(new byte[0], "none", null, null, null, null);
    }
    try {
      Written written = written(letter, bytes);
      if (written == null) {
        return plain(letter, bytes, null);
      }
      return masked(letter, bytes, written, decode(bytes, written));
    } catch (MessagingException undecodable) {
      return plain(letter, bytes, undecodable.getMessage());
    } catch (JacksonException none) {
      return plain(letter, bytes, "it is no JSON: " + none.getOriginalMessage());
    }
  }

  private static byte @Nullable [] bytes(Letter letter) {
    CloudEvent event = letter.event();
    CloudEventData data = event == null ? null : event.getData();
    return event == null ? letter.message().body() : data == null ? null : data.toBytes();
  }

  // ---- what it was written with

  private @Nullable Written written(Letter letter, byte[] bytes) {
    Written registered = registry == null ? null : registered(registry, letter, bytes);
    Payload contracted = registered == null ? contracted(letter.type()) : null;
    if (contracted == null) {
      return registered;
    }
    Schema.Format format =
        switch (contracted.format()) {
          case AVRO -> Schema.Format.AVRO;
          case PROTOBUF -> Schema.Format.PROTOBUF;
          default -> contracted.format().isJsonSchema() ? Schema.Format.JSON : null;
        };
    if (format == null) {
      return null;
    }
    boolean isFramed = format != Schema.Format.JSON && isFramed(bytes);
    return new Written(
        Schema.of(format, contracted.text()),
        "the contract's message " + letter.type(),
        isFramed ? FRAME : 0);
  }

  /** What a contract says of the payloads of a type; null if none says anything. */
  private @Nullable Payload contracted(String type) {
    Message message = message(type);
    return message == null ? null : message.payload();
  }

  private static @Nullable Written registered(
      SchemaRegistry registry, Letter letter, byte[] bytes) {
    byte[] header = letter.message().header(HEADER);
    if (header != null && header.length >= 17 && header[0] == 1) {
      ByteBuffer guid = ByteBuffer.wrap(header, 1, 16);
      UUID id = new UUID(guid.getLong(), guid.getLong());
      return new Written(registry.byGuid(id), "the registry's schema " + id, 0);
    }
    byte[] frame = header == null ? bytes : header;
    if (!isFramed(frame)) {
      return null;
    }
    int id = ByteBuffer.wrap(frame).getInt(1);
    try {
      return new Written(
          registry.byId(id), "the registry's schema " + id, header == null ? FRAME : 0);
    } catch (SchemaNotFoundException gone) {
      throw new MessagingException(
          gone.code(),
          "it is framed as if written with schema " + id + ", which the registry does not have",
          gone);
    }
  }

  private static boolean isFramed(byte[] bytes) {
    return bytes.length >= FRAME && bytes[0] == 0;
  }

  private @Nullable Message message(String type) {
    for (Contract contract : contracts) {
      List<Message> all = new ArrayList<>(contract.messages().values());
      for (Channel channel : contract.channels().values()) {
        all.addAll(channel.messages().values());
      }
      for (Message each : all) {
        if (!type.isEmpty() && type.equals(each.eventType())) {
          return each;
        }
      }
    }
    return null;
  }

  // ---- decoding

  private JsonNode decode(byte[] bytes, Written written) {
    byte[] payload = Arrays.copyOfRange(bytes, written.offset(), bytes.length);
    return switch (written.schema().format()) {
      case JSON -> JSON.readTree(payload);
      case AVRO -> avro(payload, selfContained(written.schema()));
      case PROTOBUF ->
          ProtobufPayloads.decode(payload, written.offset() > 0, written.schema(), this::referred);
    };
  }

  private static JsonNode avro(byte[] payload, org.apache.avro.Schema schema) {
    EventType<GenericRecord> type =
        EventType.of("payload", GenericRecord.class).source("urn:dlq").channel("payload");
    GenericRecord record =
        Avro.codec()
            .schema(schema.toString())
            .decode(type, Encoded.of(payload, "application/avro"));
    return JSON.readTree(record.toString());
  }

  private org.apache.avro.Schema selfContained(Schema schema) {
    org.apache.avro.Schema.Parser parser = new org.apache.avro.Schema.Parser();
    parse(parser, schema);
    return parser.parse(schema.text());
  }

  private void parse(org.apache.avro.Schema.Parser parser, Schema schema) {
    for (Schema.Reference reference : schema.references()) {
      Schema other = referred(reference);
      if (!parser.getTypes().containsKey(reference.name())) {
        parse(parser, other);
        org.apache.avro.Schema unused = parser.parse(other.text());
      }
    }
  }

  private Schema referred(Schema.Reference reference) {
    if (registry == null) {
      throw new MessagingException(
          "SP-DLQ-103",
          "The schema refers to " + reference.name() + ", which only a registry has: --registry.");
    }
    return registry.version(reference.subject(), reference.version()).schema();
  }

  /** What the schema marks, and what the contract does. */
  private ShownPayload masked(Letter letter, byte[] bytes, Written written, JsonNode data) {
    JsonNode shown = data;
    if (!unmask) {
      shown = Masking.of(written.schema(), this::referred).mask(shown);
      Payload contracted = contracted(letter.type());
      if (contracted != null && contracted.format().isJsonSchema()) {
        shown = ContractMasking.mask(shown, contracted);
      }
    }
    return new ShownPayload(
        bytes,
        written.schema().format().name().toLowerCase(Locale.ROOT),
        written.name(),
        shown,
        null,
        null);
  }

  // ---- without a schema

  private ShownPayload plain(Letter letter, byte[] bytes, @Nullable String why) {
    String text = Hex.text(bytes);
    if (text != null) {
      try {
        return new ShownPayload(bytes, "json", null, JSON.readTree(text), null, why(letter, why));
      } catch (JacksonException none) {
        return new ShownPayload(bytes, "text", null, null, text, why(letter, why));
      }
    }
    String reason =
        why != null
            ? why
            : isFramed(bytes) && registry == null
                ? "it is framed as a schema registry's: name it, by --registry URL"
                : "it is no text, and nothing says what it was written with";
    return new ShownPayload(bytes, "binary", null, null, null, reason);
  }

  private @Nullable String why(Letter letter, @Nullable String why) {
    return why != null || contracts.isEmpty()
        ? why
        : "the contract has no message of the type '" + letter.type() + "': nothing is masked";
  }
}
