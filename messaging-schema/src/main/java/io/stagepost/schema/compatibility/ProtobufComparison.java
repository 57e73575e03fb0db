package io.stagepost.schema.compatibility;

import static io.stagepost.schema.compatibility.Finding.breaks;
import static io.stagepost.schema.compatibility.Finding.warns;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import io.stagepost.schema.Schema;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Protobuf, by what its parsers do with the bytes: fields are known by number, what a reader does
 * not know it keeps aside, and what has another wire type it takes for unknown. The rules are those
 * of the language guide's "Updating a message type" and of buf's category WIRE, told apart by
 * direction: an int32 is read as int64, an int64 as int32 loses its upper half.
 *
 * <p>The names of packages, messages and fields are not on the wire. Messages are compared by name
 * inside their package, those in fields whatever their name.
 */
final class ProtobufComparison implements Comparison {
  private static final int MAX_STEPS = 1_000_000;
  private static final int MAX_FINDINGS = 100;

  /** What is read without loss, by what was written. */
  private static final Map<FieldDescriptor.Type, Set<FieldDescriptor.Type>> WIDER =
      Map.of(
          FieldDescriptor.Type.INT32, EnumSet.of(FieldDescriptor.Type.INT64),
          FieldDescriptor.Type.UINT32,
              EnumSet.of(FieldDescriptor.Type.UINT64, FieldDescriptor.Type.INT64),
          FieldDescriptor.Type.SINT32, EnumSet.of(FieldDescriptor.Type.SINT64),
          FieldDescriptor.Type.BOOL,
              EnumSet.of(
                  FieldDescriptor.Type.INT32,
                  FieldDescriptor.Type.INT64,
                  FieldDescriptor.Type.UINT32,
                  FieldDescriptor.Type.UINT64),
          FieldDescriptor.Type.ENUM,
              EnumSet.of(FieldDescriptor.Type.INT32, FieldDescriptor.Type.INT64),
          FieldDescriptor.Type.STRING, EnumSet.of(FieldDescriptor.Type.BYTES));

  /** What is read, and changed for some values. */
  private static final List<Set<FieldDescriptor.Type>> SAME_WIRE =
      List.of(
          EnumSet.of(
              FieldDescriptor.Type.INT32,
              FieldDescriptor.Type.INT64,
              FieldDescriptor.Type.UINT32,
              FieldDescriptor.Type.UINT64,
              FieldDescriptor.Type.BOOL,
              FieldDescriptor.Type.ENUM),
          EnumSet.of(FieldDescriptor.Type.SINT32, FieldDescriptor.Type.SINT64),
          EnumSet.of(FieldDescriptor.Type.FIXED32, FieldDescriptor.Type.SFIXED32),
          EnumSet.of(FieldDescriptor.Type.FIXED64, FieldDescriptor.Type.SFIXED64),
          EnumSet.of(FieldDescriptor.Type.STRING, FieldDescriptor.Type.BYTES));

  private final Function<Schema.Reference, Schema> references;

  ProtobufComparison(Function<Schema.Reference, Schema> references) {
    this.references = references;
  }

  @Override
  public List<Finding> unreadable(Schema reader, Schema writer) {
    return new Walk(reader)
        .files(
            ProtoDescriptors.parse(reader, references), ProtoDescriptors.parse(writer, references));
  }

  @Override
  public List<Finding> traps(Schema newer, Schema older) {
    Map<String, Descriptor> after = messages(ProtoDescriptors.parse(newer, references));
    List<Finding> found = new ArrayList<>();
    messages(ProtoDescriptors.parse(older, references))
        .forEach(
            (name, before) -> {
              Descriptor message = after.get(name);
              if (message != null) {
                removed(message, before, found);
                reused(message, before, found);
              }
            });
    return found;
  }

  private static void removed(Descriptor newer, Descriptor older, List<Finding> found) {
    for (FieldDescriptor field : older.getFields()) {
      if (newer.findFieldByNumber(field.getNumber()) == null
          && !newer.isReservedNumber(field.getNumber())
          && found.size() < MAX_FINDINGS) {
        found.add(
            warns(
                "protobuf.removed-without-reserved",
                newer.getFullName(),
                "The field "
                    + field.getName()
                    + " is gone, and another may take its number "
                    + field.getNumber()
                    + ", which old data still has.",
                "Add: reserved " + field.getNumber() + "; reserved \"" + field.getName() + "\";"));
      }
    }
  }

