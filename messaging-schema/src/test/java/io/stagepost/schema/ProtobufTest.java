package io.stagepost.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.UninterpretedOption.NamePart;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.ListValue;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.TimestampProto;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.Value;
import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.MessagingException;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.Schemas.Framing;
import io.stagepost.schema.Schemas.SubjectName;
import io.stagepost.spi.Encoded;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** With messages that protobuf-java brings, which protoc generated, and with some made here. */
class ProtobufTest {
  private static final Protobuf CODEC = Protobuf.codec();
  private static final EventType<Struct> STRUCT =
      EventType.of("com.example.struct.v1", Struct.class).channel("structs").codec(CODEC);
  private static final EventType<DynamicMessage> ORDER =
      EventType.of("com.example.order.v1", DynamicMessage.class).channel("orders");

  private static final Descriptor ORDER_MESSAGE = describe();

  private final CountingRegistry registry = new CountingRegistry();

  @Test
  void generated_messages_round_trip() {
    Encoded encoded = CODEC.encode(STRUCT, struct(5));
    assertThat(encoded.contentType()).isEqualTo("application/protobuf");
    assertThat(encoded.schema()).hasScheme("ni");
    assertThat(CODEC.decode(STRUCT, encoded)).isEqualTo(struct(5));
    assertThat(CODEC.isReady(STRUCT)).isTrue();
  }

  @Test
  void an_empty_body_is_an_empty_message() {
    assertThat(CODEC.decode(STRUCT, body(new byte[0]))).isEqualTo(Struct.getDefaultInstance());
  }

  @Test
  void equal_messages_give_equal_bytes() {
    Struct.Builder forth = Struct.newBuilder();
    Struct.Builder back = Struct.newBuilder();
    for (int i = 0; i < 500; i++) {
      forth.putFields("k" + i, Value.newBuilder().setNumberValue(i).build());
      back.putFields("k" + (499 - i), Value.newBuilder().setNumberValue(499 - i).build());
    }
    assertThat(CODEC.encode(STRUCT, forth.build()).bytes())
        .isEqualTo(CODEC.encode(STRUCT, back.build()).bytes());
  }

  @Test
  void fields_that_a_reader_does_not_know_are_kept() {
    Timestamp newer =
        Timestamp.newBuilder()
            .setSeconds(7)
            .setUnknownFields(
                UnknownFieldSet.newBuilder()
                    .addField(9, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                    .build())
            .build();
    EventType<Timestamp> type = EventType.of("t.v1", Timestamp.class);
    assertThat(CODEC.decode(type, body(newer.toByteArray()))).isEqualTo(newer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/protobuf",
        "application/x-protobuf",
        "Application/vnd.google.protobuf; proto=google.protobuf.Struct"
      })
  void content_types_of_protobuf_are_read(String contentType) {
    Encoded encoded = CODEC.encode(STRUCT, struct(2));
    assertThat(CODEC.decode(STRUCT, new Encoded(encoded.bytes(), contentType, null, List.of())))
        .isEqualTo(struct(2));
  }

  @Test
  void d05_another_content_type_is_refused_by_name() {
    assertThatThrownBy(
            () ->
                CODEC.decode(STRUCT, new Encoded(new byte[0], "application/json", null, List.of())))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-232")
        .hasMessageContaining("application/json");
  }

  @Test
  void required_fields_are_required_in_both_directions() {
    EventType<NamePart> type = EventType.of("n.v1", NamePart.class);
    NamePart half = NamePart.newBuilder().setNamePart("x").buildPartial();
    assertThatThrownBy(() -> CODEC.encode(type, half))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-SCHEMA-231");
    assertThatThrownBy(() -> CODEC.decode(type, body(half.toByteArray())))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-233")
        .hasMessageContaining("is_extension");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\n", // ends before a length
        "\n\7a", // ends before a value
        "\4", // the end of a group that never began
        "\f", // the same, of field 1
        "\13", // a group that never ends
        "\17", // wire type 7
        "\n\2\n\1", // ends within
      })
  void d05_what_is_no_such_message_is_poison(String body) {
    assertThatThrownBy(() -> CODEC.decode(STRUCT, body(body.getBytes(StandardCharsets.ISO_8859_1))))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-233");
  }

