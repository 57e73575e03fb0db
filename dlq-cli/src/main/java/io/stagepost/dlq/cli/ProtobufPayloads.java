package io.stagepost.dlq.cli;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import io.stagepost.MessagingException;
import io.stagepost.schema.Schema;
import io.stagepost.schema.compatibility.ProtoDescriptors;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Decodes Protobuf by its schema, to JSON with the fields' own names. */
final class ProtobufPayloads {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final int NESTED = 100;

  private ProtobufPayloads() {}

  /**
   * Decodes a payload.
   *
   * @param bytes the payload; if it was framed, without its id, but with its message indexes
   * @param isFramed whether it begins with message indexes
   * @throws MessagingException {@code SP-DLQ-103} if it is no such message
   */
  static JsonNode decode(
      byte[] bytes,
      boolean isFramed,
      Schema schema,
      Function<Schema.Reference, Schema> references) {
    FileDescriptor file = ProtoDescriptors.parse(schema, references);
    try {
      CodedInputStream in = CodedInputStream.newInstance(bytes);
      in.setRecursionLimit(NESTED);
      Descriptor message = isFramed ? indexed(file, in) : file.getMessageTypes().get(0);
      DynamicMessage decoded = DynamicMessage.parseFrom(message, in);
      return json(decoded);
    } catch (IOException | IndexOutOfBoundsException none) {
      throw new MessagingException(
          "SP-DLQ-103", "It is no Protobuf of its schema: " + none.getMessage(), none);
    }
  }

  /** The number of indexes and each of them, zigzag; the usual [0] is a single 0. */
  private static Descriptor indexed(FileDescriptor file, CodedInputStream in) throws IOException {
    int count = in.readSInt32();
    Descriptor message = file.getMessageTypes().get(count == 0 ? 0 : in.readSInt32());
    for (int i = 1; i < count; i++) {
      message = message.getNestedTypes().get(in.readSInt32());
    }
    return message;
  }

  private static ObjectNode json(Message message) {
    ObjectNode node = NODES.objectNode();
    for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
      node.set(field.getKey().getName(), json(field.getValue()));
    }
    return node;
  }

  private static JsonNode json(Object value) {
    if (value instanceof Message message) {
      return json(message);
    }
    if (value instanceof List<?> list) {
      ArrayNode array = NODES.arrayNode();
      list.forEach(each -> array.add(json(each)));
      return array;
    }
    if (value instanceof ByteString bytes) {
      return NODES.stringNode(Base64.getEncoder().encodeToString(bytes.toByteArray()));
    }
    if (value instanceof EnumValueDescriptor symbol) {
      return NODES.stringNode(symbol.getName());
    }
    if (value instanceof Boolean bool) {
      return NODES.booleanNode(bool);
    }
    if (value instanceof Integer number) {
      return NODES.numberNode(number);
    }
    if (value instanceof Long number) {
      return NODES.numberNode(number);
    }
    return value instanceof Number number
        ? NODES.numberNode(number.doubleValue())
        : NODES.stringNode(value.toString());
  }
}
