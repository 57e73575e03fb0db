package io.stagepost.asyncapi.generate;

import static java.util.Objects.requireNonNull;

import com.palantir.javapoet.ClassName;
import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.tree.Node;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.lang.model.SourceVersion;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.LogicalType;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/** Shapes of Avro's schemas, as the Avro codec matches them: by names. */
final class AvroReader {
  private final Classes classes;
  private final Problems problems;
  private final Node at;
  private final String prefix;
  private final Map<String, Shape> known = new HashMap<>();

  AvroReader(Classes classes, Problems problems, Payload payload, String prefix) {
    this.classes = classes;
    this.problems = problems;
    this.at = payload.schema();
    this.prefix = prefix;
  }

  /** Says why a schema cannot become classes. */
  private static final class Unfit extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Unfit(String message) {
      super(message, null, false, false);
    }
  }

  /** Null if it cannot be generated; the findings tell. */
  Shape.@Nullable Declared read(String text) {
    try {
      Schema schema = new Schema.Parser().parse(text);
      if (schema.getType() != Schema.Type.RECORD) {
        throw new Unfit("it is no record, but " + schema.getType().getName());
      }
      return (Shape.Declared) shape(schema);
    } catch (Unfit | AvroRuntimeException e) {
      problems.refuse(
          at,
          "generate-avro",
          "no classes can be generated: " + e.getMessage(),
          "Change the schema, or write the event type by hand.");
      return null;
    }
  }

  private Shape shape(Schema schema) {
    LogicalType logical = schema.getLogicalType();
    Kind kind = logical == null ? null : logical(logical.getName());
    if (kind != null) {
      return scalar(kind);
    }
    return switch (schema.getType()) {
      case BOOLEAN -> scalar(Kind.BOOL);
      case INT -> scalar(Kind.INT32);
      case LONG -> scalar(Kind.INT64);
      case FLOAT -> scalar(Kind.FLOAT32);
      case DOUBLE -> scalar(Kind.FLOAT64);
      case STRING -> scalar(Kind.TEXT);
      case BYTES, FIXED -> scalar(Kind.BYTES);
      case ARRAY ->
          new Shape.Many(
              shape(value(schema.getElementType())),
              isNullable(schema.getElementType()),
              null,
              null,
              false);
      case MAP ->
          new Shape.Keyed(
              shape(value(schema.getValueType())), isNullable(schema.getValueType()), null, null);
      case ENUM -> choice(schema);
      case RECORD -> record(schema);
      case UNION -> union(schema);
      case NULL -> throw new Unfit("a value is always null");
    };
  }

  private static Shape scalar(Kind kind) {
    return new Shape.Scalar(kind, Shape.Limits.NONE);
  }

  private static @Nullable Kind logical(String name) {
    return switch (name) {
      case "decimal", "big-decimal" -> Kind.DECIMAL;
      case "uuid" -> Kind.UUIDS;
      case "date" -> Kind.DATE;
      case "time-millis", "time-micros" -> Kind.LOCAL_TIME;
      case "timestamp-millis", "timestamp-micros", "timestamp-nanos" -> Kind.INSTANT;
      case "local-timestamp-millis", "local-timestamp-micros", "local-timestamp-nanos" ->
          Kind.LOCAL_DATE_TIME;
      default -> null;
    };
  }

  private static boolean isNullable(Schema schema) {
    return schema.isUnion() && schema.isNullable();
  }

  /** A schema without null among its alternatives. */
  private static Schema value(Schema schema) {
    if (!isNullable(schema)) {
      return schema;
    }
    List<Schema> others =
        schema.getTypes().stream().filter(type -> type.getType() != Schema.Type.NULL).toList();
    return others.size() == 1 ? others.get(0) : Schema.createUnion(others);
  }

  private String place(Schema schema) {
    return "avro:" + schema.getFullName() + ":" + schema;
  }

  private Shape.Declared record(Schema schema) {
    Shape before = known.get(schema.getFullName());
    if (before == null) {
      before = classes.at(place(schema));
    }
    if (before != null) {
      return (Shape.Declared) before;
    }
    Shape.Fields fields = new Shape.Fields(name(schema), at, schema.getDoc(), false);
    fields.avro = true;
    known.put(schema.getFullName(), fields);
    classes.add(place(schema), fields, null);
    for (Schema.Field field : schema.getFields()) {
      if (SourceVersion.isKeyword(field.name(), SourceVersion.RELEASE_17)
          || !Names.isComponent(field.name())) {
        throw new Unfit("no component of a record can be called " + field.name());
      }
      Node sensitive = sensitive(field);
      fields.components.add(
          new Shape.Component(
              field.name(),
              field.name(),
              shape(value(field.schema())),
              true,
              isNullable(field.schema()),
              sensitive != null,
              false,
              field.doc(),
              null));
    }
    return fields;
  }

  /** Marked as in JSON Schema, or as the codecs mask it. */
  private @Nullable Node sensitive(Schema.Field field) {
    Object said = field.getObjectProp("x-sensitive");
    return said == null || Boolean.FALSE.equals(said) ? null : at;
  }

  /** The codec knows the records of a union, and nothing else, by its simple name. */
  private ClassName name(Schema schema) {
    String wanted =
        Character.isUpperCase(schema.getName().charAt(0))
            ? schema.getName()
            : Names.type(schema.getName());
    return classes.name(wanted, prefix);
  }

  private Shape choice(Schema schema) {
    Shape before = known.get(schema.getFullName());
    if (before == null) {
      before = classes.at(place(schema));
    }
    if (before != null) {
      return before;
    }
    Shape.Choice choice = new Shape.Choice(name(schema), at, schema.getDoc(), false, false);
    choice.avro = true;
    known.put(schema.getFullName(), choice);
    classes.add(place(schema), choice, null);
    for (String symbol : schema.getEnumSymbols()) {
      if (SourceVersion.isKeyword(symbol, SourceVersion.RELEASE_17)) {
        throw new Unfit("no constant can be called " + symbol);
      }
      choice.constants.put(symbol, symbol);
    }
    return choice;
  }

  private Shape union(Schema schema) {
    if (schema.getTypes().stream().anyMatch(type -> type.getType() != Schema.Type.RECORD)) {
      throw new Unfit("a union of other than records, " + kinds(schema) + ", has no class");
    }
    Shape.Declared known = classes.at(place(schema) + at.place());
    if (known != null) {
      return known;
    }
    StringBuilder name = new StringBuilder();
    for (Schema type : schema.getTypes()) {
      name.append(name.isEmpty() ? "" : "Or").append(Names.type(type.getName()));
    }
    Shape.Union union = new Shape.Union(classes.name(name.toString(), prefix), at, null, false);
    union.avro = true;
    classes.add(place(schema) + at.place(), union, null);
    for (Schema type : schema.getTypes()) {
      Shape.Fields variant = (Shape.Fields) requireNonNull(shape(type));
      if (!variant.name.simpleName().equals(type.getName())) {
        throw new Unfit(
            "in a union the class of "
                + type.getFullName()
                + " must be called "
                + type.getName()
                + ", which is taken, or no name of a class");
      }
      variant.unions.add(union.name);
      union.variants.add(variant);
    }
    return union;
  }

  private static String kinds(Schema union) {
    return String.join(
        ", ", union.getTypes().stream().map(type -> type.getType().getName()).toList());
  }
}
