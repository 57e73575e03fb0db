package io.stagepost.asyncapi;

import com.networknt.schema.SchemaException;
import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.Pointer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * What a payload, or the headers, look like: a schema in one of several languages. Immutable.
 *
 * <p>The schema is not looked into; {@link #schema()} is what was written, and {@link #text()} is
 * what a library of its format can read.
 */
public final class Payload {
  /** The language of a schema. */
  public enum Format {
    /** AsyncAPI's own: JSON Schema draft-07, a little extended. */
    ASYNCAPI,
    /** JSON Schema draft-07. */
    JSON_SCHEMA_07,
    /** JSON Schema 2020-12. */
    JSON_SCHEMA_2020_12,
    /** Avro. */
    AVRO,
    /** Protocol Buffers. */
    PROTOBUF,
    /** OpenAPI 3.0's schema object. */
    OPENAPI,
    /** Any other. */
    OTHER;

    /**
     * The format that a {@code schemaFormat} names.
     *
     * @param schemaFormat a media type
     * @return {@link #OTHER} if it is none of these
     */
    public static Format of(String schemaFormat) {
      String name = schemaFormat.toLowerCase(Locale.ROOT).replace(" ", "");
      if (name.startsWith("application/vnd.aai.asyncapi")) {
        return ASYNCAPI;
      }
      if (name.startsWith("application/schema+")) {
        return name.contains("2020-12")
            ? JSON_SCHEMA_2020_12
            : name.contains("draft-07") || !name.contains("version=") ? JSON_SCHEMA_07 : OTHER;
      }
      if (name.startsWith("application/vnd.apache.avro")) {
        return AVRO;
      }
      if (name.startsWith("application/vnd.google.protobuf")
          || name.startsWith("application/x-protobuf")) {
        return PROTOBUF;
      }
      return name.startsWith("application/vnd.oai.openapi") ? OPENAPI : OTHER;
    }

    /**
     * Whether it is JSON Schema, or nearly so: what a JSON Schema validator understands.
     *
     * @return whether it is
     */
    public boolean isJsonSchema() {
      return this == ASYNCAPI || this == JSON_SCHEMA_07 || this == JSON_SCHEMA_2020_12;
    }

    /**
     * Whether a keyword of JSON Schema is one of another draft, which validators of this one pass
     * over.
     *
     * @param keyword such as {@code unevaluatedProperties}, which draft-07 does not have
     * @return whether it means nothing here
     */
    public boolean passesOver(String keyword) {
      return switch (this) {
        case ASYNCAPI, JSON_SCHEMA_07 -> SINCE_07.contains(keyword);
        case JSON_SCHEMA_2020_12 -> UNTIL_07.contains(keyword);
        default -> false;
      };
    }

    private static final Set<String> SINCE_07 =
        Set.of(
            "unevaluatedProperties",
            "unevaluatedItems",
            "prefixItems",
            "dependentRequired",
            "dependentSchemas",
            "minContains",
            "maxContains");

    private static final Set<String> UNTIL_07 = Set.of("dependencies", "additionalItems");
  }

  private final String schemaFormat;
  private final Node schema;
  private final Documents documents;

  Payload(String schemaFormat, Node schema, Documents documents) {
    this.schemaFormat = schemaFormat;
    this.schema = schema;
    this.documents = documents;
  }

  Documents documents() {
    return documents;
  }

  /**
   * The format, as it was written.
   *
   * @return a media type; that of AsyncAPI's own schema if none was given
   */
  public String schemaFormat() {
    return schemaFormat;
  }

  /**
   * The format.
   *
   * @return what the media type stands for
   */
  public Format format() {
    return Format.of(schemaFormat);
  }

  /**
   * The schema, a reference to it followed; references inside are as they were written.
   *
   * @return a string for formats that are not written in JSON
   */
  public Node schema() {
    return schema;
  }

  /**
   * What a node of this contract refers to: one of the schema's, or any other.
   *
   * @param node perhaps a reference
   * @return where its references end, the node itself if it is none; null if they lead nowhere
   */
  public @Nullable Node follow(Node node) {
    return documents.follow(node);
  }

  /**
   * The schema that a node of this contract is, holds or refers to: taken out of multi-format
   * schema objects ({@code {schemaFormat, schema}}).
   *
   * @param node part of a schema, or perhaps a reference
   * @return no reference, and no such object; null if references lead nowhere
   */
  public @Nullable Node schema(Node node) {
    return documents.schema(node);
  }

  /**
   * The schema as one self-contained text: for formats that are not JSON what was written, for JSON
   * Schema a document whose references all lead inside, for Avro and others a document with every
   * reference replaced by what it refers to. Numbers stay exact.
   *
   * @return JSON, or the text of another language
   * @throws ContractException {@code SP-CONTRACT-003} if references in an Avro schema lead in a
   *     circle or nowhere
   */
  public String text() {
    String written = schema.text();
    if (written != null) {
      return written;
    }
    return format().isJsonSchema() || format() == Format.OPENAPI
        ? new SchemaBundle(documents).bundle(schema).toString()
        : new SchemaBundle(documents).inlined(schema).toString();
  }

  /**
   * What was written at a pointer into {@link #text()}.
   *
   * @param pointer a JSON pointer
   * @return the node, or the nearest one above it that was written; the schema itself where the
   *     format is not written in JSON
   */
  public Node locate(String pointer) {
    List<String> tokens;
    try {
      tokens = Pointer.parse(pointer);
    } catch (IllegalArgumentException e) {
      return schema;
    }
    Node at = schema;
    int from = 0;
    if (tokens.size() > 1 && tokens.get(0).equals(SchemaBundle.DEFINITIONS)) {
      Node part =
          format().isJsonSchema() || format() == Format.OPENAPI
              ? new SchemaBundle(documents).part(schema, tokens.get(1))
              : null;
      if (part != null) {
        at = part;
        from = 2;
      }
    }
    for (String token : tokens.subList(from, tokens.size())) {
      Node followed = documents.follow(at);
      Node next = followed == null ? null : followed.child(token);
      if (next == null) {
        break;
      }
      at = next;
    }
    return at;
  }

  /**
   * What is wrong with a value, by the schema. Only JSON Schema is checked.
   *
   * @param value a payload, or headers
   * @param ruleId the rule of the findings
   * @return at the places in the value; one that is only not of its {@code format} is a warning, as
   *     is a schema that cannot be used
   */
  public List<Finding> check(Node value, String ruleId) {
    if (!format().isJsonSchema()) {
      return List.of();
    }
    List<Finding> findings = new ArrayList<>();
    List<Schemas.Violation> violations;
    try {
      violations =
          Schemas.violations(
              Schemas.compile(new SchemaBundle(documents).bundle(schema), format()),
              Json.of(value));
    } catch (SchemaException | PatternSyntaxException e) {
      violations =
          List.of(
              new Schemas.Violation(
                  List.of(), "invalid-schema", null, String.valueOf(e.getMessage())));
    }
    for (Schemas.Violation violation : violations) {
      Node at = value.at(violation.instance());
      boolean minor = Set.of("format", "invalid-schema").contains(violation.keyword());
      findings.add(
          Finding.at(
              at == null ? value : at,
              ruleId,
              minor ? Severity.WARNING : Severity.ERROR,
              (at == null || at.pointer().depth() == 0 ? "the value" : at.pointer().toString())
                  + ": "
                  + violation.message(),
              minor ? "Mend the form, or the schema." : "Mend the value, or the schema."));
    }
    return findings;
  }

  /**
   * A schema that refers to nothing outside its document.
   *
   * @param schemaFormat a media type
   * @param document the whole document
   * @return the payload that it describes
   */
  public static Payload of(String schemaFormat, Node document) {
    return new Payload(schemaFormat, document, Documents.holding(document));
  }

  /**
   * Format and place.
   *
   * @return for people who debug
   */
  @Override
  public String toString() {
    return schemaFormat + " at " + schema.place();
  }
}
