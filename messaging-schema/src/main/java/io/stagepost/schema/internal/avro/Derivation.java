package io.stagepost.schema.internal.avro;

import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.JsonProperties;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.util.TimePeriod;
import org.jspecify.annotations.Nullable;

/**
 * The schema of a class that has been given none. The rules stand in {@code docs/guide/avro.md}.
 */
final class Derivation {
  private final Map<String, Class<?>> named = new HashMap<>();
  private final Map<Class<?>, Schema> schemas = new HashMap<>();

  private Derivation() {}

  static Schema of(Class<?> payload) {
    return new Derivation().schema(JavaType.of(payload), payload.getSimpleName());
  }

  private Schema schema(JavaType type, String path) {
    if (type.isOptional()) {
      return nullable(schema(type.argument(path), path));
    }
    return type.nullable() ? nullable(required(type, path)) : required(type, path);
  }

  private static Schema nullable(Schema schema) {
    List<Schema> branches = new ArrayList<>();
    branches.add(Schema.create(Schema.Type.NULL));
    if (schema.isUnion()) {
      schema.getTypes().stream()
          .filter(branch -> branch.getType() != Schema.Type.NULL)
          .forEach(branches::add);
    } else {
      branches.add(schema);
    }
    return Schema.createUnion(branches);
  }

  private Schema required(JavaType type, String path) {
    Class<?> raw = type.raw();
    Schema simple = simple(raw);
    if (simple != null) {
      return simple;
    }
    if (raw == List.class || raw == Set.class || raw == Collection.class) {
      return Schema.createArray(schema(type.argument(path), path + "[]"));
    }
    if (raw == Map.class) {
      JavaType value = type.argument(path);
      if (type.arguments().get(0).raw() != String.class) {
        throw new Unfit(path, "is a map whose keys are no strings; Avro has no other maps");
      }
      return Schema.createMap(schema(value, path + "{}"));
    }
    if (raw.isEnum() || raw.isRecord()) {
      return named(raw, path);
    }
    if (type.isUnion()) {
      return Schema.createUnion(
          type.records(path).stream().map(record -> named(record, path)).toList());
    }
    throw new Unfit(
        path,
        "is a "
            + raw.getName()
            + ", of which no schema can be derived; choose a type of docs/guide/avro.md");
  }

  private static @Nullable Schema simple(Class<?> raw) {
    if (raw == boolean.class || raw == Boolean.class) {
      return Schema.create(Schema.Type.BOOLEAN);
    }
    if (raw == int.class
        || raw == Integer.class
        || raw == short.class
        || raw == Short.class
        || raw == byte.class
        || raw == Byte.class) {
      return Schema.create(Schema.Type.INT);
    }
    if (raw == long.class || raw == Long.class) {
      return Schema.create(Schema.Type.LONG);
    }
    if (raw == float.class || raw == Float.class) {
      return Schema.create(Schema.Type.FLOAT);
    }
    if (raw == double.class || raw == Double.class) {
      return Schema.create(Schema.Type.DOUBLE);
    }
    if (raw == String.class) {
      return Schema.create(Schema.Type.STRING);
    }
    if (raw == byte[].class || raw == ByteBuffer.class) {
      return Schema.create(Schema.Type.BYTES);
    }
    if (raw == BigDecimal.class) {
      return logical(LogicalTypes.bigDecimal(), Schema.Type.BYTES);
    }
    if (raw == UUID.class) {
      return logical(LogicalTypes.uuid(), Schema.Type.STRING);
    }
    if (raw == LocalDate.class) {
      return logical(LogicalTypes.date(), Schema.Type.INT);
    }
    if (raw == LocalTime.class) {
      return logical(LogicalTypes.timeMicros(), Schema.Type.LONG);
    }
    if (raw == Instant.class) {
      return logical(LogicalTypes.timestampMicros(), Schema.Type.LONG);
    }
    if (raw == LocalDateTime.class) {
      return logical(LogicalTypes.localTimestampMicros(), Schema.Type.LONG);
    }
    if (raw == Duration.class || raw == Period.class || raw == TimePeriod.class) {
      return LogicalTypes.duration()
          .addToSchema(Schema.createFixed("duration", null, "org.apache.avro", 12));
    }
    return null;
  }

  private static Schema logical(LogicalType type, Schema.Type of) {
    return type.addToSchema(Schema.create(of));
  }

  private Schema named(Class<?> type, String path) {
    Schema known = schemas.get(type);
    if (known != null) {
      return known;
    }
    Class<?> other = named.putIfAbsent(type.getPackageName() + "." + type.getSimpleName(), type);
    if (other != null) {
      throw new Unfit(
          path,
          "would need two schemas of one name, for "
              + other.getName()
              + " and "
              + type.getName()
              + "; rename one, or give the codec a schema");
    }
    try {
      return type.isEnum() ? enumeration(type) : record(type);
    } catch (AvroRuntimeException refused) {
      throw new Unfit(path, "cannot be written in Avro: " + refused.getMessage(), refused);
    }
  }

  private Schema enumeration(Class<?> type) {
    Schema schema =
        Schema.createEnum(
            type.getSimpleName(),
            null,
            type.getPackageName(),
            Arrays.stream(type.getEnumConstants()).map(one -> ((Enum<?>) one).name()).toList());
    schemas.put(type, schema);
    return schema;
  }

  private Schema record(Class<?> type) {
    Schema record = Schema.createRecord(type.getSimpleName(), null, type.getPackageName(), false);
    schemas.put(type, record);
    List<Schema.Field> fields = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      String path = type.getSimpleName() + "." + component.getName();
      Schema schema = schema(JavaType.of(component, path), path);
      boolean absent = schema.isUnion() && schema.getTypes().get(0).getType() == Schema.Type.NULL;
      fields.add(
          new Schema.Field(
              component.getName(), schema, null, absent ? JsonProperties.NULL_VALUE : null));
    }
    record.setFields(fields);
    return record;
  }
}