  private static void reused(Descriptor newer, Descriptor older, List<Finding> found) {
    for (FieldDescriptor field : newer.getFields()) {
      if (found.size() >= MAX_FINDINGS) {
        return;
      }
      if (older.isReservedNumber(field.getNumber())) {
        found.add(
            breaks(
                "protobuf.reserved-number-used",
                field.getFullName(),
                "The older version has reserved the number "
                    + field.getNumber()
                    + ": data that is older still may have another field under it.",
                "Take a number that was never used."));
      }
      if (older.isReservedName(field.getName())) {
        found.add(
            warns(
                "protobuf.reserved-name-used",
                field.getFullName(),
                "The older version has reserved the name: in JSON, data that is older still may"
                    + " have another field under it.",
                "Take another name."));
      }
    }
  }

  /** All messages of a file, nested ones too, by their names inside the package. */
  private static Map<String, Descriptor> messages(FileDescriptor file) {
    Map<String, Descriptor> messages = new HashMap<>();
    Deque<Descriptor> open = new ArrayDeque<>(file.getMessageTypes());
    while (!open.isEmpty()) {
      Descriptor message = open.pop();
      messages.put(inPackage(message), message);
      open.addAll(message.getNestedTypes());
    }
    return messages;
  }

  private static String inPackage(Descriptor message) {
    String name = message.getFullName();
    String prefix = message.getFile().getPackage();
    return prefix.isEmpty() ? name : name.substring(prefix.length() + 1);
  }

  private record Pair(Descriptor reader, Descriptor writer) {}

  /** One comparison. */
  private static final class Walk {
    private final Schema schema;
    private final List<Finding> found = new ArrayList<>();
    private final Set<Pair> seen = new HashSet<>();
    private final Deque<Pair> open = new ArrayDeque<>();
    private int steps;

    Walk(Schema schema) {
      this.schema = schema;
    }

    private void step() {
      if (++steps > MAX_STEPS) {
        throw Texts.tooLarge(schema, "it takes more than " + MAX_STEPS + " steps", null);
      }
    }

    List<Finding> files(FileDescriptor reader, FileDescriptor writer) {
      Map<String, Descriptor> readers = ProtobufComparison.messages(reader);
      Set<Descriptor> used = used(writer);
      for (Descriptor message : writer.getMessageTypes()) {
        Descriptor read = readers.get(inPackage(message));
        if (read != null) {
          pair(read, message);
        } else if (!used.contains(message)) {
          found.add(
              breaks(
                  "protobuf.message-removed",
                  message.getFullName(),
                  "The reader has no message of this name, and the writer may write one.",
                  "Keep the message as long as data with it is there."));
        }
      }
      while (!open.isEmpty() && found.size() < MAX_FINDINGS) {
        Pair pair = open.pop();
        messages(pair.reader(), pair.writer());
      }
      return found;
    }

    /** The messages that are fields of others. */
    private Set<Descriptor> used(FileDescriptor file) {
      Set<Descriptor> used = new HashSet<>();
      for (Descriptor message : ProtobufComparison.messages(file).values()) {
        for (FieldDescriptor field : message.getFields()) {
          step();
          if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
              && !field.getMessageType().equals(message)) {
            used.add(field.getMessageType());
          }
        }
      }
      return used;
    }

    private void pair(Descriptor reader, Descriptor writer) {
      Pair pair = new Pair(reader, writer);
      if (seen.add(pair)) {
        open.push(pair);
      }
    }

    private void messages(Descriptor reader, Descriptor writer) {
      Map<OneofDescriptor, Set<Object>> intoOneof = new HashMap<>();
      for (FieldDescriptor field : writer.getFields()) {
        step();
        FieldDescriptor read = reader.findFieldByNumber(field.getNumber());
        if (read == null) {
          renumbered(reader.findFieldByName(field.getName()), field);
          continue;
        }
        fields(read, field);
        OneofDescriptor oneof = read.getRealContainingOneof();
        if (oneof != null) {
          OneofDescriptor before = field.getRealContainingOneof();
          intoOneof
              .computeIfAbsent(oneof, one -> new LinkedHashSet<>())
              .add(before == null ? field : before);
        }
      }
      intoOneof.forEach(
          (oneof, sources) -> {
            if (sources.size() > 1) {
              found.add(
                  breaks(
                      "protobuf.moved-into-oneof",
                      reader.getFullName() + "." + oneof.getName(),
                      "The writer may write several of these fields at once, and the reader keeps"
                          + " the last of them only.",
                      "Move one existing field at most into a new oneof, or add new fields."));
            }
          });
      for (FieldDescriptor field : reader.getFields()) {
        step();
        onlyInReader(field, writer);
      }
    }

