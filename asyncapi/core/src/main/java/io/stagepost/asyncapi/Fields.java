package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.Pointer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The fields that a JSON Schema declares, as far as lint must know them. */
final class Fields {
  private static final Pattern SENSITIVE =
      Pattern.compile(
          "(e_?mail(_?address)?|(tele)?phone(_?number)?|mobile(_?number)?|fax|iban|bic"
              + "|(credit_?)?card_?number|pan|cvv|cvc|ssn|social_?security(_?number)?"
              + "|tax_?(id|number)|passport(_?(no|number))?|(date_?of_?birth|birth_?(date|day)|dob)"
              + "|(first|last|full|given|family|maiden|sur)_?name|street(_?address)?"
              + "|(home|postal|billing|shipping|ip)_?address|password|secret|api_?key"
              + "|(access|refresh|auth)_?token|salary|diagnosis|religion|ethnicity)");

  private final Payload payload;
  private final Documents documents;

  private Fields(Payload payload) {
    this.payload = payload;
    this.documents = payload.documents();
  }

  static Fields of(Payload payload) {
    return new Fields(payload);
  }

  /** Whether a field is there. */
  enum Presence {
    /** Always. */
    REQUIRED,
    /** It may be missing. */
    OPTIONAL,
    /** It is not declared. */
    ABSENT,
    /** The schema is of a form in which we do not look. */
    UNKNOWN
  }

  /** Whether the field that a pointer leads to is there, by all that the schema says. */
  Presence presence(String pointer) {
    List<String> tokens = Pointer.parse("/" + pointer);
    List<Node> schemas = List.of(payload.schema());
    boolean required = true;
    for (String token : tokens) {
      List<Node> objects = new ArrayList<>();
      boolean known = true;
      Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
      for (Node schema : schemas) {
        known &= flatten(schema, objects, seen);
      }
      List<Node> next = new ArrayList<>();
      boolean requiredHere = false;
      for (Node object : objects) {
        Node properties = object.get("properties");
        Node property = properties == null ? null : properties.get(token);
        if (property != null) {
          next.add(property);
        }
        Node list = object.get("required");
        requiredHere |= list != null && list.items().stream().anyMatch(i -> token.equals(i.text()));
      }
      if (next.isEmpty()) {
        return known ? Presence.ABSENT : Presence.UNKNOWN;
      }
      required &= requiredHere;
      if (!required && !known) {
        return Presence.UNKNOWN;
      }
      schemas = next;
    }
    return required ? Presence.REQUIRED : Presence.OPTIONAL;
  }

  /** All schemas that hold at once; false if there are alternatives too. */
  private boolean flatten(@Nullable Node schema, List<Node> objects, Set<Node> seen) {
    Node node = documents.schema(schema);
    if (node == null) {
      return false;
    }
    if (!seen.add(node)) {
      return true;
    }
    objects.add(node);
    boolean known =
        node.get("oneOf") == null && node.get("anyOf") == null && node.get("if") == null;
    Node all = node.get("allOf");
    if (all != null) {
      for (Node each : all.items()) {
        known &= flatten(each, objects, seen);
      }
    }
    return known;
  }

  /** The constant text of a property; null if it has none. */
  @Nullable String constant(String property) {
    List<Node> objects = new ArrayList<>();
    flatten(payload.schema(), objects, Collections.newSetFromMap(new IdentityHashMap<>()));
    for (Node object : objects) {
      Node properties = object.get("properties");
      Node schema = properties == null ? null : documents.schema(properties.get(property));
      if (schema != null) {
        Node values = schema.get("enum");
        String only =
            values != null && values.items().size() == 1
                ? values.items().get(0).text()
                : schema.text("const");
        if (only != null) {
          return only;
        }
      }
    }
    return null;
  }

  /**
   * Properties whose name says that they are sensitive, and that do not say whether they are.
   *
   * @param looked what was looked at already, and is not again
   */
  List<Node> sensitive(Set<Node> looked) {
    List<Node> found = new ArrayList<>();
    visit(payload.schema(), found, looked);
    return found;
  }

  private void visit(Node schema, List<Node> found, Set<Node> seen) {
    Node node = documents.schema(schema);
    if (node == null || !seen.add(node)) {
      return;
    }
    node.members()
        .forEach(
            (key, value) -> {
              switch (key) {
                case "properties" ->
                    value
                        .members()
                        .forEach(
                            (name, property) -> {
                              if (looksSensitive(name) && !isMarked(property)) {
                                found.add(property);
                              }
                              visit(property, found, seen);
                            });
                case "allOf", "anyOf", "oneOf" -> value.items().forEach(i -> visit(i, found, seen));
                case "items", "additionalProperties" -> {
                  visit(value, found, seen);
                  value.items().forEach(i -> visit(i, found, seen));
                }
                default -> {}
              }
            });
  }

  /** A keyword, and the schema that has it. */
  record Keyword(Node schema, String name) {}

  /**
   * Keywords of another draft, which say nothing here.
   *
   * @param read what was looked at already, and is not again
   */
  List<Keyword> passedOver(Set<Node> read) {
    List<Keyword> found = new ArrayList<>();
    Deque<Node> waiting = new ArrayDeque<>(List.of(payload.schema()));
    while (!waiting.isEmpty()) {
      Node node = documents.schema(waiting.remove());
      if (node == null || !read.add(node)) {
        continue;
      }
      waiting.addAll(node.items());
      node.members()
          .forEach(
              (key, value) -> {
                if (payload.format().passesOver(key)) {
                  found.add(new Keyword(node, key));
                } else if (SchemaBundle.NAMES.contains(key)) {
                  waiting.addAll(value.members().values());
                } else if (!SchemaBundle.VALUES.contains(key) && !key.startsWith("x-")) {
                  waiting.add(value);
                }
              });
    }
    return found;
  }

  private static boolean looksSensitive(String name) {
    String snake =
        name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").replace('-', '_').toLowerCase(Locale.ROOT);
    return SENSITIVE.matcher(snake).matches();
  }

  private boolean isMarked(Node property) {
    Node followed = documents.schema(property);
    return property.get("x-sensitive") != null
        || (followed != null && followed.get("x-sensitive") != null);
  }
}
