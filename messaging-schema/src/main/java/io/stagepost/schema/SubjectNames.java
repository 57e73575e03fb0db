package io.stagepost.schema;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.EventType;
import io.stagepost.MessagingException;
import io.stagepost.schema.Schemas.SubjectName;
import java.net.URLDecoder;
import java.net.URLEncoder;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Under which subject of a registry the schema of an event type is; as Confluent names them. */
final class SubjectNames {
  private static final JsonMapper JSON = JsonMapper.shared();

  private SubjectNames() {}

  static String of(
      SubjectName how,
      EventType<?> type,
      Schema.Format format,
      @Nullable Schema own,
      Wire.@Nullable Part part) {
    return switch (how) {
      case TOPIC -> type.channel() + "-value";
      case RECORD -> name(type, format, own, part);
      case TOPIC_RECORD -> type.channel() + "-" + name(type, format, own, part);
    };
  }

  private static String name(
      EventType<?> type, Schema.Format format, @Nullable Schema own, Wire.@Nullable Part part) {
    if (part != null) {
      return part.name();
    }
    String name = own == null ? null : name(format, own.text());
    if (name == null) {
      throw new MessagingException(
          "SP-SCHEMA-214",
          "The subject of "
              + type
              + " is to be named after its schema, which has no "
              + (format == Schema.Format.JSON ? "title" : "name")
              + "; give it one, or use Schemas.subjects(TOPIC).");
    }
    return name;
  }

  private static @Nullable String name(Schema.Format format, String text) {
    try {
      JsonNode schema = JSON.readTree(text);
      if (format == Schema.Format.JSON) {
        return schema.path("title").stringValue(null);
      }
      String name = schema.path("name").stringValue(null);
      String namespace = schema.path("namespace").stringValue("");
      return name == null || name.contains(".") || namespace.isEmpty()
          ? name
          : namespace + "." + name;
    } catch (JacksonException noJson) {
      return null;
    }
  }

  static String escape(String subject) {
    return URLEncoder.encode(subject, UTF_8).replace("+", "%20");
  }

  static String unescape(String escaped) {
    return URLDecoder.decode(escaped, UTF_8);
  }
}
