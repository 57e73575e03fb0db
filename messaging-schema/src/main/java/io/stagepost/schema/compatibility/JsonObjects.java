package io.stagepost.schema.compatibility;

import static io.stagepost.schema.compatibility.Finding.breaks;
import static io.stagepost.schema.compatibility.Finding.unknown;

import io.stagepost.schema.compatibility.JsonDocument.Part;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** The keywords of objects. */
final class JsonObjects {
  private final JsonWalk walk;

  JsonObjects(JsonWalk walk) {
    this.walk = walk;
  }

  void compare(Part part, JsonView reader, JsonView writer, Set<Finding> found) {
    required(part, writer, found);
    properties(part, writer, found);
    patterns(part, writer, found);
    additional(part, reader, writer, found);
    names(part, writer, found);
    walk.size(
        part,
        "minProperties",
        "maxProperties",
        writer.atLeast("minProperties").max(BigDecimal.valueOf(writer.required().size())),
        mostProperties(writer),
        "properties",
        found);
    dependencies(part, writer, found);
  }

  private void required(Part part, JsonView writer, Set<Finding> found) {
    Set<String> missing = JsonView.strings(part.node().get("required"));
    missing.removeAll(writer.required());
    for (String name : missing) {
      found.add(
          breaks(
              "json.required-added",
              part.path() + "/required",
              "The reader requires " + name + ", and the writer may leave it out.",
              "Let it be optional for those who read; a default does not help, as validators do"
                  + " not fill it in."));
    }
  }

  private void properties(Part part, JsonView writer, Set<Finding> found) {
    for (String name : JsonView.keys(part, "properties")) {
      Part schema = part.child("properties", name);
      if (schema == null || JsonView.of(schema).isOpen()) {
        continue;
      }
      JsonView written = writer.property(name);
      if (written.isOpen()) {
        if (!walk.implied(JsonView.of(schema), written).isEmpty()) {
          found.add(undeclared(schema.path(), name, writer));
        }
      } else {
        JsonWalk.add(found, walk.implied(JsonView.of(schema), written));
      }
    }
  }

  private static Finding undeclared(String path, String name, JsonView writer) {
    boolean named = writer.keys("properties").contains(name);
    return named
        ? breaks(
            "json.type-narrowed",
            path,
            "The writer allows anything for " + name + ", and the reader does not.",
            "Leave the property open for those who read.")
        : breaks(
            "json.property-added-to-open-model",
            path,
            "The reader describes "
                + name
                + "; the writer does not name it, and allows anything under names that it does not"
                + " name.",
            "Close the model of those who write (additionalProperties: false), or accept the rule"
                + " by name if nobody writes properties that no schema names.");
  }

  private void patterns(Part part, JsonView writer, Set<Finding> found) {
    Set<String> writers = writer.keys("patternProperties");
    for (String pattern : JsonView.keys(part, "patternProperties")) {
      Part schema = part.child("patternProperties", pattern);
      if (schema == null || JsonView.of(schema).isOpen()) {
        continue;
      }
      JsonView read = JsonView.of(schema);
      for (String name : writer.keys("properties")) {
        if (JsonView.matches(pattern, name)) {
          JsonWalk.add(found, walk.implied(read, writer.property(name)));
        }
      }
      if (writers.contains(pattern)) {
        JsonWalk.add(found, walk.implied(read, pattern(writer, pattern)));
        continue;
      }
      JsonView others = writer.otherProperties();
      if (others.isOpen()) {
        found.add(
            breaks(
                "json.property-added-to-open-model",
                schema.path(),
                "The reader describes properties that match "
                    + pattern
                    + "; the writer does not, and allows anything under names that it does not"
                    + " name.",
                "Close the model of those who write, or accept the rule by name."));
      } else if (!others.allowsNothing()) {
        JsonWalk.add(found, walk.implied(read, others));
      }
      if (!writers.isEmpty()) {
        found.add(
            unknown(
                "json.pattern-properties-changed",
                schema.path(),
                "Whether names that match the writer's patterns match "
                    + pattern
                    + " too cannot be told.",
                "Keep the pattern as it is written."));
      }
    }
  }

