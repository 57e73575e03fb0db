package io.stagepost.schema;

import com.google.protobuf.Any;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MessageOptions;
import com.google.protobuf.DescriptorProtos.OneofDescriptorProto;
import com.google.protobuf.DescriptorProtos.UninterpretedOption;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Struct;
import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.spi.Encoded;
import java.util.Arrays;
import java.util.List;

/** The target of a fuzzer: Protobuf. The first byte chooses the message. */
public final class ProtobufFuzz {
  /** Of all types, alone and repeated, in proto2, with itself, a map and a group in it. */
  static final Descriptor ALL = describe("proto2");

  /** The same without what proto3 does not have. */
  static final Descriptor ALL3 = describe("proto3");

  private static final Protobuf GENERATED = Protobuf.codec();
  private static final Protobuf DYNAMIC = Protobuf.codec(ALL, Schemas.plain());
  private static final Protobuf DYNAMIC3 = Protobuf.codec(ALL3, Schemas.plain());
  private static final EventType<DynamicMessage> MESSAGE =
      EventType.of("all.v1", DynamicMessage.class);
  private static final List<EventType<?>> TYPES =
      List.of(
          EventType.of("struct.v1", Struct.class),
          EventType.of("file.v1", FileDescriptorProto.class),
          EventType.of("any.v1", Any.class),
          EventType.of("option.v1", UninterpretedOption.class));

  private ProtobufFuzz() {}

  private static Descriptor describe(String syntax) {
    boolean isOld = syntax.equals("proto2");
    DescriptorProto.Builder message =
        DescriptorProto.newBuilder()
            .setName("All")
            .addOneofDecl(OneofDescriptorProto.newBuilder().setName("either"))
            .addNestedType(
                DescriptorProto.newBuilder()
                    .setName("CountsEntry")
                    .setOptions(MessageOptions.newBuilder().setMapEntry(true))
                    .addField(
                        field(
                            "key", 1, FieldDescriptorProto.Type.TYPE_STRING, Label.LABEL_OPTIONAL))
                    .addField(
                        field(
                            "value",
                            2,
                            FieldDescriptorProto.Type.TYPE_MESSAGE,
                            Label.LABEL_OPTIONAL)))
            .addField(
                field("counts", 100, FieldDescriptorProto.Type.TYPE_MESSAGE, Label.LABEL_REPEATED)
                    .setTypeName(".fuzz.All.CountsEntry"))
            .addField(
                field("a", 101, FieldDescriptorProto.Type.TYPE_INT32, Label.LABEL_OPTIONAL)
                    .setOneofIndex(0))
            .addField(
                field("b", 102, FieldDescriptorProto.Type.TYPE_MESSAGE, Label.LABEL_OPTIONAL)
                    .setOneofIndex(0));
    if (isOld) {
      message
          .addNestedType(
              DescriptorProto.newBuilder()
                  .setName("Group")
                  .addField(
                      field(
                          "again",
                          1,
                          FieldDescriptorProto.Type.TYPE_MESSAGE,
                          Label.LABEL_OPTIONAL)))
          .addField(
              field("group", 103, FieldDescriptorProto.Type.TYPE_GROUP, Label.LABEL_REPEATED)
                  .setTypeName(".fuzz.All.Group"))
          .addField(
              field("needed", 104, FieldDescriptorProto.Type.TYPE_BOOL, Label.LABEL_REQUIRED));
    }
    for (FieldDescriptorProto.Type type : FieldDescriptorProto.Type.values()) {
      if (type != FieldDescriptorProto.Type.TYPE_GROUP) {
        String name = type.name().substring("TYPE_".length()).toLowerCase(java.util.Locale.ROOT);
        message
            .addField(field(name, type.getNumber(), type, Label.LABEL_OPTIONAL))
            .addField(field(name + "s", 20 + type.getNumber(), type, Label.LABEL_REPEATED));
      }
    }
    FileDescriptorProto file =
        FileDescriptorProto.newBuilder()
            .setName("all.proto")
            .setPackage("fuzz")
            .setSyntax(syntax)
            .addMessageType(message)
            .addEnumType(
                EnumDescriptorProto.newBuilder()
                    .setName("State")
                    .addValue(EnumValueDescriptorProto.newBuilder().setName("NEW").setNumber(0))
                    .addValue(EnumValueDescriptorProto.newBuilder().setName("PAID").setNumber(1)))
            .build();
    try {
      return FileDescriptor.buildFrom(file, new FileDescriptor[0]).findMessageTypeByName("All");
    } catch (DescriptorValidationException wrong) {
      throw new IllegalStateException(wrong);
    }
  }

  private static FieldDescriptorProto.Builder field(
      String name, int number, FieldDescriptorProto.Type type, Label label) {
    FieldDescriptorProto.Builder field =
        FieldDescriptorProto.newBuilder()
            .setName(name)
            .setNumber(number)
            .setType(type)
            .setLabel(label);
    return switch (type) {
      case TYPE_MESSAGE -> field.setTypeName(".fuzz.All");
      case TYPE_ENUM -> field.setTypeName(".fuzz.State");
      default -> field;
    };
  }

  /** For Jazzer. */
  public static void fuzzerInitialize() {
    Fuzzing.load(ProtobufFuzz.class, ProtobufFuzz::decodes);
  }

  /** For Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    boolean unused = Fuzzing.decodes(ProtobufFuzz::decodes, input);
  }

  /**
   * One try.
   *
   * @param input a choice and a body
   * @return whether it is a payload; else a {@link DecodeException} came of it
   */
  static boolean decodes(byte[] input) {
    if (input.length == 0) {
      return false;
    }
    Encoded body = Encoded.of(Arrays.copyOfRange(input, 1, input.length), "application/protobuf");
    int choice = input[0] & 7;
    try {
      Object unused =
          choice < TYPES.size()
              ? GENERATED.decode(TYPES.get(choice), body)
              : (choice < 6 ? DYNAMIC : DYNAMIC3).decode(MESSAGE, body);
      return true;
    } catch (DecodeException expected) {
      return false;
    }
  }
}
