package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.Node;
import java.util.Locale;
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
   * Format and place.
   *
   * @return for people who debug
   */
  @Override
  public String toString() {
    return schemaFormat + " at " + schema.place();
  }
}
