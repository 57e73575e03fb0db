package io.stagepost.asyncapi;

import com.networknt.schema.Schema;
import io.stagepost.asyncapi.tree.Node;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The {@code definitions} of a JSON Schema that comes with us, to check by one. Thread-safe. */
final class Definitions {
  private final ObjectNode all;
  private final Map<String, Schema> compiled = new HashMap<>();

  Definitions(String resource) {
    try (InputStream in = Definitions.class.getResourceAsStream(resource)) {
      all = (ObjectNode) new JsonMapper().readTree(in).get("definitions");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Set<String> names() {
    return Set.copyOf(all.propertyNames());
  }

  /** What is wrong with a value, by one of the definitions. */
  synchronized List<Schemas.Violation> violations(String name, Node value) {
    Schema schema =
        compiled.computeIfAbsent(
            name,
            n -> {
              ObjectNode wrapper = Json.NODES.objectNode();
              wrapper.put("$ref", "#/definitions/" + n);
              wrapper.set("definitions", all);
              return Schemas.compile(wrapper, Payload.Format.JSON_SCHEMA_07);
            });
    return Schemas.violations(schema, Json.of(value));
  }
}
