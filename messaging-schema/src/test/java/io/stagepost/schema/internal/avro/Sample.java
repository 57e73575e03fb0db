package io.stagepost.schema.internal.avro;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.avro.util.TimePeriod;
import org.jspecify.annotations.Nullable;

/** A record of everything that is mapped, and the schema that it is read as. */
record Sample(
    boolean flag,
    int count,
    long total,
    float ratio,
    double mean,
    String name,
    ByteBuffer raw,
    ByteBuffer hash,
    Colour colour,
    BigDecimal price,
    BigDecimal exact,
    BigDecimal any,
    UUID id,
    UUID shortId,
    LocalDate day,
    LocalTime clock,
    LocalTime tick,
    Instant millis,
    Instant micros,
    Instant nanos,
    LocalDateTime localMillis,
    LocalDateTime localMicros,
    LocalDateTime localNanos,
    TimePeriod period,
    @Nullable String note,
    Optional<Long> number,
    List<Integer> numbers,
    List<@Nullable String> words,
    Map<String, Line> lines,
    Shape shape,
    @Nullable Shape other,
    Line line,
    @Nullable Tree tree) {

  enum Colour {
    RED,
    GREEN,
    OTHER
  }

  record Line(String sku, int quantity, List<Map<String, Double>> prices) {}

  sealed interface Shape permits Circle, Square {}

  record Circle(double radius) implements Shape {}

  record Square(double side, @Nullable String label) implements Shape {}

  record Tree(int value, List<Tree> children, @Nullable Tree next) {}

  static final String SCHEMA =
      """
      {"type": "record", "name": "Sample", "namespace": "example", "fields": [
        {"name": "flag", "type": "boolean", "default": true},
        {"name": "count", "type": "int", "default": -7},
        {"name": "total", "type": "long", "default": 1234567890123, "aliases": ["sum"]},
        {"name": "ratio", "type": "float", "default": 0.5},
        {"name": "mean", "type": "double", "default": 2.25},
        {"name": "name", "type": "string", "default": "nö one", "aliases": ["title"]},
        {"name": "raw", "type": "bytes", "default": "\\u00ff\\u0001"},
        {"name": "hash", "type": {"type": "fixed", "name": "Hash", "size": 4},
         "default": "\\u0001\\u0002\\u0003\\u0004"},
        {"name": "colour", "type": {"type": "enum", "name": "Colour",
          "symbols": ["RED", "GREEN", "OTHER"], "default": "OTHER"}, "default": "GREEN"},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal",
          "precision": 12, "scale": 2}, "default": "\\u0001"},
        {"name": "exact", "type": {"type": "fixed", "name": "Exact", "size": 16,
          "logicalType": "decimal", "precision": 36, "scale": 9},
          "default": "\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0007"},
        {"name": "any", "type": {"type": "bytes", "logicalType": "big-decimal"}},
        {"name": "id", "type": {"type": "string", "logicalType": "uuid"},
         "default": "00000000-0000-0001-0000-000000000002"},
        {"name": "shortId", "type": {"type": "fixed", "name": "Id", "size": 16,
          "logicalType": "uuid"}},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}, "default": 20000},
        {"name": "clock", "type": {"type": "int", "logicalType": "time-millis"}, "default": 1},
        {"name": "tick", "type": {"type": "long", "logicalType": "time-micros"}, "default": 1},
        {"name": "millis", "type": {"type": "long", "logicalType": "timestamp-millis"},
         "default": -1},
        {"name": "micros", "type": {"type": "long", "logicalType": "timestamp-micros"},
         "default": -1},
        {"name": "nanos", "type": {"type": "long", "logicalType": "timestamp-nanos"},
         "default": -1},
        {"name": "localMillis", "type": {"type": "long", "logicalType": "local-timestamp-millis"},
         "default": -1},
        {"name": "localMicros", "type": {"type": "long", "logicalType": "local-timestamp-micros"},
         "default": -1},
        {"name": "localNanos", "type": {"type": "long", "logicalType": "local-timestamp-nanos"},
         "default": -1},
        {"name": "period", "type": {"type": "fixed", "name": "Period", "size": 12,
          "logicalType": "duration"}},
        {"name": "note", "type": ["null", "string"], "default": null},
        {"name": "number", "type": ["long", "null"], "default": 5},
        {"name": "numbers", "type": {"type": "array", "items": "int"}, "default": [1, 2]},
        {"name": "words", "type": {"type": "array", "items": ["null", "string"]}, "default": []},
        {"name": "lines", "type": {"type": "map", "values": {"type": "record", "name": "Line",
          "fields": [
            {"name": "sku", "type": "string"},
            {"name": "quantity", "type": "int", "default": 1},
            {"name": "prices", "type": {"type": "array", "items":
              {"type": "map", "values": "double"}}, "default": []}]}}, "default": {}},
        {"name": "shape", "type": [
          {"type": "record", "name": "Circle", "fields": [{"name": "radius", "type": "double"}]},
          {"type": "record", "name": "Square", "fields": [
            {"name": "side", "type": "double"},
            {"name": "label", "type": ["null", "string"], "default": null}]}],
          "default": {"radius": 1}},
        {"name": "other", "type": ["null", "Square", "Circle"], "default": null},
        {"name": "line", "type": "Line", "default": {"sku": "none", "quantity": 3, "prices": []}},
        {"name": "tree", "type": ["null", {"type": "record", "name": "Tree", "fields": [
          {"name": "value", "type": "int"},
          {"name": "children", "type": {"type": "array", "items": "Tree"}, "default": []},
          {"name": "next", "type": ["null", "Tree"], "default": null}]}], "default": null}
      ]}
      """;
}
