package io.stagepost.schema.compatibility;

import io.stagepost.schema.SchemaRefusedException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.apache.avro.LogicalTypes.Decimal;
import org.apache.avro.Resolver;
import org.apache.avro.Resolver.Action;
import org.apache.avro.Resolver.Container;
import org.apache.avro.Resolver.EnumAdjust;
import org.apache.avro.Resolver.ErrorAction;
import org.apache.avro.Resolver.ReaderUnion;
import org.apache.avro.Resolver.RecordAdjust;
import org.apache.avro.Resolver.WriterUnion;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import tools.jackson.databind.JsonNode;

/**
 * Avro, by the actions that Avro's own {@link Resolver} takes when data is decoded: what it would
 * fail at is unreadable. To that comes what {@link org.apache.avro.SchemaCompatibility} refuses and
 * the resolver lets pass, a record by another name, and what both let pass although the value that
 * comes out means something else: another logical type.
 *
 * <p>SchemaCompatibility itself is not asked. It reads enums and fixed types of another namespace
 * in a union as compatible, which the decoder does not, and its list of incompatibilities doubles
 * with every level at which a type is used twice, so that a schema of a few kilobytes fills the
 * memory.
 */
final class AvroComparison implements Comparison {
  private static final int MAX_PARTS = 10_000;
  private static final int MAX_VISITS = 2_000_000;
  private static final int MAX_SYMBOLS = 10_000;
  private static final int MAX_BRANCHES = 100;
  private static final int MAX_FINDINGS = 100;
  private static final int MAX_INCOMPLETE = 1_000;

  private final Function<io.stagepost.schema.Schema.Reference, io.stagepost.schema.Schema>
      references;

  AvroComparison(
      Function<io.stagepost.schema.Schema.Reference, io.stagepost.schema.Schema> references) {
    this.references = references;
  }

  @Override
  public List<Finding> unreadable(
      io.stagepost.schema.Schema reader, io.stagepost.schema.Schema writer) {
    Schema parsedReader = parse(reader);
    Schema parsedWriter = parse(writer);
    try {
      Walk walk = new Walk();
      walk.resolve(Schema.applyAliases(parsedWriter, parsedReader), parsedReader, "");
      return walk.found;
    } catch (RuntimeException unfit) {
      throw Texts.invalid(reader, "Avro cannot resolve it: " + unfit.getMessage(), unfit);
    }
  }

  private Schema parse(io.stagepost.schema.Schema schema) {
    Schema.Parser parser = new Schema.Parser();
    for (io.stagepost.schema.Schema other : Texts.referenced(schema, references).values()) {
      parse(parser, other);
    }
    return parse(parser, schema);
  }

  private static Schema parse(Schema.Parser parser, io.stagepost.schema.Schema schema) {
    checkTypes(schema, Texts.json(schema));
    Schema parsed;
    try {
      parsed = parser.parse(schema.text());
    } catch (RuntimeException unfit) {
      throw Texts.invalid(schema, String.valueOf(unfit.getMessage()), unfit);
    }
    checkSize(schema, parsed);
    return parsed;
  }

  /**
   * Before it is parsed: Avro's parser walks through everything once for each type that has a name.
   */
  private static void checkTypes(io.stagepost.schema.Schema schema, JsonNode root) {
    Deque<JsonNode> open = new ArrayDeque<>(List.of(root));
    long named = 0;
    long parts = 0;
    while (!open.isEmpty()) {
      JsonNode node = open.pop();
      if (node.isObject()) {
        parts++;
        if (node.has("name") && node.path("type").isString() && isNamed(node)) {
          named++;
        }
      }
      node.values().forEach(open::push);
    }
    if (named * parts > MAX_VISITS) {
      throw tooLarge(
          schema, "types by name times parts (" + named + " and " + parts + ")", MAX_VISITS);
    }
  }

  private static boolean isNamed(JsonNode node) {
    return Set.of("record", "error", "enum", "fixed").contains(node.get("type").asString());
  }