  @Test
  void d05_text_that_is_no_utf8_is_poison_and_not_shown() {
    EventType<Value> type = EventType.of("v.v1", Value.class);
    byte[] body =
        UnknownFieldSet.newBuilder()
            .addField(
                3,
                UnknownFieldSet.Field.newBuilder()
                    .addLengthDelimited(
                        ByteString.copyFrom("secret\u00ff".getBytes(StandardCharsets.ISO_8859_1)))
                    .build())
            .build()
            .toByteArray();
    assertThatThrownBy(() -> CODEC.decode(type, body(body)))
        .isInstanceOf(DecodeException.class)
        .hasMessageNotContaining("secret");
  }

  @Test
  void d05_what_is_beyond_a_limit_is_refused() {
    EventType<Value> type = EventType.of("v.v1", Value.class);
    Value deep = Value.newBuilder().setBoolValue(true).build();
    for (int i = 0; i < 60; i++) {
      deep =
          Value.newBuilder().setListValue(ListValue.newBuilder().addValues(deep).build()).build();
    }
    byte[] body = deep.toByteArray();
    assertThatThrownBy(() -> CODEC.decode(type, body(body)))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("too many levels");
    assertThatThrownBy(() -> CODEC.decode(type, body(new byte[Protobuf.SIZE + 1])))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("16777217 bytes");
  }

