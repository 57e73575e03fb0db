package io.stagepost.schema.registry;

import io.stagepost.MessagingException;
import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.Schema.Reference;
import io.stagepost.schema.SchemaNotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The bodies of Confluent's REST API. */
final class RestAnswers {
  private static final JsonMapper JSON = JsonMapper.shared();

  private RestAnswers() {}

  /** What asks for a schema's version, or for a new one. */
  static byte[] request(Schema schema) {
    ObjectNode request = JSON.createObjectNode();
    request.put("schema", schema.text());
    if (schema.format() != Format.AVRO) {
      request.put("schemaType", schema.format().name());
    }
    if (!schema.references().isEmpty()) {
      ArrayNode references = request.putArray("references");
      for (Reference reference : schema.references()) {
        references
            .addObject()
            .put("name", reference.name())
            .put("subject", reference.subject())
            .put("version", reference.version());
      }
    }
    return JSON.writeValueAsBytes(request);
  }

  /** The registry's error code; 0 if it gives none. */
  static int code(RestClient.Answer answer) {
    try {
      return JSON.readTree(answer.body()).path("error_code").asInt(0);
    } catch (JacksonException noJson) {
      return 0;
    }
  }

  static Schema schema(RestClient.Answer answer) {
    return schema(answer, object(answer), Format.AVRO);
  }

  /**
   * A version of a subject.
   *
   * @param unnamed the format where the answer names none: Apicurio does not repeat the one that a
   *     schema was looked up with
   */
  static RegisteredSchema registered(RestClient.Answer answer, String subject, Format unnamed) {
    JsonNode body = object(answer);
    Schema schema = schema(answer, body, unnamed);
    JsonNode id = body.path("id");
    JsonNode version = body.path("version");
    if (!id.isInt() || !version.isInt() || version.intValue() < 1) {
      throw garbage(answer, "it gives a schema without id or version");
    }
    return new RegisteredSchema(
        id.intValue(), guid(answer, body), subject, version.intValue(), schema);
  }

  static List<Integer> numbers(RestClient.Answer answer) {
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode number : array(answer)) {
      if (!number.isInt()) {
        throw garbage(answer, "its list of versions holds what is no number");
      }
      numbers.add(number.intValue());
    }
    return numbers.stream().sorted().toList();
  }

  static List<String> texts(RestClient.Answer answer) {
    List<String> texts = new ArrayList<>();
    for (JsonNode text : array(answer)) {
      if (!text.isString()) {
        throw garbage(answer, "its list of subjects holds what is no text");
      }
      texts.add(text.stringValue());
    }
    return texts.stream().sorted().toList();
  }

  static JsonNode array(RestClient.Answer answer) {
    JsonNode body = parse(answer);
    if (!body.isArray()) {
      throw garbage(answer, "it gives no list where one was asked for");
    }
    return body;
  }

  private static Schema schema(RestClient.Answer answer, JsonNode body, Format unnamed) {
    JsonNode text = body.path("schema");
    if (!text.isString()) {
      throw garbage(answer, "it gives no text of a schema");
    }
    List<Reference> references = new ArrayList<>();
    for (JsonNode reference : body.path("references")) {
      JsonNode name = reference.path("name");
      JsonNode subject = reference.path("subject");
      JsonNode version = reference.path("version");
      if (!name.isString() || !subject.isString() || !version.isInt()) {
        throw garbage(answer, "it gives a reference without name, subject or version");
      }
      references.add(new Reference(name.stringValue(), subject.stringValue(), version.intValue()));
    }
    return new Schema(format(answer, body, unnamed), text.stringValue(), references);
  }

  private static Format format(RestClient.Answer answer, JsonNode body, Format unnamed) {
    JsonNode type = body.path("schemaType");
    if (type.isMissingNode() || type.isNull()) {
      return unnamed;
    }
    for (Format format : Format.values()) {
      if (type.isString() && format.name().equals(type.stringValue().toUpperCase(Locale.ROOT))) {
        return format;
      }
    }
    throw new SchemaNotFoundException(
        "SP-SCHEMA-315",
        "The schema registry at "
            + answer.url()
            + " gives a schema of the type "
            + type.asString("that is no text")
            + ", and only AVRO, JSON and PROTOBUF are read. Ask for another, or read it elsewhere.");
  }

  private static @Nullable UUID guid(RestClient.Answer answer, JsonNode body) {
    JsonNode guid = body.path("guid");
    if (!guid.isString()) {
      return null;
    }
    try {
      return UUID.fromString(guid.stringValue());
    } catch (IllegalArgumentException malformed) {
      throw garbage(answer, "the schema's GUID is none");
    }
  }

  private static JsonNode object(RestClient.Answer answer) {
    JsonNode body = parse(answer);
    if (!body.isObject()) {
      throw garbage(answer, "it gives no JSON object");
    }
    return body;
  }

  private static JsonNode parse(RestClient.Answer answer) {
    try {
      return JSON.readTree(answer.body());
    } catch (JacksonException noJson) {
      throw garbage(answer, "what it gives is no JSON");
    }
  }

  private static MessagingException garbage(RestClient.Answer answer, String why) {
    return answer.client().garbage(answer.url(), why, null);
  }
}
