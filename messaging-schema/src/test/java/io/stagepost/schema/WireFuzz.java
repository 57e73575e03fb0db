package io.stagepost.schema;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.DynamicMessage;
import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.schema.registry.InMemoryRegistry;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.Header;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The target of a fuzzer: how a body says with which schema it was written, by a header, a frame,
 * {@code dataschema} and the content type. The first byte chooses the codec; then come the header,
 * {@code dataschema} and the content type, each behind its length, which is negative if there is
 * none; then the body.
 */
public final class WireFuzz {
  private static final String OLDER =
      """
      {"type": "record", "name": "Text", "fields": [{"name": "text", "type": "string"}]}
      """;

  private static final String OTHER =
      """
      {"type": "record", "name": "Text", "fields": [{"name": "text", "type":
        ["null", "string", {"type": "array", "items": "Text"}]}]}
      """;

  private static final String JSON = "{\"type\": \"object\", \"required\": [\"text\"]}";

  private static final String REFERRING = "{\"properties\": {\"text\": {\"$ref\": \"json\"}}}";

  record Text(@Nullable String text) {}

  static final InMemoryRegistry REGISTRY = new InMemoryRegistry();
  static final Schema AVRO = Schema.of(Schema.Format.AVRO, OLDER);

  static final Avro RECORDS = Avro.codec(Schemas.in(REGISTRY).autoRegister());
  static final Protobuf MESSAGES =
      Protobuf.codec(ProtobufFuzz.ALL, Schemas.in(REGISTRY).autoRegister());
  static final EventType<Text> TEXT = EventType.of("text.v1", Text.class).channel("text");
  static final EventType<DynamicMessage> MESSAGE =
      EventType.of("all.v1", DynamicMessage.class).channel("all");
  static final EventType<JsonNode> TREE = EventType.of("tree.v1", JsonNode.class).channel("json");

  static {
    REGISTRY.register("text-value", AVRO, false);
    REGISTRY.register("text-value", Schema.of(Schema.Format.AVRO, OTHER), false);
    REGISTRY.register("json-value", Schema.of(Schema.Format.JSON, JSON), false);
    REGISTRY.register(
        "json-value",
        new Schema(
            Schema.Format.JSON, REFERRING, List.of(new Schema.Reference("json", "json-value", 1))),
        false);
    RECORDS.prepare(TEXT);
    MESSAGES.prepare(MESSAGE);
  }

  private record Reader(Codec codec, EventType<?> type) {}

  private static final List<Reader> READERS =
      List.of(
          new Reader(RECORDS, TEXT),
          new Reader(
              Avro.codec(Schemas.in(REGISTRY)).schema(OTHER),
              EventType.of("text.v1", GenericRecord.class)),
          new Reader(Avro.codec(Schemas.plain().known(AVRO)), TEXT),
          new Reader(JsonSchema.codec(Schemas.in(REGISTRY)), TREE),
          new Reader(JsonSchema.codec(JSON, Schemas.in(REGISTRY)), TREE),
          new Reader(JsonSchema.codec(JSON), EventType.of("text.v1", Text.class)),
          new Reader(MESSAGES, MESSAGE),
          new Reader(Json.codec(), TREE));

  private WireFuzz() {}

  /** For Jazzer. */
  public static void fuzzerInitialize() {
    Fuzzing.load(WireFuzz.class, WireFuzz::decodes);
  }

  /** For Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    boolean unused = Fuzzing.decodes(WireFuzz::decodes, input);
  }

  /**
   * One try.
   *
   * @param input as this class says
   * @return whether it is a payload; else a {@link DecodeException} came of it, or there is no such
   *     event
   */
  static boolean decodes(byte[] input) {
    if (input.length == 0) {
      return false;
    }
    ByteBuffer in = ByteBuffer.wrap(input);
    Reader reader = READERS.get(in.get() & 7);
    byte[] header = part(in);
    byte[] dataschema = part(in);
    byte[] contentType = part(in);
    byte[] body = new byte[in.remaining()];
    in.get(body);
    URI schema;
    try {
      schema = dataschema == null ? null : new URI(new String(dataschema, UTF_8));
    } catch (URISyntaxException none) {
      return false; // a transport lets none of these through
    }
    Encoded encoded =
        new Encoded(
            body,
            contentType == null ? null : new String(contentType, UTF_8),
            schema,
            header == null ? List.of() : List.of(new Header(Wire.HEADER, header)));
    try {
      Object unused = reader.codec().decode(reader.type(), encoded);
      return true;
    } catch (DecodeException expected) {
      return false;
    }
  }

  private static byte @Nullable [] part(ByteBuffer in) {
    int length = in.hasRemaining() ? in.get() : -1;
    if (length < 0) {
      return null;
    }
    byte[] part = new byte[Math.min(length, in.remaining())];
    in.get(part);
    return part;
  }
}
