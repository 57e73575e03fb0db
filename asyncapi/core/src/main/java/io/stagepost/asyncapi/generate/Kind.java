package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.TypeName;
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
import java.time.OffsetTime;
import java.time.format.DateTimeFormatter;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Types of Java for values without parts, and how they stand in JSON. */
@SuppressWarnings("ImmutableEnumChecker") // names of types are immutable, and not marked so
enum Kind {
  TEXT(TypeName.get(String.class), "text"),
  BOOL(TypeName.BOOLEAN, "bool"),
  INT32(TypeName.INT, "int32"),
  INT64(TypeName.LONG, "int64"),
  INTEGER(TypeName.get(BigInteger.class), "integer"),
  DECIMAL(TypeName.get(BigDecimal.class), "decimal"),
  FLOAT32(TypeName.FLOAT, "float32"),
  FLOAT64(TypeName.DOUBLE, "float64"),
  UUIDS(TypeName.get(UUID.class), "uuid"),
  DATE_TIME(OffsetDateTime.class, "a date-time (RFC 3339)", "ISO_OFFSET_DATE_TIME"),
  LOCAL_DATE_TIME(LocalDateTime.class, "a local date-time", "ISO_LOCAL_DATE_TIME"),
  DATE(LocalDate.class, "a date", "ISO_LOCAL_DATE"),
  TIME(OffsetTime.class, "a time (RFC 3339)", "ISO_OFFSET_TIME"),
  LOCAL_TIME(LocalTime.class, "a local time", "ISO_LOCAL_TIME"),
  URIS(TypeName.get(URI.class), null),
  // Avro's, which stand in no JSON.
  INSTANT(TypeName.get(Instant.class), null),
  BYTES(TypeName.get(ByteBuffer.class), null),
  DURATION(TypeName.get(Duration.class), null);

  final TypeName type;
  private final @Nullable String method;
  private final @Nullable String what;
  private final @Nullable String format;

  Kind(TypeName type, @Nullable String method) {
    this.type = type;
    this.method = method;
    this.what = null;
    this.format = null;
  }

  Kind(Class<?> type, String what, String format) {
    this.type = TypeName.get(type);
    this.method = null;
    this.what = what;
    this.format = format;
  }

  boolean isWhole() {
    return this == INT32 || this == INT64 || this == INTEGER;
  }

  boolean isNumber() {
    return isWhole() || this == DECIMAL || this == FLOAT32 || this == FLOAT64;
  }

  /** What reads it from an input of this name. */
  CodeBlock read(String in) {
    if (method != null) {
      return CodeBlock.of("$L.$L()", in, method);
    }
    return this == URIS
        ? CodeBlock.of("$L.parsed($S,$W$T::create)", in, "a URI", type)
        : CodeBlock.of("$L.parsed($S,$W$T::parse)", in, what, type);
  }

  /** What reads it, as a function; null if that takes a lambda. */
  @Nullable CodeBlock reader() {
    return method == null ? null : CodeBlock.of("$T::$L", Types.JSON_INPUT, method);
  }

  /** A value as the generator of JSON takes it. */
  CodeBlock written(CodeBlock value) {
    if (format != null) {
      return CodeBlock.of(
          "$T.$L.format($L)", ClassName.get(DateTimeFormatter.class), format, value);
    }
    return this == UUIDS || this == URIS ? CodeBlock.of("$L.toString()", value) : value;
  }

  /** What the generator of JSON calls it. */
  String token() {
    return this == BOOL ? "Boolean" : isNumber() ? "Number" : "String";
  }
}