  private static JsonView pattern(JsonView view, String pattern) {
    List<Part> schemas = new ArrayList<>();
    for (Part part : view.parts()) {
      Part schema = part.child("patternProperties", pattern);
      if (schema != null) {
        schemas.add(schema);
      }
    }
    return JsonView.of(schemas);
  }

  private void additional(Part part, JsonView reader, JsonView writer, Set<Finding> found) {
    Part additional = part.child("additionalProperties");
    if (additional != null) {
      others(additional, List.of(part), writer, found);
    }
    Part unevaluated = part.child("unevaluatedProperties");
    if (unevaluated == null
        || JsonView.of(unevaluated).isOpen()
        || additional != null
        || reader.parts().stream().anyMatch(one -> one.node().has("additionalProperties"))) {
      return;
    }
    if (reader.mayEvaluateElsewhere() || !reader.parts().get(0).equals(part)) {
      if (!(walk.saysTheSame(writer, part, "unevaluatedProperties")
          && walk.saysTheSame(writer, part, "anyOf")
          && walk.saysTheSame(writer, part, "oneOf"))) {
        found.add(
            unknown(
                "json.unevaluated-changed",
                part.path() + "/unevaluatedProperties",
                "Which properties that is about depends on the value, and was not compared.",
                "Use additionalProperties in every alternative."));
      }
      return;
    }
    others(unevaluated, reader.parts(), writer, found);
  }

  /** What the reader allows under names that none of its parts describes. */
  private void others(Part schema, List<Part> describing, JsonView writer, Set<Finding> found) {
    JsonView read = JsonView.of(schema);
    if (read.isOpen()) {
      return;
    }
    Set<String> names = new LinkedHashSet<>();
    Set<String> patterns = new LinkedHashSet<>();
    for (Part one : describing) {
      names.addAll(JsonView.keys(one, "properties"));
      patterns.addAll(JsonView.keys(one, "patternProperties"));
    }
    boolean closed = read.allowsNothing();
    Set<String> required = writer.required();
    Set<String> known = writer.keys("properties");
    known.addAll(required);
    for (String name : known) {
      JsonView written = writer.property(name);
      if (names.contains(name)
          || written.allowsNothing()
          || patterns.stream().anyMatch(pattern -> JsonView.matches(pattern, name))) {
        continue;
      }
      if (closed) {
        found.add(
            breaks(
                "json.property-removed-from-closed-model",
                schema.path(),
                "The writer may write " + name + ", and the reader allows only what it names.",
                "Keep describing the property, or open the model of those who read first."));
      } else {
        JsonWalk.add(found, walk.implied(read, written));
      }
    }
    for (String pattern : writer.keys("patternProperties")) {
      JsonView written = pattern(writer, pattern);
      if (patterns.contains(pattern) || written.allowsNothing()) {
        continue;
      }
      if (closed && patterns.isEmpty()) {
        found.add(
            breaks(
                "json.property-removed-from-closed-model",
                schema.path(),
                "The writer may write properties that match "
                    + pattern
                    + ", and the reader allows only what it names.",
                "Keep describing them, or open the model of those who read first."));
      } else if (!patterns.isEmpty()) {
        found.add(
            unknown(
                "json.pattern-properties-changed",
                schema.path(),
                "Whether names that match the writer's "
                    + pattern
                    + " match a pattern of the reader cannot be told.",
                "Keep the pattern as it is written."));
      } else {
        JsonWalk.add(found, walk.implied(read, written));
      }
    }
    JsonView rest = writer.otherProperties();
    if (rest.allowsNothing()) {
      return;
    }
    if (closed) {
      found.add(
          breaks(
              "json.model-closed",
              schema.path(),
              "The writer may write properties that no schema names, and the reader allows only"
                  + " what it names.",
              "Let the model of those who read stay open until no data of an open writer is"
                  + " left."));
    } else {
      JsonWalk.add(found, walk.implied(read, rest));
    }
  }