    private void renumbered(@Nullable FieldDescriptor reader, FieldDescriptor writer) {
      if (reader != null) {
        found.add(
            breaks(
                "protobuf.renumbered",
                reader.getFullName(),
                "The writer writes the field as "
                    + writer.getNumber()
                    + ", and the reader looks for it as "
                    + reader.getNumber()
                    + ": its value is lost.",
                "Keep the number."));
      }
    }

    private void onlyInReader(FieldDescriptor field, Descriptor writer) {
      FieldDescriptor written = writer.findFieldByNumber(field.getNumber());
      if (field.isRequired() && (written == null || !written.isRequired())) {
        found.add(
            breaks(
                "protobuf.required-added",
                field.getFullName(),
                "The reader requires the field, and the writer may leave it out.",
                "Make it optional."));
      }
    }

    private void fields(FieldDescriptor reader, FieldDescriptor writer) {
      if (!reader.getName().equals(writer.getName())) {
        found.add(
            warns(
                "protobuf.field-renamed",
                reader.getFullName(),
                "The writer calls the field "
                    + reader.getNumber()
                    + " "
                    + writer.getName()
                    + ": the bytes are the same, JSON is not.",
                "If it is another field, take a number that was never used."));
      }
      if (writer.isRepeated() && !reader.isRepeated()) {
        found.add(
            breaks(
                "protobuf.repeated-to-singular",
                reader.getFullName(),
                "The writer may write several values, and the reader keeps one or none.",
                "Add a field with a new number."));
      }
      types(reader, writer);
    }

    private void types(FieldDescriptor reader, FieldDescriptor writer) {
      FieldDescriptor.Type read = reader.getType();
      FieldDescriptor.Type written = writer.getType();
      if (read == written) {
        if (read == FieldDescriptor.Type.ENUM) {
          enums(reader, reader.getEnumType(), writer.getEnumType());
        } else if (reader.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
          pair(reader.getMessageType(), writer.getMessageType());
        }
      } else if (!WIDER.getOrDefault(written, Set.of()).contains(read)
          && !(written == FieldDescriptor.Type.INT32
              && read == FieldDescriptor.Type.ENUM
              && !reader.getEnumType().isClosed())) {
        boolean sameWire =
            SAME_WIRE.stream().anyMatch(group -> group.contains(read) && group.contains(written));
        found.add(
            breaks(
                sameWire ? "protobuf.type-narrowed" : "protobuf.type-changed",
                reader.getFullName(),
                "The writer writes "
                    + name(written)
                    + ", and the reader takes it for "
                    + name(read)
                    + (sameWire
                        ? ": some values come out as others, without an error."
                        : ": it is lost, or refused, or means something else."),
                "Add a field with a new number, and reserve the old one once it is unused."));
      }
    }

    private void enums(FieldDescriptor at, EnumDescriptor reader, EnumDescriptor writer) {
      String missing = null;
      for (EnumValueDescriptor value : writer.getValues()) {
        step();
        if (reader.findValueByNumber(value.getNumber()) == null) {
          missing = missing == null ? value.getName() : missing + ", " + value.getName();
          if (missing.length() > 100) {
            break;
          }
        }
      }
      if (missing == null) {
        return;
      }
      found.add(
          reader.isClosed()
              ? breaks(
                  "protobuf.enum-value-missing",
                  at.getFullName(),
                  "The reader's closed enum lacks "
                      + missing
                      + ": the field looks as if it was not set.",
                  "Let readers have a value before writers use it, or use proto3, where enums are"
                      + " open.")
              : warns(
                  "protobuf.enum-value-unnamed",
                  at.getFullName(),
                  "The reader's enum has no name for " + missing + ", and gets the bare number.",
                  "Handle what is unrecognized, or let readers have a value before writers."));
    }

    private static String name(FieldDescriptor.Type type) {
      return type.name().toLowerCase(Locale.ROOT);
    }
  }
}