  private static void checkSize(io.stagepost.schema.Schema schema, Schema parsed) {
    Set<Schema> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Schema> open = new ArrayDeque<>(List.of(parsed));
    int parts = 0;
    while (!open.isEmpty()) {
      Schema part = open.pop();
      if (++parts > MAX_PARTS) {
        throw tooLarge(schema, "fields, branches and elements", MAX_PARTS);
      }
      if (!seen.add(part)) {
        continue;
      }
      switch (part.getType()) {
        case RECORD -> part.getFields().forEach(field -> open.push(field.schema()));
        case ARRAY -> open.push(part.getElementType());
        case MAP -> open.push(part.getValueType());
        case ENUM -> {
          if (part.getEnumSymbols().size() > MAX_SYMBOLS) {
            throw tooLarge(schema, "symbols in the enum " + part.getFullName(), MAX_SYMBOLS);
          }
        }
        case UNION -> {
          if (part.getTypes().size() > MAX_BRANCHES) {
            throw tooLarge(schema, "branches in one union", MAX_BRANCHES);
          }
          part.getTypes().forEach(open::push);
        }
        default -> {}
      }
    }
  }

  private static SchemaRefusedException tooLarge(
      io.stagepost.schema.Schema schema, String what, int limit) {
    return Texts.tooLarge(schema, "it has more than " + limit + " " + what, null);
  }

  /** One way through what the resolver would do. */
  private static final class Walk {
    final List<Finding> found = new ArrayList<>();
    private final Set<Action> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private int resolved;
    private final Set<List<Integer>> incomplete = new HashSet<>();

    void resolve(Schema writer, Schema reader, String path) {
      if (++resolved > MAX_INCOMPLETE) {
        return;
      }
      walk(Resolver.resolve(writer, reader, GenericData.get()), path);
    }

    private void walk(Action action, String path) {
      if (found.size() >= MAX_FINDINGS || !seen.add(action)) {
        return;
      }
      if (action.type != Action.Type.ERROR && action.reader != null) {
        compareLogicalTypes(action.writer, action.reader, path);
      }
      if (action instanceof ErrorAction error) {
        report(error, path);
      } else if (action instanceof Container container) {
        boolean array = container.reader.getType() == Schema.Type.ARRAY;
        walk(container.elementAction, path + (array ? "/items" : "/values"));
      } else if (action instanceof EnumAdjust adjust) {
        compareSymbols(adjust, path);
      } else if (action instanceof WriterUnion union) {
        for (int i = 0; i < union.actions.length; i++) {
          walk(union.actions[i], union.unionEquiv ? path + "/" + i : path);
        }
      } else if (action instanceof ReaderUnion union) {
        walk(union.actualAction, path + "/" + union.firstMatch);
      } else if (action instanceof RecordAdjust record) {
        compareNames(record.writer, record.reader, path);
        List<Schema.Field> written = record.writer.getFields();
        for (int i = 0; i < written.size(); i++) {
          Schema.Field field = record.reader.getField(written.get(i).name());
          if (field != null) {
            walk(record.fieldActions[i], path + "/fields/" + field.pos() + "/type");
          }
        }
      }
    }

    private void report(ErrorAction error, String path) {
      Schema writer = error.writer;
      Schema reader = error.reader;
      switch (error.error) {
        case MISSING_REQUIRED_FIELD -> reportMissing(writer, reader, path);
        case NAMES_DONT_MATCH -> compareNames(writer, reader, path);
        case SIZES_DONT_MATCH ->
            found.add(
                Finding.breaks(
                    "avro.fixed-size-changed",
                    path + "/size",
                    "The writer's "
                        + writer.getFullName()
                        + " has "
                        + writer.getFixedSize()
                        + " bytes, the reader's "
                        + reader.getFixedSize()
                        + ".",
                    "Keep the size, and add a field with a fixed type of another name and a"
                        + " default."));
        case NO_MATCHING_BRANCH ->
            found.add(
                Finding.breaks(
                    "avro.union-branch-missing",
                    path,
                    "The writer writes "
                        + name(writer)
                        + ", and no branch of the reader's union is that: "
                        + name(reader)
                        + ".",
                    "Let readers have the branch before writers use it, and keep it as long as"
                        + " data with it is there. Enums and fixed types in a union match by full"
                        + " name: after a change of namespace give the old one as an alias."));
        case INCOMPATIBLE_SCHEMA_TYPES ->
            found.add(
                Finding.breaks(
                    "avro.type-changed",
                    path,
                    "The writer writes "
                        + name(writer)
                        + ", the reader expects "
                        + name(reader)
                        + ".",
                    "Only int to long, float or double, long to float or double, float to double,"
                        + " and string from or to bytes are read; else add a field with a default,"
                        + " or make the reader's type a union of both."));
      }
    }

