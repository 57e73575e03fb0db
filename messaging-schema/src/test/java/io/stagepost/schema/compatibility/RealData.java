package io.stagepost.schema.compatibility;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.stagepost.schema.Schema;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.util.RandomData;
import org.jspecify.annotations.Nullable;

/** Writes with one schema, reads with the other, and looks at what comes out. */
final class RealData {
  private static final int SAMPLES = 200;

  private RealData() {}

  static boolean isRead(Schema reader, Schema writer) {
    try {
      return switch (reader.format()) {
        case AVRO -> avro(reader.text(), writer.text());
        case JSON -> json(reader.text(), writer.text());
        case PROTOBUF -> protobuf(reader, writer);
      };
    } catch (IOException broken) {
      throw new AssertionError(broken);
    }
  }

  private static boolean avro(String reader, String writer) throws IOException {
    org.apache.avro.Schema written = new org.apache.avro.Schema.Parser().parse(writer);
    org.apache.avro.Schema read = new org.apache.avro.Schema.Parser().parse(reader);
    for (Object datum : new RandomData(written, SAMPLES, 7L)) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
      new GenericDatumWriter<Object>(written).write(datum, encoder);
      encoder.flush();
      try {
        new GenericDatumReader<Object>(written, read)
            .read(null, DecoderFactory.get().binaryDecoder(bytes.toByteArray(), null));
      } catch (AvroRuntimeException unreadable) {
        return false;
      }
    }
    return true;
  }

  private static boolean json(String reader, String writer) {
    com.networknt.schema.Schema read = compile(reader);
    com.networknt.schema.Schema written = compile(writer);
    for (String instance : INSTANCES) {
      if (written.validate(instance, InputFormat.JSON).isEmpty()
          && !read.validate(instance, InputFormat.JSON).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private static com.networknt.schema.Schema compile(String text) {
    SpecificationVersion version =
        text.contains("draft-07")
            ? SpecificationVersion.DRAFT_7
            : SpecificationVersion.DRAFT_2020_12;
    return SchemaRegistry.withDefaultDialect(version).getSchema(text, InputFormat.JSON);
  }

  private static final List<String> INSTANCES = instances();

  private static List<String> instances() {
    List<@Nullable String> values = new ArrayList<>();
    values.add(null);
    values.addAll(
        List.of(
            "null",
            "true",
            "false",
            "0",
            "1",
            "1.0",
            "1.5",
            "2",
            "4",
            "60",
            "-3",
            "\"\"",
            "\"r\"",
            "\"re\"",
            "\"red\"",
            "\"green\"",
            "\"a long text\"",
            "\"2026-11-22\"",
            "[]",
            "[1]",
            "[\"s\"]",
            "[\"s\",\"s\"]",
            "[\"s\",\"t\"]",
            "[1.5]",
            "[1,1]",
            "{}",
            "{\"a\":1}",
            "{\"b\":1}",
            "{\"b\":1.5}"));
    List<String> instances = new ArrayList<>(List.of("null", "1", "\"s\"", "[]"));
    for (String a : values) {
      for (String b : values) {
        for (String x : new @Nullable String[] {null, "1", "\"s\""}) {
          Set<String> members = new LinkedHashSet<>();
          add(members, "a", a);
          add(members, "b", b);
          add(members, "x", x);
          instances.add("{" + String.join(",", members) + "}");
        }
      }
    }
    instances.add("{\"longname\":\"s\"}");
    return instances;
  }

  private static void add(Set<String> members, String name, @Nullable String value) {
    if (value != null) {
      members.add("\"" + name + "\":" + value);
    }
  }

  private static boolean protobuf(Schema reader, Schema writer) {
    Descriptor read = ProtoDescriptors.parse(reader, Texts.UNRESOLVED).getMessageTypes().get(0);
    for (Descriptor written : ProtoDescriptors.parse(writer, Texts.UNRESOLVED).getMessageTypes()) {
      boolean event = written.getName().equals(read.getName());
      if (!event
          && ProtoDescriptors.parse(writer, Texts.UNRESOLVED)
              .getMessageTypes()
              .get(0)
              .getFields()
              .stream()
              .noneMatch(f -> f.getJavaType() == FieldDescriptor.JavaType.MESSAGE)) {
        if (read.getFile().findMessageTypeByName(written.getName()) == null) {
          return false;
        }
        continue;
      } else if (!event) {
        continue;
      }
      Random random = new Random(7);
      for (int i = 0; i < SAMPLES; i++) {
        DynamicMessage message = fill(written, random, 3);
        try {
          DynamicMessage back = DynamicMessage.parseFrom(read, message.toByteString());
          if (!same(message, back)) {
            return false;
          }
        } catch (InvalidProtocolBufferException unreadable) {
          return false;
        }
      }
    }
    return true;
  }

  private static DynamicMessage fill(Descriptor type, Random random, int depth) {
    DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
    for (FieldDescriptor field : type.getFields()) {
      boolean isMessage = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
      if (!field.isRequired() && (random.nextInt(4) == 0 || (isMessage && depth == 0))) {
        continue;
      }
      if (field.isMapField()) {
        DynamicMessage entry = fill(field.getMessageType(), new Random(3), 1);
        message.addRepeatedField(field, entry);
      } else if (field.isRepeated()) {
        for (int i = 0; i < 1 + random.nextInt(3); i++) {
          message.addRepeatedField(field, value(field, random, depth));
        }
      } else {
        message.setField(field, value(field, random, depth));
      }
    }
    return message.build();
  }

  private static Object value(FieldDescriptor field, Random random, int depth) {
    return switch (field.getJavaType()) {
      case INT -> random.nextInt();
      case LONG -> random.nextLong();
      case FLOAT -> random.nextFloat();
      case DOUBLE -> random.nextDouble();
      case BOOLEAN -> random.nextBoolean();
      case STRING -> "text " + random.nextInt(100);
      case BYTE_STRING -> ByteString.copyFrom(new byte[] {(byte) 0xff, (byte) random.nextInt()});
      case ENUM ->
          field
              .getEnumType()
              .getValues()
              .get(random.nextInt(field.getEnumType().getValues().size()));
      case MESSAGE -> fill(field.getMessageType(), random, depth - 1);
    };
  }

  /** Whether what was set, and the reader has a field for, came out as it was. */
  private static boolean same(DynamicMessage written, DynamicMessage read) {
    for (FieldDescriptor field : written.getAllFields().keySet()) {
      FieldDescriptor target = read.getDescriptorForType().findFieldByNumber(field.getNumber());
      if (target == null) {
        if (read.getDescriptorForType().findFieldByName(field.getName()) != null) {
          return false;
        }
        continue;
      }
      List<Object> before = list(written, field);
      List<Object> after = list(read, target);
      if (before.size() != after.size()) {
        return false;
      }
      for (int i = 0; i < before.size(); i++) {
        if (before.get(i) instanceof DynamicMessage inner
            && after.get(i) instanceof DynamicMessage outer) {
          if (!same(inner, outer)) {
            return false;
          }
        } else if (!plain(field, before.get(i)).equals(plain(target, after.get(i)))) {
          return false;
        }
      }
    }
    return true;
  }

  private static List<Object> list(DynamicMessage message, FieldDescriptor field) {
    if (field.isRepeated()) {
      return new ArrayList<>((List<?>) message.getField(field));
    }
    return field.hasPresence() && !message.hasField(field)
        ? List.of()
        : List.of(message.getField(field));
  }

  private static Object plain(FieldDescriptor field, Object value) {
    if (value instanceof EnumValueDescriptor constant) {
      return (long) constant.getNumber();
    } else if (value instanceof Boolean flag) {
      return flag ? 1L : 0L;
    } else if (value instanceof Integer number) {
      boolean unsigned =
          field.getType() == FieldDescriptor.Type.UINT32
              || field.getType() == FieldDescriptor.Type.FIXED32;
      return unsigned ? Integer.toUnsignedLong(number) : (long) number;
    } else if (value instanceof String text) {
      return ByteString.copyFromUtf8(text);
    }
    return value;
  }
}
