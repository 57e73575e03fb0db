package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.ArrayTypeName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.TypeName;
import io.stagepost.asyncapi.ContractException;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.tree.Node;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What messages carry: the class, and the codec. */
final class Payloads {
  private static final String JSON = "application/json";

  /** What a constant of a class file holds. */
  private static final int LITERAL = 20_000;

  private final Classes classes;
  private final Problems problems;

  /** Classes that something carries, in the order in which they were met. */
  private final Set<Shape.Declared> roots = new LinkedHashSet<>();

  private final Map<String, Shape.Fields> wrappers = new HashMap<>();

  Payloads(Classes classes, Problems problems) {
    this.classes = classes;
    this.problems = problems;
  }

  /**
   * What a message carries.
   *
   * @param shape null if it is not looked into
   * @param schema what the codec is given beside, as a constant; null if nothing
   */
  record Carried(TypeName type, CodeBlock codec, @Nullable Shape shape, @Nullable String schema) {
    Carried(TypeName type, CodeBlock codec, @Nullable Shape shape) {
      this(type, codec, shape, null);
    }
  }

  Set<Shape.Declared> roots() {
    return roots;
  }

  /** Null if it cannot be generated; the findings tell. */
  @Nullable Carried of(Message message, String name, String prefix) {
    Payload payload = message.payload();
    String contentType = message.contentType();
    if (payload == null) {
      return contentType == null || !isJson(contentType) ? bytes(contentType) : tree();
    }
    switch (payload.format()) {
      case AVRO -> {
        return avro(payload, prefix);
      }
      case PROTOBUF ->
          problems.refuse(
              payload.schema(),
              "generate-format",
              "no classes are generated from Protobuf: protoc's are the ones that its schemas mean",
              "Generate them with protoc, and write the event type by hand, with Protobuf.codec().");
      case OTHER ->
          problems.refuse(
              payload.schema(),
              "generate-format",
              "no classes are generated from schemas of the format " + payload.schemaFormat(),
              "Describe it in JSON Schema or Avro.");
      default -> {
        return json(message, payload, name, prefix);
      }
    }
    return null;
  }

  private @Nullable Carried json(Message message, Payload payload, String name, String prefix) {
    String contentType = message.contentType() == null ? JSON : message.contentType();
    Node schema = payload.schema();
    if (!isJson(contentType)) {
      problems.warn(
          message.node(),
          "generate-bytes",
          "its payload is handed over as bytes, since its content type "
              + contentType
              + " is not JSON",
          "Read them by that type's own means.");
      return bytes(contentType);
    }
    if (isEnvelope(schema)) {
      problems.refuse(
          schema,
          "generate-envelope",
          "it describes a whole CloudEvent, where a payload is what an event carries",
          "Describe the data alone; the attributes are there by themselves.");
      return null;
    }
    SchemaReader reader = new SchemaReader(classes, problems, payload, prefix);
    SchemaReader.Result result = reader.payload(schema, name);
    if (result.shape() instanceof Shape.Tree) {
      return tree();
    }
    Shape.Declared declared =
        !result.nullable()
                && (result.shape() instanceof Shape.Fields || result.shape() instanceof Shape.Union)
            ? (Shape.Declared) result.shape()
            : wrapper(schema, result, name, prefix);
    roots.add(declared);
    CodeBlock form = CodeBlock.of("$T.FORM", FormSource.name(declared.name));
    return new Carried(
        declared.name,
        contentType.equals(JSON)
            ? CodeBlock.of("$T.codec($L)", Types.schema("Json"), form)
            : CodeBlock.of("$T.codec($L, $S)", Types.schema("Json"), form, contentType),
        declared);
  }

  /** A whole CloudEvent must say what it is; its data may be missing. */
  private static boolean isEnvelope(Node schema) {
    Node required = schema.get("required");
    return required != null
        && required.items().stream().anyMatch(item -> "specversion".equals(item.text()));
  }

  /** What is no object gets a record around it, since an event's payload has a class. */
  private Shape.Fields wrapper(
      Node schema, SchemaReader.Result result, String name, String prefix) {
    return wrappers.computeIfAbsent(
        Classes.place(schema),
        place -> {
          Shape.Fields fields =
              new Shape.Fields(
                  classes.name(name, prefix), schema, schema.text("description"), false);
          fields.wrapper = true;
          fields.components.add(
              new Shape.Component(
                  "",
                  result.shape() instanceof Shape.Many ? "items" : "value",
                  result.shape(),
                  true,
                  result.nullable(),
                  false,
                  false,
                  null,
                  null));
          return fields;
        });
  }

  private @Nullable Carried avro(Payload payload, String prefix) {
    String text;
    try {
      text = payload.text();
    } catch (ContractException e) {
      problems.refuse(
          payload.schema(), "generate-avro", String.valueOf(e.getMessage()), "Mend the schema.");
      return null;
    }
    if (text.length() > LITERAL) {
      problems.refuse(
          payload.schema(),
          "generate-avro",
          "its schema has more than " + LITERAL + " characters",
          "Split it, or write the event type by hand.");
      return null;
    }
    Shape.Declared declared = new AvroReader(classes, problems, payload, prefix).read(text);
    if (declared == null) {
      return null;
    }
    roots.add(declared);
    return new Carried(
        declared.name, CodeBlock.of("$T.codec()", Types.schema("Avro")), declared, text);
  }

  private static Carried tree() {
    return new Carried(
        Types.JSON_NODE, CodeBlock.of("$T.codec()", Types.schema("Json")), new Shape.Tree());
  }

  private static Carried bytes(@Nullable String contentType) {
    return new Carried(
        ArrayTypeName.of(TypeName.BYTE),
        contentType == null || contentType.equals("application/octet-stream")
            ? CodeBlock.of("$T.codec()", Types.schema("Bytes"))
            : CodeBlock.of("$T.codec($S)", Types.schema("Bytes"), contentType),
        null);
  }

  private static boolean isJson(String contentType) {
    String mediaType = contentType.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
    return mediaType.equals(JSON) || mediaType.endsWith("+json") || mediaType.equals("text/json");
  }
}