    private void reportMissing(Schema writer, Schema reader, String path) {
      for (Schema.Field field : reader.getFields()) {
        String at = path + "/fields/" + field.pos();
        Schema.Field written = writer.getField(field.name());
        if (written == null && !field.hasDefaultValue()) {
          found.add(
              Finding.breaks(
                  "avro.field-without-default-added",
                  at,
                  "The reader's "
                      + reader.getFullName()
                      + " has the field "
                      + field.name()
                      + " without a default, and the writer does not write it.",
                  "Give the field a default, or the name that it had before as an alias."));
        } else if (written != null
            && incomplete.add(
                List.of(
                    System.identityHashCode(written.schema()),
                    System.identityHashCode(field.schema())))) {
          // The resolver stops at a record that lacks a field; the others are to be known too.
          resolve(written.schema(), field.schema(), at + "/type");
        }
      }
    }

    private void compareNames(Schema writer, Schema reader, String path) {
      if (!Objects.equals(writer.getName(), reader.getName())) {
        found.add(
            Finding.breaks(
                "avro.name-changed",
                path + "/name",
                "The writer calls this type "
                    + writer.getFullName()
                    + ", the reader "
                    + reader.getFullName()
                    + ".",
                "Give the new name the old one as an alias; readers with the old schema need the"
                    + " old name."));
      }
    }

    private void compareSymbols(EnumAdjust adjust, String path) {
      Set<String> missing = new TreeSet<>();
      for (int i = 0; i < adjust.adjustments.length; i++) {
        if (adjust.adjustments[i] < 0) {
          missing.add(adjust.writer.getEnumSymbols().get(i));
        }
      }
      if (!missing.isEmpty()) {
        found.add(
            Finding.breaks(
                "avro.enum-symbol-missing",
                path + "/symbols",
                "The reader's "
                    + adjust.reader.getFullName()
                    + " lacks "
                    + shown(missing)
                    + ", and has no default.",
                "Give the enum a default (an attribute of the enum, not of the field), and let"
                    + " every reader have it before symbols change."));
      }
    }

    private void compareLogicalTypes(Schema writer, Schema reader, String path) {
      String written = writer.getProp("logicalType");
      String read = reader.getProp("logicalType");
      if (read == null || (writer.getType() == Schema.Type.UNION)) {
        return;
      }
      if (written == null) {
        if (reader.getType() != Schema.Type.UNION) {
          found.add(
              Finding.warns(
                  "avro.logical-type-added",
                  path,
                  "The reader takes a plain " + name(writer) + " for a " + read + ".",
                  "Make sure that every value that was written is one."));
        }
      } else if (!written.equals(read)) {
        found.add(
            Finding.breaks(
                "avro.logical-type-changed",
                path,
                "The writer writes a "
                    + written
                    + ", and the reader takes the same number or text for a "
                    + read
                    + ": it is decoded, and means something else.",
                "Add a field with the new logical type and a default."));
      } else if (writer.getLogicalType() instanceof Decimal old
          && reader.getLogicalType() instanceof Decimal decimal) {
        if (old.getScale() != decimal.getScale()) {
          found.add(
              Finding.breaks(
                  "avro.decimal-scale-changed",
                  path + "/scale",
                  "The writer's decimals have "
                      + old.getScale()
                      + " decimal places, the reader's "
                      + decimal.getScale()
                      + ": the same bytes are another amount.",
                  "Add a field with the new scale and a default."));
        } else if (old.getPrecision() > decimal.getPrecision()) {
          found.add(
              Finding.warns(
                  "avro.decimal-precision-narrowed",
                  path + "/precision",
                  "The writer's decimals have up to "
                      + old.getPrecision()
                      + " digits, the reader's "
                      + decimal.getPrecision()
                      + ".",
                  "Keep the precision: a reader that writes the value again may fail."));
        }
      }
    }

    private static String name(Schema schema) {
      return switch (schema.getType()) {
        case RECORD, ENUM, FIXED -> schema.getFullName();
        case UNION ->
            "[" + String.join(", ", schema.getTypes().stream().map(Walk::name).toList()) + "]";
        default -> schema.getType().getName();
      };
    }

    private static String shown(Set<String> names) {
      return names.size() <= 5
          ? String.join(", ", names)
          : String.join(", ", names.stream().limit(5).toList())
              + " and "
              + (names.size() - 5)
              + " more";
    }
  }
}
