package io.stagepost.schema.internal.proto;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FieldOptions;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MessageOptions;
import com.google.protobuf.DescriptorProtos.OneofDescriptorProto;
import com.squareup.wire.Syntax;
import com.squareup.wire.schema.Field;
import com.squareup.wire.schema.Location;
import com.squareup.wire.schema.internal.parser.EnumConstantElement;
import com.squareup.wire.schema.internal.parser.EnumElement;
import com.squareup.wire.schema.internal.parser.FieldElement;
import com.squareup.wire.schema.internal.parser.MessageElement;
import com.squareup.wire.schema.internal.parser.OneOfElement;
import com.squareup.wire.schema.internal.parser.OptionElement;
import com.squareup.wire.schema.internal.parser.ProtoFileElement;
import com.squareup.wire.schema.internal.parser.ProtoParser;
import com.squareup.wire.schema.internal.parser.ReservedElement;
import com.squareup.wire.schema.internal.parser.TypeElement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kotlin.ranges.IntRange;

/**
 * Reads {@code .proto} files with the parser of Square's Wire, the one that Confluent's registry
 * uses, into Google's descriptors. What is not about the bytes of messages (services, options,
 * defaults) is left out. That parser knows proto2 and proto3, no editions.
 */
final class ProtoText {
  private static final Pattern MAP = Pattern.compile("map<\\s*(\\w+)\\s*,\\s*([\\w.]+)\\s*>");
  private static final Map<String, FieldDescriptorProto.Type> SCALARS =
      Map.ofEntries(
          Map.entry("double", FieldDescriptorProto.Type.TYPE_DOUBLE),
          Map.entry("float", FieldDescriptorProto.Type.TYPE_FLOAT),
          Map.entry("int64", FieldDescriptorProto.Type.TYPE_INT64),
          Map.entry("uint64", FieldDescriptorProto.Type.TYPE_UINT64),
          Map.entry("int32", FieldDescriptorProto.Type.TYPE_INT32),
          Map.entry("fixed64", FieldDescriptorProto.Type.TYPE_FIXED64),
          Map.entry("fixed32", FieldDescriptorProto.Type.TYPE_FIXED32),
          Map.entry("bool", FieldDescriptorProto.Type.TYPE_BOOL),
          Map.entry("string", FieldDescriptorProto.Type.TYPE_STRING),
          Map.entry("bytes", FieldDescriptorProto.Type.TYPE_BYTES),
          Map.entry("uint32", FieldDescriptorProto.Type.TYPE_UINT32),
          Map.entry("sfixed32", FieldDescriptorProto.Type.TYPE_SFIXED32),
          Map.entry("sfixed64", FieldDescriptorProto.Type.TYPE_SFIXED64),
          Map.entry("sint32", FieldDescriptorProto.Type.TYPE_SINT32),
          Map.entry("sint64", FieldDescriptorProto.Type.TYPE_SINT64));

  private ProtoText() {}

  /** The descriptor of a file; throws what the parser throws if it is none. */
  static FileDescriptorProto parse(String text) {
    ProtoFileElement file = ProtoParser.Companion.parse(Location.get(""), text);
    FileDescriptorProto.Builder proto = FileDescriptorProto.newBuilder();
    boolean proto3 = file.getSyntax() == Syntax.PROTO_3;
    if (proto3) {
      proto.setSyntax("proto3");
    }
    if (file.getPackageName() != null) {
      proto.setPackage(file.getPackageName());
    }
    proto.addAllDependency(file.getImports());
    for (String imported : file.getPublicImports()) {
      proto.addPublicDependency(proto.getDependencyCount()).addDependency(imported);
    }
    for (TypeElement type : file.getTypes()) {
      if (type instanceof MessageElement message) {
        proto.addMessageType(message(message, proto3));
      } else if (type instanceof EnumElement enumeration) {
        proto.addEnumType(enumeration(enumeration));
      }
    }
    return proto.build();
  }

