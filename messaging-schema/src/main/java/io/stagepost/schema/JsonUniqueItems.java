package io.stagepost.schema;

import com.networknt.schema.ExecutionContext;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaContext;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.keyword.AbstractKeyword;
import com.networknt.schema.keyword.BaseKeywordValidator;
import com.networknt.schema.keyword.Keyword;
import com.networknt.schema.keyword.KeywordValidator;
import com.networknt.schema.path.NodePath;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * The keyword {@code uniqueItems}, whose time does not grow with the square of an array whose items
 * have one hash: each is compared as a text, which a hash table can put in order. Thread-safe.
 */
final class JsonUniqueItems extends AbstractKeyword {
  JsonUniqueItems() {
    super("uniqueItems");
  }

  @Override
  public KeywordValidator newValidator(
      SchemaLocation location, JsonNode schema, Schema parent, SchemaContext context) {
    return new Validator(this, location, schema, parent, context);
  }

  /** Whether no two are equal, as JSON Schema has it: numbers by what they amount to. */
  static boolean areUnique(JsonNode array) {
    Set<String> seen = new HashSet<>();
    for (JsonNode item : array) {
      StringBuilder text = new StringBuilder();
      write(item, text);
      if (!seen.add(text.toString())) {
        return false;
      }
    }
    return true;
  }

  /** The same for what is equal, and only for that. */
  private static void write(JsonNode node, StringBuilder to) {
    if (node.isNumber()) {
      to.append('#').append(node.decimalValue().stripTrailingZeros()).append(',');
    } else if (node.isString()) {
      write(node.stringValue(), to);
    } else if (node.isArray()) {
      to.append('[').append(node.size()).append(':');
      node.forEach(item -> write(item, to));
    } else if (node.isObject()) {
      to.append('{').append(node.size()).append(':');
      Map<String, JsonNode> properties = new TreeMap<>();
      node.properties().forEach(property -> properties.put(property.getKey(), property.getValue()));
      properties.forEach(
          (name, value) -> {
            write(name, to);
            write(value, to);
          });
    } else {
      to.append(node).append(','); // true, false or null
    }
  }

  private static void write(String text, StringBuilder to) {
    to.append('"').append(text.length()).append(':').append(text);
  }

  private static final class Validator extends BaseKeywordValidator {
    private final boolean isWanted;

    Validator(
        Keyword keyword,
        SchemaLocation location,
        JsonNode schema,
        Schema parent,
        SchemaContext context) {
      super(keyword, schema, location, parent, context);
      this.isWanted = schema.isBoolean() && schema.booleanValue();
    }

    @Override
    public void validate(
        ExecutionContext execution, JsonNode node, JsonNode root, NodePath location) {
      if (isWanted && node.isArray() && !areUnique(node)) {
        execution.addError(
            error()
                .instanceNode(node)
                .instanceLocation(location)
                .evaluationPath(execution.getEvaluationPath())
                .locale(execution.getExecutionConfig().getLocale())
                .build());
      }
    }
  }
}