  private void names(Part part, JsonView writer, Set<Finding> found) {
    Part schema = part.child("propertyNames");
    if (schema == null || JsonView.of(schema).isOpen()) {
      return;
    }
    JsonView read = JsonView.of(schema);
    boolean open =
        !writer.otherProperties().allowsNothing() || !writer.keys("patternProperties").isEmpty();
    if (open) {
      List<Part> written = new ArrayList<>();
      for (Part one : writer.parts()) {
        Part names = one.child("propertyNames");
        if (names != null) {
          written.add(names);
        }
      }
      JsonWalk.add(found, walk.implied(read, JsonView.of(written).ofType(JsonView.Kind.STRING)));
      return;
    }
    for (String name : writer.keys("properties")) {
      if (!writer.property(name).allowsNothing()) {
        Part constant = JsonView.constant(JsonNodeFactory.instance.stringNode(name));
        JsonWalk.add(found, walk.implied(read, JsonView.of(constant)));
      }
    }
  }

  private static @Nullable BigDecimal mostProperties(JsonView writer) {
    BigDecimal most = writer.atMost("maxProperties");
    if (writer.keys("patternProperties").isEmpty() && writer.otherProperties().allowsNothing()) {
      long possible =
          writer.keys("properties").stream()
              .filter(name -> !writer.property(name).allowsNothing())
              .count();
      BigDecimal closed = BigDecimal.valueOf(possible);
      return most == null ? closed : most.min(closed);
    }
    return most;
  }

  private void dependencies(Part part, JsonView writer, Set<Finding> found) {
    for (String keyword : List.of("dependentRequired", "dependencies")) {
      JsonNode dependencies = part.node().get(keyword);
      if (dependencies == null || !dependencies.isObject()) {
        continue;
      }
      for (Map.Entry<String, JsonNode> dependency : dependencies.properties()) {
        String path = part.path() + "/" + keyword;
        if (dependency.getValue().isArray()) {
          dependentRequired(path, dependency.getKey(), dependency.getValue(), writer, found);
        } else if (!walk.saysTheSame(writer, part, keyword)) {
          found.add(conditional(path, dependency.getKey()));
        }
      }
    }
    JsonNode schemas = part.node().get("dependentSchemas");
    if (schemas != null && !walk.saysTheSame(writer, part, "dependentSchemas")) {
      schemas
          .properties()
          .forEach(
              member -> found.add(conditional(part.path() + "/dependentSchemas", member.getKey())));
    }
  }

  private static Finding conditional(String path, String name) {
    return unknown(
        "json.condition-changed",
        path + "/" + JsonDocument.escaped(name),
        "The reader has a condition for when there is "
            + name
            + ", which the writer does not have; whether what it writes meets it cannot be told.",
        "Use oneOf with a property with a constant.");
  }

  private static void dependentRequired(
      String path, String name, JsonNode needed, JsonView writer, Set<Finding> found) {
    if (writer.property(name).allowsNothing()) {
      return;
    }
    Set<String> missing = JsonView.strings(needed);
    missing.removeAll(writer.required());
    for (Part one : writer.parts()) {
      for (String keyword : List.of("dependentRequired", "dependencies")) {
        missing.removeAll(JsonView.strings(one.node().path(keyword).get(name)));
      }
    }
    if (!missing.isEmpty()) {
      found.add(
          breaks(
              "json.dependency-added",
              path + "/" + JsonDocument.escaped(name),
              "The reader requires "
                  + JsonWalk.some(missing)
                  + " where there is "
                  + name
                  + ", and the writer may leave it out.",
              "Let it be optional for those who read."));
    }
  }
}
