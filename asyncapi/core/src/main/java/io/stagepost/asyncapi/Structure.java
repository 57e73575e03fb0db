package io.stagepost.asyncapi;

import com.networknt.schema.Schema;
import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.Pointer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Checks the structure of documents by the official JSON Schemas of the specification, changed in
 * two ways: where a reference may stand instead of something, it is one if it has a {@code $ref}
 * (and not if it matches: the errors of both would be told); and a {@code $ref} may hold characters
 * that no URI may, as the official parser allows.
 */
final class Structure {
  private static final Map<String, Structure> BY_VERSION = new ConcurrentHashMap<>();

  private final ObjectNode official;
  private final Schema document;
  private final Map<String, Schema> parts = new HashMap<>();

  private Structure(String version) {
    try (InputStream in =
        Structure.class.getResourceAsStream("specification/" + version + ".json")) {
      if (in == null) {
        throw new IllegalArgumentException("no schema for version " + version);
      }
      official = (ObjectNode) mended(new JsonMapper().readTree(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    document = Schemas.compile(official, Payload.Format.JSON_SCHEMA_07);
  }

  /**
   * The structure that a version of the specification asks for.
   *
   * @param version {@code 3.0.0} or {@code 3.1.0}
   */
  static Structure of(String version) {
    return BY_VERSION.computeIfAbsent(version, Structure::new);
  }

  private static JsonNode mended(JsonNode node) {
    if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        array.set(i, mended(array.get(i)));
      }
    } else if (node instanceof ObjectNode object) {
      // Prose: not needed, and half of the text.
      if (text(object.get("description")) != null) {
        object.remove("description");
      }
      for (String key : List.copyOf(object.propertyNames())) {
        object.set(key, mended(object.get(key)));
      }
      if ("uri-reference".equals(text(object.get("format")))) {
        object.remove("format");
      }
      if (object.get("oneOf") instanceof ArrayNode branches
          && branches.size() > 1
          && "#/definitions/Reference".equals(text(branches.get(0).get("$ref")))) {
        object.remove("oneOf");
        ObjectNode isReference = object.putObject("if");
        isReference.putArray("required").add("$ref");
        isReference.put("type", "object");
        object.set("then", branches.get(0));
        branches.remove(0);
        if (branches.size() == 1) {
          object.set("else", branches.get(0));
        } else {
          object.putObject("else").set("oneOf", branches);
        }
      }
    }
    return node;
  }

  private static @Nullable String text(@Nullable JsonNode node) {
    return node != null && node.isString() ? node.stringValue() : null;
  }

  /** What is wrong with a whole document. */
  List<Finding> check(Node root) {
    ObjectNode json = (ObjectNode) Json.of(root);
    // Patch versions are one to tools, says the specification.
    json.set("asyncapi", official.at("/properties/asyncapi/const"));
    return counting(root, Schemas.violations(document, json));
  }

  /** What is wrong with a part that lies in another file, or is of JSON Schema 2020-12. */
  List<Finding> check(ModelBuilder.Used used) {
    if (used.as().equals("2020-12")) {
      return findings(
          used.node(), Schemas.violations(Schemas.metaschema2020(), Json.of(used.node())));
    }
    JsonNode definitions = official.get("definitions");
    if (!definitions.has(used.as())) {
      return List.of();
    }
    Schema part;
    synchronized (parts) {
      part =
          parts.computeIfAbsent(
              used.as(),
              as -> {
                ObjectNode schema = Json.NODES.objectNode();
                schema.put("$ref", "#/definitions/" + as);
                schema.set("definitions", definitions);
                return Schemas.compile(schema, Payload.Format.JSON_SCHEMA_07);
              });
    }
    return counting(used.node(), Schemas.violations(part, Json.of(used.node())));
  }

  private static List<Finding> findings(Node root, List<Schemas.Violation> violations) {
    List<Finding> findings = new ArrayList<>();
    for (Schemas.Violation violation : violations) {
      Node at = root.at(violation.instance());
      findings.add(finding(at == null ? root : at, violation));
    }
    return findings;
  }

  private static List<Finding> counting(Node root, List<Schemas.Violation> violations) {
    return findings(
        root,
        violations.stream().filter(each -> !isBesideReference(root, each.instance())).toList());
  }

  /** Whether it stands beside a reference, where nothing counts. */
  private static boolean isBesideReference(Node root, List<String> path) {
    Node at = root;
    for (String token : path) {
      if (at == null) {
        return false;
      }
      if (at.reference() != null && !token.equals("$ref")) {
        return true;
      }
      at = at.child(token);
    }
    return false;
  }

  private static Finding finding(Node at, Schemas.Violation violation) {
    String property = violation.property();
    String rule = "schema-" + kebab(violation.keyword());
    String where = name(at.pointer());
    switch (violation.keyword()) {
      case "required" -> {
        return Finding.at(at, rule, Severity.ERROR, where + " lacks '" + property + "'", "Add it.");
      }
      case "additionalProperties", "unevaluatedProperties", "false" -> {
        if (property != null) {
          return Finding.atKey(
              at,
              property,
              "schema-additional-properties",
              Severity.ERROR,
              "'" + property + "' is not allowed in " + where,
              "Mend its spelling, move it, or begin the name with x- if it is an extension.");
        }
      }
      case "format" -> {
        // Of patterns the specification only asks that they should be regular expressions.
        Severity severity = "regex".equals(property) ? Severity.WARNING : Severity.ERROR;
        return Finding.at(at, rule, severity, where + ": " + violation.message(), "Mend its form.");
      }
      case "limit" -> {
        return Finding.at(
            at, "limit", Severity.ERROR, where + ": " + violation.message(), "Make it smaller.");
      }
      default -> {}
    }
    return Finding.at(
        at, rule, Severity.ERROR, where + ": " + violation.message(), "Mend the value.");
  }

  private static String name(Pointer pointer) {
    return pointer.depth() == 0 ? "the document" : pointer.toString();
  }

  /** The word as rule ids are written. */
  static String kebab(String keyword) {
    return keyword.replace("$", "").replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }
}
