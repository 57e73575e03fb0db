package io.stagepost.asyncapi.tree;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads JSON. Not by the YAML parser, although JSON is nearly YAML: that one refuses tabs as
 * indentation and keys of more than 1,024 characters.
 */
final class JsonTree {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(TreeReader.DEPTH + 2)
                  .maxNumberLength(TreeReader.BYTES)
                  .maxStringLength(TreeReader.BYTES)
                  .build())
          .build();

  private final Growth growth;

  JsonTree(Growth growth) {
    this.growth = growth;
  }

  Node read(String text) throws MalformedException {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      try {
        if (parser.nextToken() == null) {
          return Node.nothing(growth.place(1, 1), Pointer.ROOT);
        }
        Node root = value(parser, Pointer.ROOT);
        if (parser.nextToken() != null) {
          throw Growth.malformed(
              "syntax",
              place(parser.currentTokenLocation()),
              Pointer.ROOT,
              "something follows the end of the document",
              "A file holds one JSON value: remove the rest.");
        }
        return root;
      } catch (StreamConstraintsException e) {
        throw Growth.malformed(
            "limit",
            place(parser.currentLocation()),
            Pointer.ROOT,
            firstSentence(e),
            "Write it smaller.");
      } catch (JacksonException e) {
        throw Growth.malformed(
            "syntax",
            place(e.getLocation() == null ? parser.currentLocation() : e.getLocation()),
            Pointer.ROOT,
            "not JSON: " + firstSentence(e),
            "Mend the syntax; a YAML file is named .yaml.");
      }
    }
  }

  private static String firstSentence(JacksonException e) {
    String message = e.getOriginalMessage();
    return message.length() > 300 ? message.substring(0, 300) + "…" : message;
  }

  private Place place(TokenStreamLocation at) {
    return growth.place(Math.max(1, at.getLineNr()), Math.max(1, at.getColumnNr()));
  }

  private Node value(JsonParser parser, Pointer pointer) throws MalformedException {
    Place place = place(parser.currentTokenLocation());
    growth.grow(place, pointer);
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> object(parser, place, pointer);
      case START_ARRAY -> {
        List<Node> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          items.add(value(parser, pointer.child(String.valueOf(items.size()))));
        }
        yield Node.array(place, pointer, items);
      }
      case VALUE_STRING -> Node.string(place, pointer, parser.getString());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
          growth.number(parser.getString(), place, pointer);
      case VALUE_TRUE -> Node.bool(place, pointer, true);
      case VALUE_FALSE -> Node.bool(place, pointer, false);
      case VALUE_NULL -> Node.nothing(place, pointer);
      default -> throw new IllegalStateException("a value cannot begin with " + token);
    };
  }

  private Node object(JsonParser parser, Place place, Pointer pointer) throws MalformedException {
    Map<String, Node> members = new LinkedHashMap<>();
    Map<String, Place> keys = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      Place at = place(parser.currentTokenLocation());
      parser.nextToken();
      Node value = value(parser, pointer.child(key));
      growth.put(members, keys, key, at, value);
    }
    return Node.object(place, pointer, members, keys);
  }
}