  private static DescriptorProto message(MessageElement message, boolean proto3) {
    DescriptorProto.Builder proto = DescriptorProto.newBuilder().setName(message.getName());
    for (TypeElement type : message.getNestedTypes()) {
      if (type instanceof MessageElement nested) {
        proto.addNestedType(message(nested, proto3));
      } else if (type instanceof EnumElement enumeration) {
        proto.addEnumType(enumeration(enumeration));
      }
    }
    if (!message.getGroups().isEmpty()) {
      throw new IllegalArgumentException(
          "the message " + message.getName() + " has a group, which is not compared");
    }
    List<String> optional = new ArrayList<>();
    for (FieldElement field : message.getFields()) {
      FieldDescriptorProto.Builder one = field(field, proto);
      if (proto3 && field.getLabel() == Field.Label.OPTIONAL) {
        one.setProto3Optional(true);
        optional.add(field.getName());
      }
      proto.addField(one);
    }
    for (OneOfElement oneOf : message.getOneOfs()) {
      int index = proto.getOneofDeclCount();
      proto.addOneofDecl(OneofDescriptorProto.newBuilder().setName(oneOf.getName()));
      for (FieldElement field : oneOf.getFields()) {
        proto.addField(field(field, proto).setOneofIndex(index));
      }
    }
    // A field that proto3 calls optional is the only one of a oneof of its own.
    for (FieldDescriptorProto.Builder field : proto.getFieldBuilderList()) {
      if (optional.contains(field.getName())) {
        field.setOneofIndex(proto.getOneofDeclCount());
        proto.addOneofDecl(OneofDescriptorProto.newBuilder().setName("_" + field.getName()));
      }
    }
    reserved(
        message.getReserveds(),
        proto::addReservedName,
        (from, to) ->
            proto.addReservedRange(
                DescriptorProto.ReservedRange.newBuilder().setStart(from).setEnd(to + 1)));
    return proto.build();
  }

  private static FieldDescriptorProto.Builder field(
      FieldElement field, DescriptorProto.Builder message) {
    FieldDescriptorProto.Builder proto =
        FieldDescriptorProto.newBuilder().setName(field.getName()).setNumber(field.getTag());
    Matcher map = MAP.matcher(field.getType());
    if (map.matches()) {
      String entry = entryName(field.getName());
      message.addNestedType(
          DescriptorProto.newBuilder()
              .setName(entry)
              .setOptions(MessageOptions.newBuilder().setMapEntry(true))
              .addField(typed("key", 1, map.group(1)))
              .addField(typed("value", 2, map.group(2))));
      return proto.setLabel(Label.LABEL_REPEATED).setTypeName(entry);
    }
    type(proto, field.getType());
    Field.Label label = field.getLabel();
    proto.setLabel(
        label == Field.Label.REPEATED
            ? Label.LABEL_REPEATED
            : label == Field.Label.REQUIRED ? Label.LABEL_REQUIRED : Label.LABEL_OPTIONAL);
    for (OptionElement option : field.getOptions()) {
      if (option.getName().equals("packed")) {
        proto.setOptions(
            FieldOptions.newBuilder().setPacked(String.valueOf(option.getValue()).equals("true")));
      }
    }
    return proto;
  }

  private static FieldDescriptorProto.Builder typed(String name, int number, String type) {
    return type(
        FieldDescriptorProto.newBuilder()
            .setName(name)
            .setNumber(number)
            .setLabel(Label.LABEL_OPTIONAL),
        type);
  }

  private static FieldDescriptorProto.Builder type(
      FieldDescriptorProto.Builder field, String type) {
    FieldDescriptorProto.Type scalar = SCALARS.get(type);
    return scalar == null ? field.setTypeName(type) : field.setType(scalar);
  }

  /** As protoc names it: the field's name in camel case. */
  private static String entryName(String field) {
    StringBuilder name = new StringBuilder();
    for (String word : field.split("_", -1)) {
      if (!word.isEmpty()) {
        name.append(word.substring(0, 1).toUpperCase(Locale.ROOT)).append(word.substring(1));
      }
    }
    return name + "Entry";
  }

  private static EnumDescriptorProto enumeration(EnumElement enumeration) {
    EnumDescriptorProto.Builder proto =
        EnumDescriptorProto.newBuilder().setName(enumeration.getName());
    for (EnumConstantElement constant : enumeration.getConstants()) {
      proto.addValue(
          EnumValueDescriptorProto.newBuilder()
              .setName(constant.getName())
              .setNumber(constant.getTag()));
    }
    reserved(
        enumeration.getReserveds(),
        proto::addReservedName,
        (from, to) ->
            proto.addReservedRange(
                EnumDescriptorProto.EnumReservedRange.newBuilder().setStart(from).setEnd(to)));
    return proto.build();
  }

  private static void reserved(
      List<ReservedElement> reserved, Consumer<String> name, BiConsumer<Integer, Integer> range) {
    for (ReservedElement element : reserved) {
      for (Object value : element.getValues()) {
        if (value instanceof IntRange numbers) {
          range.accept(numbers.getFirst(), numbers.getLast());
        } else if (value instanceof Integer number) {
          range.accept(number, number);
        } else {
          name.accept(String.valueOf(value));
        }
      }
    }
  }
}
