package io.stagepost.asyncapi.diff;

import static io.stagepost.asyncapi.diff.Change.Verdict.BREAKING;
import static io.stagepost.asyncapi.diff.Change.Verdict.UNKNOWN;

import io.stagepost.asyncapi.diff.Change.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.avro.Schema;

/**
 * What Avro reads without an error, and what means something else then or breaks code: changed
 * defaults, numbers that lose digits, namespaces, logical types that are ignored. What is of other
 * logical types or scales the comparison of schemas tells.
 */
final class AvroMeaning {
  private static final int MOST = 100;
  private static final Set<String> LOGICAL =
      Set.of(
          "decimal",
          "big-decimal",
          "uuid",
          "date",
          "time-millis",
          "time-micros",
          "timestamp-millis",
          "timestamp-micros",
          "timestamp-nanos",
          "local-timestamp-millis",
          "local-timestamp-micros",
          "local-timestamp-nanos",
          "duration");

  /** Something found. */
  record Found(String rule, Kind kind, Effect effect, String path, String what, String remedy) {}

  private record Seen(int older, int newer) {}

  private final List<Found> found = new ArrayList<>();
  private final Set<Seen> seen = new HashSet<>();

  private AvroMeaning() {}

  static List<Found> between(String older, String newer) {
    AvroMeaning meaning = new AvroMeaning();
    meaning.compare(new Schema.Parser().parse(older), new Schema.Parser().parse(newer), "");
    return meaning.found;
  }

  private void compare(Schema older, Schema newer, String path) {
    if (found.size() >= MOST
        || !seen.add(new Seen(System.identityHashCode(older), System.identityHashCode(newer)))) {
      return;
    }
    ignored(older, newer, path);
    if (older.getType() != newer.getType()) {
      numbers(older, newer, path);
      union(older, newer, path);
      return;
    }
    switch (older.getType()) {
      case RECORD -> {
        namespace(older, newer, path);
        for (Schema.Field field : newer.getFields()) {
          Schema.Field before = older.getField(field.name());
          if (before != null) {
            String at = path + "/fields/" + field.pos();
            defaults(before, field, at);
            compare(before.schema(), field.schema(), at + "/type");
          }
        }
      }
      case ENUM, FIXED -> namespace(older, newer, path);
      case ARRAY -> compare(older.getElementType(), newer.getElementType(), path + "/items");
      case MAP -> compare(older.getValueType(), newer.getValueType(), path + "/values");
      case UNION -> union(older, newer, path);
      default -> {}
    }
  }

  /** Branches of one name are compared; those of none of their own by their type. */
  private void union(Schema older, Schema newer, String path) {
    if (newer.getType() == Schema.Type.UNION) {
      for (int i = 0; i < newer.getTypes().size(); i++) {
        Schema branch = newer.getTypes().get(i);
        for (Schema before : branches(older)) {
          if (label(before).equals(label(branch))) {
            compare(before, branch, path + "/" + i);
          }
        }
      }
    } else if (older.getType() == Schema.Type.UNION) {
      for (Schema before : older.getTypes()) {
        if (label(before).equals(label(newer))) {
          compare(before, newer, path);
        }
      }
    }
  }

  private static List<Schema> branches(Schema schema) {
    return schema.getType() == Schema.Type.UNION ? schema.getTypes() : List.of(schema);
  }

  private static String label(Schema schema) {
    return switch (schema.getType()) {
      case RECORD, ENUM, FIXED -> schema.getName();
      default -> schema.getType().getName();
    };
  }

  private void namespace(Schema older, Schema newer, String path) {
    if (!Objects.equals(older.getNamespace(), newer.getNamespace())
        && Objects.equals(older.getName(), newer.getName())) {
      found.add(
          new Found(
              "avro.namespace-changed",
              Kind.SOURCE,
              Effect.NOTHING,
              path,
              older.getFullName() + " is " + newer.getFullName() + " now: it is read all the same",
              "Mend the code that is generated from it."));
    }
  }

  private void defaults(Schema.Field older, Schema.Field newer, String path) {
    if (older.hasDefaultValue()
        && newer.hasDefaultValue()
        && !Objects.equals(older.defaultVal(), newer.defaultVal())) {
      found.add(
          new Found(
              "avro.default-changed",
              Kind.SILENT,
              Effect.forSubscribers(UNKNOWN),
              path + "/default",
              "the default of "
                  + newer.name()
                  + " goes from "
                  + older.defaultVal()
                  + " to "
                  + newer.defaultVal()
                  + ": data without the field means something else",
              "Keep the default; add a field for another meaning."));
    }
  }

  private void numbers(Schema older, Schema newer, String path) {
    if (loses(older, newer)) {
      found.add(precision(older, newer, Effect.forPublishers(BREAKING), path));
    }
    if (loses(newer, older)) {
      found.add(precision(newer, older, Effect.forSubscribers(BREAKING), path));
    }
  }

  private static boolean loses(Schema writer, Schema reader) {
    return switch (writer.getType()) {
      case INT -> reader.getType() == Schema.Type.FLOAT;
      case LONG -> reader.getType() == Schema.Type.FLOAT || reader.getType() == Schema.Type.DOUBLE;
      default -> false;
    };
  }

  private static Found precision(Schema writer, Schema reader, Effect effect, String path) {
    return new Found(
        "avro.precision-lost",
        Kind.SILENT,
        effect,
        path,
        "what is written as "
            + writer.getType().getName()
            + " is read as "
            + reader.getType().getName()
            + ", which has not digits enough for all of it",
        "Read it as " + (writer.getType() == Schema.Type.INT ? "double" : "long") + ".");
  }

  private void ignored(Schema older, Schema newer, String path) {
    if (isIgnored(newer) && !isIgnored(older)) {
      found.add(
          new Found(
              "avro.logical-type-ignored",
              Kind.SILENT,
              Effect.UNCLEAR,
              path + "/logicalType",
              "the logical type "
                  + newer.getProp("logicalType")
                  + " does not fit "
                  + newer.getType().getName()
                  + " or lacks an attribute, and Avro ignores it without a word",
              "Mend its attributes, such as precision and scale of a decimal."));
    }
  }

  private static boolean isIgnored(Schema schema) {
    String name = schema.getProp("logicalType");
    return name != null && LOGICAL.contains(name) && schema.getLogicalType() == null;
  }
}
