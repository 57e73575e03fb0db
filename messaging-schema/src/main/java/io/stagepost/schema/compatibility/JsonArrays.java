package io.stagepost.schema.compatibility;

import static io.stagepost.schema.compatibility.Finding.breaks;
import static io.stagepost.schema.compatibility.Finding.unknown;

import io.stagepost.schema.compatibility.JsonDocument.Part;
import java.math.BigDecimal;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The keywords of arrays. */
final class JsonArrays {
  private final JsonWalk walk;

  JsonArrays(JsonWalk walk) {
    this.walk = walk;
  }

  void compare(Part part, JsonView writer, Set<Finding> found) {
    BigDecimal most = writer.mostItems();
    walk.size(part, "minItems", "maxItems", writer.atLeast("minItems"), most, "items", found);
    items(part, writer, most, found);
    JsonNode node = part.node();
    if (node.path("uniqueItems").asBoolean(false)
        && !walk.saysTheSame(writer, part, "uniqueItems")
        && (most == null || most.compareTo(BigDecimal.ONE) > 0)) {
      found.add(
          breaks(
              "json.unique-items-added",
              part.path() + "/uniqueItems",
              "The reader expects no item twice, and the writer does not promise that.",
              "Leave uniqueItems out of the schema of those who read."));
    }
    if (node.has("contains")
        && !(walk.saysTheSame(writer, part, "contains")
            && walk.saysTheSame(writer, part, "minContains")
            && walk.saysTheSame(writer, part, "maxContains"))) {
      found.add(
          unknown(
              "json.contains-changed",
              part.path() + "/contains",
              "The reader expects certain items; whether the writer's arrays have them cannot be"
                  + " told.",
              "Leave contains out of the schema of those who read."));
    }
    Part unevaluated = part.child("unevaluatedItems");
    if (unevaluated != null
        && !JsonView.of(unevaluated).isOpen()
        && !walk.saysTheSame(writer, part, "unevaluatedItems")) {
      found.add(
          unknown(
              "json.unevaluated-changed",
              part.path() + "/unevaluatedItems",
              "Which items that is about depends on the value, and was not compared.",
              "Use prefixItems and items."));
    }
  }

  private void items(Part part, JsonView writer, @Nullable BigDecimal most, Set<Finding> found) {
    Part rest = JsonView.rest(part);
    int prefix = JsonView.prefix(part);
    int described = Math.max(prefix, writer.prefix());
    for (int i = 0; i <= described; i++) {
      if (most != null && most.compareTo(BigDecimal.valueOf(i)) <= 0) {
        return;
      }
      // The one beyond those that are described stands for all that follow.
      Part schema =
          i < prefix ? part.child(JsonView.prefixKeyword(part), Integer.toString(i)) : rest;
      if (schema != null) {
        JsonWalk.add(found, walk.implied(JsonView.of(schema), writer.item(i)));
      }
    }
  }
}
