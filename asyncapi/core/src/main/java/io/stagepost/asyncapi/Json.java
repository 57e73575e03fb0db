package io.stagepost.asyncapi;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.tree.Node;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Our trees as Jackson's, for the validator. Numbers stay exact. */
final class Json {
  static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private Json() {}

  static JsonNode of(Node node) {
    return switch (node.kind()) {
      case OBJECT -> {
        ObjectNode object = NODES.objectNode();
        for (Map.Entry<String, Node> member : node.members().entrySet()) {
          object.set(member.getKey(), of(member.getValue()));
        }
        yield object;
      }
      case ARRAY -> {
        ArrayNode array = NODES.arrayNode();
        node.items().forEach(item -> array.add(of(item)));
        yield array;
      }
      default -> scalar(node);
    };
  }

  static JsonNode scalar(Node node) {
    return switch (node.kind()) {
      case STRING -> NODES.stringNode(requireNonNull(node.text()));
      case BOOLEAN -> NODES.booleanNode(requireNonNull(node.bool()));
      case NUMBER -> number(requireNonNull(node.number()));
      default -> NODES.nullNode();
    };
  }

  private static JsonNode number(BigDecimal number) {
    if (number.scale() != 0) {
      return NODES.numberNode(number);
    }
    BigInteger integer = number.unscaledValue();
    if (integer.bitLength() < 32) {
      return NODES.numberNode(integer.intValue());
    }
    return integer.bitLength() < 64
        ? NODES.numberNode(integer.longValue())
        : NODES.numberNode(integer);
  }
}
