package io.stagepost.schema;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.YearMonth;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.Currency;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The target of a fuzzer: JSON without a schema. The first byte chooses the payload. */
public final class JsonFuzz {
  enum State {
    NEW,
    PAID
  }

  record Numbers(
      byte one,
      short two,
      int four,
      long eight,
      float single,
      double twice,
      boolean yes,
      char letter,
      @Nullable Integer boxed,
      @Nullable BigDecimal decimal,
      @Nullable BigInteger whole,
      OptionalInt perhaps,
      @Nullable State state) {}

  record Times(
      @Nullable Instant instant,
      @Nullable LocalDate day,
      @Nullable LocalTime hour,
      @Nullable LocalDateTime local,
      @Nullable OffsetDateTime offset,
      @Nullable ZonedDateTime zoned,
      @Nullable Duration duration,
      @Nullable Period period,
      @Nullable YearMonth month) {}

  record Others(
      @Nullable UUID id,
      @Nullable URI uri,
      @Nullable Currency currency,
      @Nullable Locale locale,
      byte @Nullable [] bytes,
      @Nullable ByteBuffer buffer,
      @Nullable Object any,
      Optional<Others> next,
      @Nullable List<@Nullable Others> list,
      @Nullable Set<BigDecimal> set,
      @Nullable Map<LocalDate, int[]> days,
      @Nullable Map<State, String> states,
      JsonSchemaTest.@Nullable Bean bean) {}

  private static final Codec JSON = Json.codec();
  private static final List<EventType<?>> TYPES =
      List.of(
          EventType.of("numbers.v1", Numbers.class),
          EventType.of("times.v1", Times.class),
          EventType.of("others.v1", Others.class),
          EventType.of("bean.v1", JsonSchemaTest.Bean.class),
          EventType.of("tree.v1", JsonNode.class),
          EventType.of("any.v1", Object.class),
          EventType.of("map.v1", Map.class),
          EventType.of("decimals.v1", BigDecimal[].class));

  private JsonFuzz() {}

  /** For Jazzer. */
  public static void fuzzerInitialize() {
    Fuzzing.load(JsonFuzz.class, JsonFuzz::decodes);
  }

  /** For Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    boolean unused = Fuzzing.decodes(JsonFuzz::decodes, input);
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
    try {
      Object unused = JSON.decode(TYPES.get(input[0] & 7), Encoded.of(body, "application/json"));
      return true;
    } catch (DecodeException expected) {
      return false;
    }
  }
}
