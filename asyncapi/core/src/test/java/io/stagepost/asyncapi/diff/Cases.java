package io.stagepost.asyncapi.diff;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.tree.MalformedException;
import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.TreeReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The changes of {@code cases.yaml}, as pairs of contracts. */
final class Cases {
  private static final Path FILE = Path.of("src/test/resources/diff/cases.yaml");
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final Node root;

  private Cases(Node root) {
    this.root = root;
  }

  static Cases read() {
    try {
      return new Cases(
          TreeReader.read(FILE.toString(), Files.readAllBytes(FILE), TreeReader.Language.YAML)
              .root());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (MalformedException e) {
      throw new IllegalStateException(e);
    }
  }

  List<Case> all() {
    List<Case> cases = new ArrayList<>();
    requireNonNull(root.get("cases")).items().forEach(node -> cases.add(new Case(this, node)));
    return cases;
  }

  /** One change. */
  record Case(Cases cases, Node node) {
    String text(String member) {
      return requireNonNull(node.text(member), () -> member + " of " + node.place());
    }

    List<String> also() {
      Node also = node.get("also");
      return also == null ? List.of() : also.items().stream().map(Node::text).toList();
    }

    boolean isOnLog() {
      return node.get("log") != null;
    }

    /** The contract before (0) or after (1), of an application with an action. */
    Contract contract(int which, String action, Path folder) {
      ObjectNode contract = (ObjectNode) json(requireNonNull(cases.root.get("base")));
      ((ObjectNode) contract.get("operations").get("orders")).put("action", action);
      if (isOnLog()) {
        ((ObjectNode) contract.get("servers").get("main")).put("protocol", "kafka");
      }
      for (String part :
          List.of(
              "document",
              "channel",
              "operation",
              "message",
              "headers",
              "payload",
              "avro",
              "protobuf")) {
        Node patches = node.get(part);
        if (patches != null) {
          JsonNode written = json(patches.items().get(which));
          patch(contract, filled(at(part, written), contract, action));
        }
      }
      ((ObjectNode) contract.get("info")).put("version", which == 0 ? "1.0.0" : "2.0.0");
      try {
        return Contracts.offline()
            .read(
                Files.writeString(
                    folder.resolve(action + which + ".json"), contract.toPrettyString()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static ObjectNode at(String part, JsonNode patch) {
    return switch (part) {
      case "document" -> (ObjectNode) patch;
      case "channel" -> within(patch, "channels", "orders");
      case "operation" -> within(patch, "operations", "orders");
      case "message" -> within(patch, "channels", "orders", "messages", "placed");
      case "avro" ->
          at("payload", schema("application/vnd.apache.avro;version=1.9.0", avro(patch)));
      case "protobuf" ->
          at(
              "payload",
              schema(
                  "application/vnd.google.protobuf;version=3",
                  NODES.stringNode(
                      "syntax = \"proto3\"; message Order { " + patch.asString() + " }")));
      default ->
          // What a patch does not name stays; here the whole is meant.
          within(
              patch.isObject() ? replaced((ObjectNode) patch) : patch,
              "channels",
              "orders",
              "messages",
              "placed",
              part);
    };
  }

  private static ObjectNode replaced(ObjectNode schema) {
    ObjectNode whole = schema.deepCopy();
    for (String key : List.of("type", "properties")) {
      if (!whole.has(key)) {
        whole.putNull(key);
      }
    }
    if (whole.get("properties") instanceof ObjectNode properties) {
      for (String key : List.of("tenant", "id")) {
        if (!properties.has(key)) {
          properties.putNull(key);
        }
      }
    }
    return whole;
  }

  private static JsonNode avro(JsonNode fieldsOrRecord) {
    ObjectNode schema = NODES.objectNode().put("type", "record").put("name", "Order");
    if (fieldsOrRecord.isArray()) {
      schema.set("fields", fieldsOrRecord);
    } else {
      schema.setAll((ObjectNode) fieldsOrRecord);
    }
    return schema;
  }

  private static JsonNode schema(String format, JsonNode schema) {
    ObjectNode multi = NODES.objectNode().put("schemaFormat", format);
    multi.set("schema", schema);
    return multi;
  }

  private static ObjectNode within(JsonNode patch, String... keys) {
    JsonNode at = patch;
    for (int i = keys.length - 1; i >= 0; i--) {
      ObjectNode holder = NODES.objectNode();
      holder.set(keys[i], at);
      at = holder;
    }
    return (ObjectNode) at;
  }

  /** With what words in capitals stand for. */
  private static JsonNode filled(JsonNode patch, ObjectNode base, String action) {
    if (patch.isString()) {
      return switch (patch.asString()) {
        case "ACTION" -> NODES.stringNode(action);
        case "FLIPPED" -> NODES.stringNode(action.equals("send") ? "receive" : "send");
        case "ORDERS" -> base.at("/channels/orders");
        case "OPERATION" -> base.at("/operations/orders");
        case "PLACED" -> base.at("/channels/orders/messages/placed");
        case "SERVER" -> base.at("/servers/main");
        default -> patch;
      };
    }
    if (patch instanceof ObjectNode object) {
      ObjectNode copy = NODES.objectNode();
      object
          .properties()
          .forEach(each -> copy.set(each.getKey(), filled(each.getValue(), base, action)));
      return copy;
    }
    return patch;
  }

  /** JSON Merge Patch (RFC 7396). */
  private static void patch(ObjectNode target, JsonNode patch) {
    for (Map.Entry<String, JsonNode> each : patch.properties()) {
      if (each.getValue().isNull()) {
        target.remove(each.getKey());
      } else if (each.getValue() instanceof ObjectNode inner) {
        JsonNode known = target.get(each.getKey());
        ObjectNode object = known instanceof ObjectNode o ? o : NODES.objectNode();
        patch(object, inner);
        target.set(each.getKey(), object);
      } else {
        target.set(each.getKey(), each.getValue());
      }
    }
  }

  private static JsonNode json(@Nullable Node node) {
    if (node == null) {
      return NODES.nullNode();
    }
    return switch (node.kind()) {
      case OBJECT -> {
        ObjectNode object = NODES.objectNode();
        node.members().forEach((key, value) -> object.set(key, json(value)));
        yield object;
      }
      case ARRAY -> {
        var array = NODES.arrayNode();
        node.items().forEach(item -> array.add(json(item)));
        yield array;
      }
      case STRING -> NODES.stringNode(requireNonNull(node.text()));
      case NUMBER -> NODES.numberNode(requireNonNull(node.number()));
      case BOOLEAN -> NODES.booleanNode(requireNonNull(node.bool()));
      case NULL -> NODES.nullNode();
    };
  }
}
