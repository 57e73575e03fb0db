package io.stagepost.schema.compatibility;

import com.google.protobuf.AnyProto;
import com.google.protobuf.ApiProto;
import com.google.protobuf.DescriptorProtos;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DurationProto;
import com.google.protobuf.EmptyProto;
import com.google.protobuf.FieldMaskProto;
import com.google.protobuf.SourceContextProto;
import com.google.protobuf.StructProto;
import com.google.protobuf.TimestampProto;
import com.google.protobuf.TypeProto;
import com.google.protobuf.WrappersProto;
import io.stagepost.MessagingException;
import io.stagepost.schema.Schema;
import io.stagepost.schema.internal.proto.ProtoSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The descriptor of a Protobuf schema: of a {@code .proto} text, or of a {@code
 * FileDescriptorProto} in Base64, which registries take too.
 */
public final class ProtoDescriptors {
  private static final int MAX_BRACES = 100;
  private static final Map<String, FileDescriptor> WELL_KNOWN =
      Stream.of(
              AnyProto.getDescriptor(),
              ApiProto.getDescriptor(),
              DescriptorProtos.getDescriptor(),
              DurationProto.getDescriptor(),
              EmptyProto.getDescriptor(),
              FieldMaskProto.getDescriptor(),
              SourceContextProto.getDescriptor(),
              StructProto.getDescriptor(),
              TimestampProto.getDescriptor(),
              TypeProto.getDescriptor(),
              WrappersProto.getDescriptor())
          .collect(Collectors.toUnmodifiableMap(FileDescriptor::getName, file -> file));

  private final Map<String, Schema> referenced;
  private final Map<String, FileDescriptor> built = new HashMap<>(WELL_KNOWN);
  private final Set<String> building = new HashSet<>();

  private ProtoDescriptors(Map<String, Schema> referenced) {
    this.referenced = referenced;
  }

  /**
   * Reads a schema.
   *
   * @param schema a {@code .proto} text, which takes {@code com.squareup.wire:wire-schema-jvm}, or
   *     a {@code FileDescriptorProto} in Base64
   * @param references finds what it imports, but for Protobuf's own files
   * @return its file
   * @throws MessagingException {@code SP-SCHEMA-402} if it is not valid
   */
  public static FileDescriptor parse(Schema schema, Function<Schema.Reference, Schema> references) {
    return new ProtoDescriptors(Texts.referenced(schema, references)).build("schema.proto", schema);
  }

  private FileDescriptor build(String name, Schema schema) {
    FileDescriptorProto proto = proto(schema).toBuilder().setName(name).build();
    if (!building.add(name)) {
      throw Texts.invalid(schema, name + " imports itself", null);
    }
    List<FileDescriptor> dependencies = new ArrayList<>();
    for (String imported : proto.getDependencyList()) {
      FileDescriptor dependency = built.get(imported);
      if (dependency == null) {
        Schema other = referenced.get(imported);
        if (other == null) {
          throw Texts.invalid(
              schema,
              "it imports "
                  + imported
                  + ", which is not among its references; add one by that name",
              null);
        }
        dependency = build(imported, other);
        built.put(imported, dependency);
      }
      dependencies.add(dependency);
    }
    try {
      return FileDescriptor.buildFrom(proto, dependencies.toArray(FileDescriptor[]::new));
    } catch (DescriptorValidationException invalid) {
      throw Texts.invalid(schema, String.valueOf(invalid.getMessage()), invalid);
    }
  }

  private static FileDescriptorProto proto(Schema schema) {
    Texts.checkSize(schema);
    checkDepth(schema); // Base64 has no braces
    try {
      return ProtoSource.parse(schema.text());
    } catch (NoClassDefFoundError missing) {
      throw new MessagingException(
          "SP-SCHEMA-405",
          "To compare .proto texts their parser is needed, and it is not on the class path: add"
              + " com.squareup.wire:wire-schema-jvm, or register descriptors in Base64.",
          missing);
    } catch (RuntimeException unreadable) {
      throw Texts.invalid(schema, String.valueOf(unreadable.getMessage()), unreadable);
    }
  }

  private static void checkDepth(Schema schema) {
    int depth = 0;
    for (int i = 0; i < schema.text().length(); i++) {
      char c = schema.text().charAt(i);
      depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
      if (depth > MAX_BRACES) {
        throw Texts.tooLarge(schema, "it nests deeper than " + MAX_BRACES + " braces", null);
      }
    }
  }
}
