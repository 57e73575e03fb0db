package io.stagepost.asyncapi.generate;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.tree.Node;
import io.stagepost.schema.TextPattern;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Schemas of strings, numbers and booleans. */
final class Scalars {
  private static final BigDecimal LONG_MIN = BigDecimal.valueOf(Long.MIN_VALUE);
  private static final BigDecimal LONG_MAX = BigDecimal.valueOf(Long.MAX_VALUE);
  private static final BigDecimal INT_MIN = BigDecimal.valueOf(Integer.MIN_VALUE);
  private static final BigDecimal INT_MAX = BigDecimal.valueOf(Integer.MAX_VALUE);

  private Scalars() {}

  static Shape.Scalar text(Node schema, Problems problems) {
    Kind kind =
        switch (String.valueOf(schema.text("format"))) {
          case "date-time" -> Kind.DATE_TIME;
          case "date-time-local", "local-date-time" -> Kind.LOCAL_DATE_TIME;
          case "date" -> Kind.DATE;
          case "time" -> Kind.TIME;
          case "time-local", "local-time" -> Kind.LOCAL_TIME;
          case "uuid" -> Kind.UUIDS;
          case "uri", "uri-reference" -> Kind.URIS;
          default -> Kind.TEXT;
        };
    Shape.Limits limits = kind == Kind.TEXT ? limits(schema, problems) : Shape.Limits.NONE;
    return new Shape.Scalar(kind, limits);
  }

  /** A whole number: of 32 bits or beyond 64 only where that is said. */
  static Shape.Scalar whole(Node schema, Problems problems) {
    Shape.Limits said = limits(schema, problems);
    BigDecimal least = least(said);
    BigDecimal most = most(said);
    String format = String.valueOf(schema.text("format"));
    Kind kind;
    if (format.equals("int32")) {
      kind = Kind.INT32;
    } else if (isBeyond(least) || isBeyond(most)) {
      kind = Kind.INTEGER;
    } else if (!format.equals("int64")
        && least != null
        && most != null
        && least.compareTo(INT_MIN) >= 0
        && most.compareTo(INT_MAX) <= 0) {
      kind = Kind.INT32;
    } else {
      kind = Kind.INT64;
    }
    return new Shape.Scalar(
        kind,
        new Shape.Limits(
            least, most, null, null, said.multipleOf(), null, null, null, said.values()));
  }

  private static boolean isBeyond(@Nullable BigDecimal bound) {
    return bound != null && (bound.compareTo(LONG_MIN) < 0 || bound.compareTo(LONG_MAX) > 0);
  }

  /** The least whole number. */
  private static @Nullable BigDecimal least(Shape.Limits said) {
    BigDecimal minimum = said.minimum() == null ? null : ceiling(said.minimum());
    BigDecimal above = said.above() == null ? null : floor(said.above()).add(BigDecimal.ONE);
    return minimum == null || (above != null && above.compareTo(minimum) > 0) ? above : minimum;
  }

  private static @Nullable BigDecimal most(Shape.Limits said) {
    BigDecimal maximum = said.maximum() == null ? null : floor(said.maximum());
    BigDecimal below = said.below() == null ? null : ceiling(said.below()).subtract(BigDecimal.ONE);
    return maximum == null || (below != null && below.compareTo(maximum) < 0) ? below : maximum;
  }

  private static BigDecimal floor(BigDecimal number) {
    return number.setScale(0, RoundingMode.FLOOR);
  }

  private static BigDecimal ceiling(BigDecimal number) {
    return number.setScale(0, RoundingMode.CEILING);
  }

  /** A number: exact, unless the format says that it is binary. */
  static Shape.Scalar number(Node schema, Problems problems) {
    Kind kind =
        switch (String.valueOf(schema.text("format"))) {
          case "double" -> Kind.FLOAT64;
          case "float" -> Kind.FLOAT32;
          default -> Kind.DECIMAL;
        };
    return new Shape.Scalar(kind, limits(schema, problems));
  }

  /** The values of an {@code enum} or {@code const}; null stands for none of them. */
  static List<Node> values(Node schema) {
    Node only = schema.get("const");
    Node several = schema.get("enum");
    List<Node> all = only != null ? List.of(only) : several == null ? List.of() : several.items();
    return all.stream().filter(value -> value.kind() != Node.Kind.NULL).toList();
  }

  /** A scalar of Java: a string, a boolean, or a number. */
  static @Nullable Object value(@Nullable Node node) {
    return node == null
        ? null
        : switch (node.kind()) {
          case STRING -> node.text();
          case BOOLEAN -> node.bool();
          case NUMBER -> node.number();
          default -> null;
        };
  }

  static Shape.Limits limits(Node schema, Problems problems) {
    List<Object> values = new ArrayList<>();
    for (Node each : values(schema)) {
      Object value = value(each);
      if (value != null) {
        values.add(value);
      }
    }
    return new Shape.Limits(
        number(schema, "minimum"),
        number(schema, "maximum"),
        number(schema, "exclusiveMinimum"),
        number(schema, "exclusiveMaximum"),
        number(schema, "multipleOf"),
        size(schema, "minLength"),
        size(schema, "maxLength"),
        pattern(schema, problems),
        List.copyOf(values));
  }

  private static @Nullable BigDecimal number(Node schema, String keyword) {
    Node said = schema.get(keyword);
    return said == null ? null : said.number();
  }

  /** Null if it says nothing: of a length, at least none. */
  static @Nullable Integer size(Node schema, String keyword) {
    BigDecimal number = number(schema, keyword);
    if (number == null || (number.signum() == 0 && keyword.startsWith("min"))) {
      return null;
    }
    BigInteger size = number.toBigInteger();
    return size.bitLength() > 31 ? Integer.MAX_VALUE : size.intValue();
  }

  private static @Nullable String pattern(Node schema, Problems problems) {
    String pattern = schema.text("pattern");
    if (pattern == null) {
      return null;
    }
    try {
      TextPattern unused = TextPattern.of(pattern);
      return pattern;
    } catch (PatternSyntaxException e) {
      problems.warn(
          requireNonNull(schema.get("pattern")),
          "generate-unchecked",
          "the pattern " + pattern + " cannot be read as Java's: " + e.getDescription(),
          "It is not checked; write it so that both languages read it.");
      return null;
    }
  }
}
