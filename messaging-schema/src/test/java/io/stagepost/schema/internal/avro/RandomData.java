package io.stagepost.schema.internal.avro;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.apache.avro.Conversions;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.jspecify.annotations.Nullable;

/** Data for any schema, and other versions of a schema; the same for the same seed. */
@SuppressWarnings("StatementSwitchToExpressionSwitch") // whose cases are not all of one form
final class RandomData {
  private static final Set<Schema.Type> NARROWED =
      EnumSet.of(
          Schema.Type.INT,
          Schema.Type.LONG,
          Schema.Type.FLOAT,
          Schema.Type.DOUBLE,
          Schema.Type.STRING,
          Schema.Type.BYTES,
          Schema.Type.FIXED);

  private final Random random;
  private int depth;

  /** What is written as bytes may be read as text, and is to be some. */
  private boolean versions;

  RandomData(long seed) {
    this.random = new Random(seed);
  }

  /** As Avro's generic classes have it, logical types in their raw form. */
  @Nullable Object datum(Schema schema) {
    LogicalType logical = schema.getLogicalType();
    switch (schema.getType()) {
      case NULL:
        return null;
      case BOOLEAN:
        return random.nextBoolean();
      case INT:
        return logical != null && logical.getName().equals("time-millis")
            ? random.nextInt(86_400_000)
            : integer();
      case LONG:
        return logical != null && logical.getName().equals("time-micros")
            ? (long) (random.nextDouble() * 86_400_000_000L)
            : random.nextBoolean() ? (long) integer() : random.nextLong();
      case FLOAT:
        return random.nextFloat();
      case DOUBLE:
        return random.nextGaussian();
      case STRING:
        return logical == null ? text() : new UUID(random.nextLong(), random.nextLong()).toString();
      case BYTES:
        return logical == null
            ? ByteBuffer.wrap(versions ? text().getBytes(UTF_8) : bytes(random.nextInt(20)))
            : logical instanceof LogicalTypes.Decimal decimal
                ? new Conversions.DecimalConversion().toBytes(number(decimal), schema, decimal)
                : new Conversions.BigDecimalConversion()
                    .toBytes(
                        new BigDecimal(new BigInteger(80, random), random.nextInt(50) - 25),
                        schema,
                        logical);
      case FIXED:
        return logical instanceof LogicalTypes.Decimal decimal
            ? new Conversions.DecimalConversion().toFixed(number(decimal), schema, decimal)
            : new GenericData.Fixed(schema, bytes(schema.getFixedSize()));
      case ENUM:
        return new GenericData.EnumSymbol(
            schema, schema.getEnumSymbols().get(random.nextInt(schema.getEnumSymbols().size())));
      case UNION:
        return datum(branch(schema));
      case ARRAY:
        List<@Nullable Object> items = new ArrayList<>();
        for (int left = size(); left > 0; left--) {
          items.add(datum(schema.getElementType()));
        }
        return items;
      case MAP:
        Map<String, @Nullable Object> entries = new HashMap<>();
        for (int left = size(); left > 0; left--) {
          entries.put(text(), datum(schema.getValueType()));
        }
        return entries;
      case RECORD:
        depth++;
        GenericData.Record record = new GenericData.Record(schema);
        for (Schema.Field field : schema.getFields()) {
          record.put(field.pos(), datum(field.schema()));
        }
        depth--;
        return record;
    }
    throw new AssertionError(schema);
  }

  private Schema branch(Schema union) {
    if (depth > 4) {
      for (Schema branch : union.getTypes()) {
        if (branch.getType() == Schema.Type.NULL) {
          return branch;
        }
      }
    }
    return union.getTypes().get(random.nextInt(union.getTypes().size()));
  }

  private int size() {
    return depth > 4 ? 0 : random.nextInt(4);
  }

  private int integer() {
    return random.nextInt() >> random.nextInt(32);
  }

  private BigDecimal number(LogicalTypes.Decimal decimal) {
    int digits = random.nextInt(decimal.getPrecision()) + 1;
    BigInteger unscaled =
        new BigInteger(200, random).mod(BigInteger.TEN.pow(digits)).multiply(sign());
    return new BigDecimal(unscaled, decimal.getScale());
  }

  private BigInteger sign() {
    return random.nextBoolean() ? BigInteger.ONE : BigInteger.ONE.negate();
  }

  byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private String text() {
    int length = random.nextInt(random.nextInt(8) == 0 ? 200 : 12);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.appendCodePoint(
          switch (random.nextInt(12)) {
            case 0 -> 0xe4;
            case 1 -> 0x20ac;
            case 2 -> 0x1f600;
            default -> 'a' + random.nextInt(26);
          });
    }
    return text.toString();
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  /** What an older or newer writer may have had instead of this schema. */
  Schema another(Schema schema) {
    versions = true;
    return another(schema, new HashMap<>());
  }

  private Schema another(Schema schema, Map<String, Schema> done) {
    if (NARROWED.contains(schema.getType()) && random.nextInt(12) == 0) {
      Schema narrowed = narrowed(schema);
      return random.nextInt(3) == 0 && narrowed.getType() != Schema.Type.NULL
          ? Schema.createUnion(narrowed, Schema.create(Schema.Type.NULL))
          : narrowed;
    }
    switch (schema.getType()) {
      case ARRAY:
        return Schema.createArray(another(schema.getElementType(), done));
      case MAP:
        return Schema.createMap(another(schema.getValueType(), done));
      case UNION:
        List<Schema> branches = new ArrayList<>();
        schema.getTypes().forEach(branch -> branches.add(plain(branch, done)));
        if (random.nextInt(4) == 0) {
          Collections.shuffle(branches, random);
        }
        if (Sizes.isRecursive(schema)) {
          return Schema.createUnion(branches); // whose null is where a tree ends
        }
        if (random.nextInt(6) == 0) {
          branches.remove(0);
        }
        return random.nextInt(6) == 0 ? branches.get(0) : Schema.createUnion(branches);
      default:
        return plain(schema, done);
    }
  }

  /** Another version, and no union. */
  private Schema plain(Schema schema, Map<String, Schema> done) {
    if (schema.getType() == Schema.Type.ENUM) {
      return done.computeIfAbsent(schema.getFullName(), name -> symbols(schema));
    }
    if (schema.getType() != Schema.Type.RECORD) {
      return schema;
    }
    Schema known = done.get(schema.getFullName());
    if (known != null) {
      return known;
    }
    Schema record = Schema.createRecord(schema.getName(), null, schema.getNamespace(), false);
    done.put(schema.getFullName(), record);
    List<Schema.Field> fields = new ArrayList<>();
    for (Schema.Field field : schema.getFields()) {
      boolean drop = field.hasDefaultValue() ? random.nextInt(5) == 0 : random.nextInt(200) == 0;
      if (!drop) {
        String name =
            field.aliases().isEmpty() || random.nextBoolean()
                ? field.name()
                : field.aliases().iterator().next();
        fields.add(new Schema.Field(name, another(field.schema(), done), null, null));
      }
    }
    while (random.nextInt(3) == 0) {
      Schema one = schema.getFields().get(random.nextInt(schema.getFields().size())).schema();
      fields.add(new Schema.Field("more" + fields.size(), another(one, done), null, null));
    }
    if (random.nextBoolean()) {
      Collections.shuffle(fields, random);
    }
    record.setFields(fields);
    return record;
  }

  private Schema symbols(Schema schema) {
    List<String> symbols = new ArrayList<>(schema.getEnumSymbols());
    if (random.nextBoolean()) {
      symbols.add("BEYOND");
    }
    if (random.nextInt(3) == 0) {
      symbols.remove(0);
    }
    Collections.shuffle(symbols, random);
    return Schema.createEnum(schema.getName(), null, schema.getNamespace(), symbols);
  }

  private Schema narrowed(Schema schema) {
    if (schema.getLogicalType() != null) {
      return schema;
    }
    Schema.Type[] from =
        switch (schema.getType()) {
          case LONG -> new Schema.Type[] {Schema.Type.INT, Schema.Type.BOOLEAN};
          case FLOAT -> new Schema.Type[] {Schema.Type.INT, Schema.Type.LONG};
          case DOUBLE -> new Schema.Type[] {Schema.Type.INT, Schema.Type.LONG, Schema.Type.FLOAT};
          case STRING -> new Schema.Type[] {Schema.Type.BYTES, Schema.Type.NULL};
          case BYTES -> new Schema.Type[] {Schema.Type.STRING};
          case INT -> new Schema.Type[] {Schema.Type.LONG};
          default -> new Schema.Type[] {};
        };
    return from.length == 0 ? schema : Schema.create(from[random.nextInt(from.length)]);
  }
}
