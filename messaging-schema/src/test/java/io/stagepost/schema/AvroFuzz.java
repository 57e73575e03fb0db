package io.stagepost.schema;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.schema.registry.InMemoryRegistry;
import io.stagepost.spi.Encoded;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/** The target of a fuzzer: Avro. The first byte chooses the payload. */
public final class AvroFuzz {
  private static final String OLDER =
      """
      {"type": "record", "name": "Any", "fields": [
        {"name": "gone", "type": {"type": "array", "items": ["null", "Any"]}},
        {"name": "name", "type": "bytes"}, {"name": "number", "type": "int"}]}
      """;

  private static final String NEWER =
      """
      {"type": "record", "name": "Any", "fields": [
        {"name": "number", "type": ["null", "long"]}, {"name": "name", "type": "string"},
        {"name": "words", "type": {"type": "array", "items": "string"}, "default": []},
        {"name": "map", "type": {"type": "map", "values": ["null", "Any"]}, "default": {}},
        {"name": "sum", "default": "\\u0001", "type": {"type": "bytes", "logicalType": "decimal",
          "precision": 9, "scale": 2}}]}
      """;

  record Any(
      Optional<Long> number,
      String name,
      List<String> words,
      Map<String, @Nullable Any> map,
      BigDecimal sum) {}

  private static final Schema WRITER = Schema.of(Schema.Format.AVRO, OLDER);
  private static final Avro DERIVED = Avro.codec().maxItems(10_000);
  private static final Avro GIVEN =
      Avro.codec(Schemas.plain().known(WRITER)).schema(NEWER).maxItems(10_000);
  private static final EventType<Any> ANY = EventType.of("any.v1", Any.class);
  private static final EventType<GenericRecord> GENERIC =
      EventType.of("any.v1", GenericRecord.class);
  private static final EventType<AvroOrder> ORDER = EventType.of("any.v1", AvroOrder.class);
  private static final EventType<AvroTest.Order> LARGE =
      EventType.of("any.v1", AvroTest.Order.class);

  private static final Avro LARGE_GIVEN = Avro.codec().schema(derived());

  private AvroFuzz() {}

  private static String derived() {
    InMemoryRegistry registry = new InMemoryRegistry();
    Avro.codec(Schemas.in(registry).autoRegister()).prepare(LARGE.channel("large"));
    return registry.latest("large-value").schema().text();
  }

  /** For Jazzer. */
  public static void fuzzerInitialize() {
    Fuzzing.load(AvroFuzz.class, AvroFuzz::decodes);
  }

  /** For Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    boolean unused = Fuzzing.decodes(AvroFuzz::decodes, input);
  }

  /**
   * One try.
   *
   * @param input a choice and a body
   * @return whether it is a payload; else a {@link DecodeException} came of it
   */
  static boolean decodes(byte[] input) {
    if (input.length == 0) {
      return false;
    }
    byte[] body = Arrays.copyOfRange(input, 1, input.length);
    Encoded own = Encoded.of(body, "application/avro");
    Encoded older = new Encoded(body, null, Fingerprint.of(WRITER), List.of());
    try {
      switch (input[0] & 7) {
        case 0 -> DERIVED.decode(ANY, own);
        case 1 -> GIVEN.decode(ANY, own);
        case 2 -> GIVEN.decode(ANY, older);
        case 3 -> GIVEN.decode(GENERIC, own);
        case 4 -> GIVEN.decode(GENERIC, older);
        case 5 -> DERIVED.decode(ORDER, own);
        case 6 -> DERIVED.decode(LARGE, own);
        default -> LARGE_GIVEN.decode(GENERIC, own);
      }
      return true;
    } catch (DecodeException expected) {
      return false;
    }
  }
}
