package io.stagepost.schema.compatibility;

import io.stagepost.schema.Schema;
import io.stagepost.schema.SchemaNotFoundException;
import io.stagepost.schema.SchemaRefusedException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The texts of schemas, bounded. */
final class Texts {
  static final int MAX_CHARACTERS = 1_000_000;
  static final int MAX_DEPTH = 200;
  static final int MAX_REFERENCES = 1_000;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  /** Where nothing was given to find references with. */
  static final Function<Schema.Reference, Schema> UNRESOLVED =
      reference -> {
        throw new SchemaNotFoundException(
            "SP-SCHEMA-404",
            "A schema refers to "
                + reference.name()
                + " (version "
                + reference.version()
                + " of "
                + reference.subject()
                + "), and nothing was given to find it with; give check(...) a way to resolve"
                + " references, or compare schemas without.");
      };

  private Texts() {}

  static JsonNode json(Schema schema) {
    checkSize(schema);
    try {
      JsonNode node = MAPPER.readTree(schema.text());
      if (node == null || node.isMissingNode()) {
        throw invalid(schema, "it is empty", null);
      }
      return node;
    } catch (JacksonException unreadable) {
      throw invalid(schema, unreadable.getOriginalMessage(), unreadable);
    }
  }

  static void checkSize(Schema schema) {
    if (schema.text().length() > MAX_CHARACTERS) {
      throw tooLarge(
          schema,
          "it has "
              + schema.text().length()
              + " characters, and at most "
              + MAX_CHARACTERS
              + " are compared",
          null);
    }
  }

  /**
   * What a schema refers to, directly or not, by the name it is called there; what others refer to
   * comes first.
   */
  static Map<String, Schema> referenced(
      Schema schema, Function<Schema.Reference, Schema> references) {
    Map<String, Schema> found = new LinkedHashMap<>();
    collect(schema, schema, references, found, new LinkedHashMap<>(), 0);
    return found;
  }

  private static void collect(
      Schema root,
      Schema schema,
      Function<Schema.Reference, Schema> references,
      Map<String, Schema> found,
      Map<Schema.Reference, Boolean> seen,
      int depth) {
    if (depth > MAX_DEPTH) {
      throw tooLarge(root, "its references are nested deeper than " + MAX_DEPTH, null);
    }
    for (Schema.Reference reference : schema.references()) {
      if (seen.putIfAbsent(reference, true) != null) {
        continue;
      }
      if (seen.size() > MAX_REFERENCES) {
        throw tooLarge(root, "it refers to more than " + MAX_REFERENCES + " schemas", null);
      }
      Schema target = references.apply(reference);
      collect(root, target, references, found, seen, depth + 1);
      found.put(reference.name(), target);
    }
  }

  static SchemaRefusedException invalid(Schema schema, String why, @Nullable Throwable cause) {
    return new SchemaRefusedException(
        "SP-SCHEMA-401",
        "This is no schema of "
            + schema.format()
            + ": "
            + why
            + ". It begins with: "
            + start(schema)
            + ". Mend it; a schema that no library reads cannot be compared.",
        cause);
  }

  static SchemaRefusedException tooLarge(Schema schema, String why, @Nullable Throwable cause) {
    return new SchemaRefusedException(
        "SP-SCHEMA-402",
        "This schema of "
            + schema.format()
            + " is too large to be compared: "
            + why
            + ". It begins with: "
            + start(schema)
            + ". Split it.",
        cause);
  }

  private static String start(Schema schema) {
    String text = schema.text().strip();
    return text.length() <= 80 ? text : text.substring(0, 80) + "…";
  }
}