  @Test
  void d05_noise_is_a_message_or_poison_and_nothing_else() {
    Random random = new Random(11);
    int poison = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] noise = i % 2 == 0 ? struct(3).toByteArray() : new byte[random.nextInt(40)];
      if (i % 2 == 0) {
        noise[random.nextInt(noise.length)] = (byte) random.nextInt();
      } else {
        random.nextBytes(noise);
      }
      try {
        assertThat(CODEC.decode(STRUCT, body(noise))).isNotNull();
      } catch (DecodeException refused) {
        poison++;
      }
    }
    assertThat(poison).isPositive();
  }

  @Test
  void other_payloads_are_refused() {
    EventType<String> text = EventType.of("t.v1", String.class);
    assertThatThrownBy(() -> CODEC.encode(text, "x"))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-SCHEMA-230");
    assertThatThrownBy(() -> CODEC.decode(text, body(new byte[0])))
        .hasMessageStartingWith("SP-SCHEMA-230");
    EventType<DynamicMessage> dynamic = EventType.of("d.v1", DynamicMessage.class);
    assertThatThrownBy(() -> CODEC.decode(dynamic, body(new byte[0])))
        .hasMessageStartingWith("SP-SCHEMA-230")
        .hasMessageContaining("descriptor");
    assertThatThrownBy(
            () -> Protobuf.codec(ORDER_MESSAGE, Schemas.plain()).decode(STRUCT, body(new byte[0])))
        .hasMessageStartingWith("SP-SCHEMA-230");
  }

  // ---- registry

  @ParameterizedTest
  @EnumSource(Framing.class)
  void every_framing_is_read_with_a_registry_and_without(Framing framing) {
    Protobuf writer = Protobuf.codec(Schemas.in(registry).autoRegister().framing(framing));
    assertThat(writer.isReady(STRUCT)).isFalse();
    writer.prepare(STRUCT);
    assertThat(writer.isReady(STRUCT)).isTrue();
    Encoded encoded = writer.encode(STRUCT, struct(4));
    int asked = registry.questions.get();
    for (Protobuf reader : List.of(CODEC, writer, Protobuf.codec(Schemas.in(registry)))) {
      assertThat(reader.decode(STRUCT, encoded)).isEqualTo(struct(4));
      assertThat(reader.decode(STRUCT, new Encoded(encoded.bytes(), null, null, encoded.headers())))
          .isEqualTo(struct(4));
    }
    assertThat(registry.questions).hasValue(asked);
  }

  @Test
  void the_frame_says_which_message_of_the_file_it_is() {
    Protobuf writer =
        Protobuf.codec(Schemas.in(registry).autoRegister().framing(Framing.CONFLUENT_ID));
    EventType<NamePart> nested = EventType.of("n.v1", NamePart.class).channel("parts");
    NamePart part = NamePart.newBuilder().setNamePart("x").setIsExtension(true).build();
    byte[] framed = writer.encode(nested, part).bytes();
    // NamePart is the first message in UninterpretedOption, wherever that is in its file
    int index = Objects.requireNonNull(NamePart.getDescriptor().getContainingType()).getIndex();
    assertThat(framed).startsWith(0, 0, 0, 0, 1, 4, 2 * index, 0);
    assertThat(DescribedFiles.path(NamePart.getDescriptor())).containsExactly(index, 0);
    assertThat(CODEC.decode(nested, body(framed))).isEqualTo(part);
  }

  /** Both are messages of one file, and a body of either is one of the other too. */
  @ParameterizedTest
  @EnumSource(
      value = Framing.class,
      names = {"CONFLUENT_ID", "CONFLUENT_HEADER"})
  void d05_another_message_of_the_same_file_is_not_read_as_the_readers(Framing framing)
      throws Exception {
    FileDescriptor file = file("Placed", "Cancelled");
    Schemas schemas = Schemas.in(registry).autoRegister().framing(framing);
    Encoded cancelled =
        Protobuf.codec(file.findMessageTypeByName("Cancelled"), schemas)
            .encode(ORDER, of(file, "Cancelled", "o-1"));
    Descriptor placed = file.findMessageTypeByName("Placed");
    for (Schemas reader : List.of(Schemas.plain(), Schemas.in(registry))) {
      assertThatThrownBy(() -> Protobuf.codec(placed, reader).decode(ORDER, cancelled))
          .isInstanceOf(DecodeException.class)
          .hasMessageStartingWith("SP-SCHEMA-234")
          .hasMessageContaining("number [1] of its file")
          .hasMessageContaining("shop.Placed, number [0]");
    }
    assertThatThrownBy(() -> Protobuf.codec(placed, Schemas.in(registry)).decode(ORDER, cancelled))
        .hasMessageContaining("shop.Cancelled");
  }

  @Test
  void a_message_that_lies_elsewhere_in_a_later_file_is_read_where_the_registry_tells()
      throws Exception {
    FileDescriptor before = file("Placed");
    FileDescriptor after = file("Begun", "Placed");
    DynamicMessage order = of(after, "Placed", "o-1");
    Schemas schemas = Schemas.in(registry).autoRegister().framing(Framing.CONFLUENT_ID);
    Descriptor mine = before.findMessageTypeByName("Placed");
    Encoded written =
        Protobuf.codec(after.findMessageTypeByName("Placed"), schemas).encode(ORDER, order);
    Protobuf reader = Protobuf.codec(mine, Schemas.in(registry));
    assertThat(reader.decode(ORDER, written).getField(mine.findFieldByNumber(1))).isEqualTo("o-1");
    int asked = registry.questions.get();
    reader.decode(ORDER, written);
    assertThat(registry.questions).hasValue(asked);
    assertThatThrownBy(() -> Protobuf.codec(mine, Schemas.plain()).decode(ORDER, written))
        .isInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-234");
    // the same file as text, which has no entries of maps
    Schema text =
        Schema.of(
            Format.PROTOBUF,
            "syntax = \"proto3\"; package shop;"
                + " message Begun { string id = 1; } message Placed { string id = 1; }");
    int id = registry.register("text-value", text, false).id();
    byte[] framed = Frames.withId(id, List.of(1), order.toByteArray());
    assertThat(reader.decode(ORDER, body(framed)).getField(mine.findFieldByNumber(1)))
        .isEqualTo("o-1");
  }

  @Test
  void what_readers_would_refuse_is_not_written() {
    EventType<Value> type = EventType.of("v.v1", Value.class);
    Value large = Value.newBuilder().setStringValue("x".repeat(Protobuf.SIZE)).build();
    assertThatThrownBy(() -> CODEC.encode(type, large))
        .isInstanceOf(MessagingException.class)
        .isNotInstanceOf(DecodeException.class)
        .hasMessageStartingWith("SP-SCHEMA-235")
        .hasMessageContaining(String.valueOf(Protobuf.SIZE));
  }

  private static FileDescriptor file(String... messages) throws DescriptorValidationException {
    FileDescriptorProto.Builder file =
        FileDescriptorProto.newBuilder()
            .setName("shop/orders.proto")
            .setPackage("shop")
            .setSyntax("proto3");
    for (String message : messages) {
      file.addMessageType(
          DescriptorProto.newBuilder()
              .setName(message)
              .addField(field("id", 1, FieldDescriptorProto.Type.TYPE_STRING, null)));
    }
    return FileDescriptor.buildFrom(file.build(), new FileDescriptor[0]);
  }

  private static DynamicMessage of(FileDescriptor file, String message, String id) {
    Descriptor descriptor = file.findMessageTypeByName(message);
    return DynamicMessage.newBuilder(descriptor)
        .setField(descriptor.findFieldByNumber(1), id)
        .build();
  }

  @Test
  void the_schema_is_the_file_that_declares_the_message() throws Exception {
    Protobuf writer = Protobuf.codec(Schemas.in(registry).autoRegister());
    writer.prepare(STRUCT);
    Schema schema = registry.latest("structs-value").schema();
    assertThat(schema.format()).isEqualTo(Format.PROTOBUF);
    assertThat(FileDescriptorProto.parseFrom(Base64.getDecoder().decode(schema.text())))
        .isEqualTo(Struct.getDescriptor().getFile().toProto());
    assertThat(schema.references()).isEmpty();
  }

  @Test
  void what_a_file_imports_is_registered_under_its_name() {
    Protobuf writer = Protobuf.codec(ORDER_MESSAGE, Schemas.in(registry).autoRegister());
    DynamicMessage order = orderOf("o-1", 3);
    Encoded encoded = writer.encode(ORDER, order);
    assertThat(registry.latest("orders-value").schema().references())
        .containsExactly(new Schema.Reference("shop/line.proto", "shop/line.proto", 1));
    assertThat(registry.latest("shop/line.proto").schema().references()).isEmpty();
    assertThat(writer.decode(ORDER, encoded)).isEqualTo(order);
    // and found there again by who may not register
    Protobuf finder = Protobuf.codec(ORDER_MESSAGE, Schemas.in(registry));
    assertThat(finder.encode(ORDER, order).schema()).isEqualTo(encoded.schema());
  }

  @Test
  void an_import_that_is_not_registered_is_named() {
    assertThatThrownBy(() -> Protobuf.codec(ORDER_MESSAGE, Schemas.in(registry)).prepare(ORDER))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-SCHEMA-203")
        .hasMessageContaining("shop/line.proto");
  }

  @Test
  void subjects_can_be_named_after_messages() {
    Protobuf.codec(ORDER_MESSAGE, Schemas.in(registry).autoRegister().subjects(SubjectName.RECORD))
        .prepare(ORDER);
    assertThat(registry.versions("shop.Order")).containsExactly(1);
  }

  @Test
  void a_schema_in_the_registrys_own_words_is_found() {
    Schema text = Schema.of(Format.PROTOBUF, "syntax = \"proto3\"; // as somebody wrote it");
    registry.register("structs-value", text, false);
    Protobuf writer = Protobuf.codec(Schemas.in(registry)).schema(text);
    assertThat(writer.encode(STRUCT, struct(1)).schema())
        .hasToString("schema-registry:/schemas/ids/1");
  }

  @Test
  void without_a_registry_the_hash_changes_with_what_is_imported() throws Exception {
    Encoded one = Protobuf.codec(ORDER_MESSAGE, Schemas.plain()).encode(ORDER, orderOf("o", 1));
    Descriptor other = order(line("count", "article"));
    Encoded two =
        Protobuf.codec(other, Schemas.plain())
            .encode(ORDER, DynamicMessage.getDefaultInstance(other));
    assertThat(one.schema()).isNotEqualTo(two.schema());
  }

  // ----

  private static Struct struct(int fields) {
    Struct.Builder struct = Struct.newBuilder();
    for (int i = 0; i < fields; i++) {
      struct.putFields("k" + i, Value.newBuilder().setStringValue("v" + i).build());
    }
    return struct.build();
  }

  private static DynamicMessage orderOf(String id, int quantity) {
    Descriptor order = ORDER_MESSAGE;
    Descriptor line = order.findFieldByName("line").getMessageType();
    Message one =
        DynamicMessage.newBuilder(line)
            .setField(line.findFieldByName("quantity"), quantity)
            .build();
    return DynamicMessage.newBuilder(order)
        .setField(order.findFieldByName("id"), id)
        .setField(order.findFieldByName("line"), one)
        .build();
  }

  private static Descriptor describe() {
    try {
      return order(line("quantity"));
    } catch (DescriptorValidationException wrong) {
      throw new AssertionError(wrong);
    }
  }

  private static FileDescriptor line(String... fields) throws DescriptorValidationException {
    DescriptorProto.Builder line = DescriptorProto.newBuilder().setName("Line");
    for (int i = 0; i < fields.length; i++) {
      line.addField(field(fields[i], i + 1, FieldDescriptorProto.Type.TYPE_INT32, null));
    }
    return FileDescriptor.buildFrom(
        FileDescriptorProto.newBuilder()
            .setName("shop/line.proto")
            .setPackage("shop")
            .setSyntax("proto3")
            .addMessageType(line)
            .build(),
        new FileDescriptor[0]);
  }

  private static Descriptor order(FileDescriptor line) throws DescriptorValidationException {
    return FileDescriptor.buildFrom(
            FileDescriptorProto.newBuilder()
                .setName("shop/order.proto")
                .setPackage("shop")
                .setSyntax("proto3")
                .addDependency("shop/line.proto")
                .addDependency("google/protobuf/timestamp.proto")
                .addMessageType(
                    DescriptorProto.newBuilder()
                        .setName("Order")
                        .addField(field("id", 1, FieldDescriptorProto.Type.TYPE_STRING, null))
                        .addField(
                            field("line", 2, FieldDescriptorProto.Type.TYPE_MESSAGE, ".shop.Line"))
                        .addField(
                            field(
                                "at",
                                3,
                                FieldDescriptorProto.Type.TYPE_MESSAGE,
                                ".google.protobuf.Timestamp")))
                .build(),
            new FileDescriptor[] {line, TimestampProto.getDescriptor()})
        .findMessageTypeByName("Order");
  }

  private static FieldDescriptorProto field(
      String name, int number, FieldDescriptorProto.Type type, @Nullable String message) {
    FieldDescriptorProto.Builder field =
        FieldDescriptorProto.newBuilder()
            .setName(name)
            .setNumber(number)
            .setType(type)
            .setLabel(Label.LABEL_OPTIONAL);
    return message == null ? field.build() : field.setTypeName(message).build();
  }

  private static Encoded body(byte[] bytes) {
    return new Encoded(bytes, "application/protobuf", null, List.of());
  }
}
