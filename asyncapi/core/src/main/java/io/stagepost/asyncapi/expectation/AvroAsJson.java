package io.stagepost.asyncapi.expectation;

import java.util.HashSet;
import java.util.Set;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** An Avro schema as a JSON Schema of the same values: a decimal is a number, bytes are a text. */
final class AvroAsJson {
  private final ObjectNode definitions = JsonNodeFactory.instance.objectNode();
  private final Set<String> known = new HashSet<>();

  private AvroAsJson() {}

  static String schema(String avro) {
    Schema schema = new Schema.Parser().parse(avro);
    AvroAsJson as = new AvroAsJson();
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.putArray("allOf").add(as.of(schema));
    root.set("definitions", as.definitions);
    return root.toString();
  }

  private ObjectNode of(Schema schema) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    if (schema.getLogicalType() instanceof LogicalTypes.Decimal) {
      return node.put("type", "number");
    }
    switch (schema.getType()) {
      case RECORD -> node.put("$ref", "#/definitions/" + record(schema));
      case ENUM -> {
        ArrayNode symbols = node.putArray("enum");
        schema.getEnumSymbols().forEach(symbols::add);
      }
      case ARRAY -> node.put("type", "array").set("items", of(schema.getElementType()));
      case MAP -> node.put("type", "object").set("additionalProperties", of(schema.getValueType()));
      case UNION -> {
        ArrayNode branches = node.putArray("anyOf");
        schema.getTypes().forEach(branch -> branches.add(of(branch)));
      }
      case INT, LONG -> node.put("type", "integer");
      case FLOAT, DOUBLE -> node.put("type", "number");
      case BOOLEAN -> node.put("type", "boolean");
      case NULL -> node.put("type", "null");
      case STRING, BYTES, FIXED -> node.put("type", "string");
    }
    return node;
  }

  private String record(Schema schema) {
    String name = schema.getFullName();
    if (known.add(name)) {
      ObjectNode object = definitions.putObject(name).put("type", "object");
      ObjectNode properties = object.putObject("properties");
      ArrayNode required = object.putArray("required");
      for (Schema.Field field : schema.getFields()) {
        properties.set(field.name(), of(field.schema()));
        required.add(field.name());
      }
    }
    return name;
  }
}
