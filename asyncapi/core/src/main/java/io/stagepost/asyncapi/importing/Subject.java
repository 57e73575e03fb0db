package io.stagepost.asyncapi.importing;

import io.stagepost.MessagingException;
import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.Schema;
import io.stagepost.schema.internal.proto.ProtoSource;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A subject of a registry, by its newest version: whose schema it is.
 *
 * @param registered the newest version
 * @param recordName what the schema calls itself; null if it has no name
 * @param strategy by which serializers find the subject
 * @param topic whose messages have the schema; null if the subject does not tell
 * @param isKey whether it is the schema of their keys
 */
record Subject(
    RegisteredSchema registered,
    @Nullable String recordName,
    Strategy strategy,
    @Nullable String topic,
    boolean isKey) {
  /** How a subject is named; the names are those of Confluent's and Apicurio's serializers. */
  enum Strategy {
    TOPIC("TopicNameStrategy"),
    RECORD("RecordNameStrategy"),
    TOPIC_RECORD("TopicRecordNameStrategy"),
    SIMPLE_TOPIC("SimpleTopicIdStrategy"),
    UNKNOWN("");

    private final String written;

    Strategy(String written) {
      this.written = written;
    }

    String written() {
      return written;
    }
  }

  private static final String VALUE = "-value";
  private static final String KEY = "-key";

  /**
   * What a subject is.
   *
   * @param topics known names of topics
   * @throws MessagingException {@code SP-CONTRACT-021} if the schema is none
   */
  static Subject of(RegisteredSchema registered, Set<String> topics) {
    String name = registered.subject();
    List<String> records = names(registered);
    String first = records.isEmpty() ? null : records.get(0);
    if (topics.contains(name)) {
      return new Subject(registered, first, Strategy.SIMPLE_TOPIC, name, false);
    }
    for (String record : records) {
      if (name.equals(record)) {
        return new Subject(registered, record, Strategy.RECORD, null, false);
      }
      if (name.endsWith("-" + record)) {
        return new Subject(
            registered, record, Strategy.TOPIC_RECORD, before(name, "-" + record), false);
      }
    }
    for (String end : List.of(VALUE, KEY)) {
      if (name.endsWith(end)) {
        return new Subject(registered, first, Strategy.TOPIC, before(name, end), end.equals(KEY));
      }
    }
    return new Subject(registered, first, Strategy.UNKNOWN, null, false);
  }

  private static String before(String name, String end) {
    return name.substring(0, name.length() - end.length());
  }

  /** What a schema may be called by: of Protobuf all outermost messages, else one name or none. */
  private static List<String> names(RegisteredSchema registered) {
    Schema schema = registered.schema();
    if (schema.format() == Schema.Format.PROTOBUF) {
      try {
        var file = ProtoSource.parse(schema.text());
        String prefix = file.getPackage().isEmpty() ? "" : file.getPackage() + ".";
        return file.getMessageTypeList().stream().map(each -> prefix + each.getName()).toList();
      } catch (RuntimeException unreadable) {
        throw SchemaTrees.unreadable(registered, unreadable);
      }
    }
    JsonNode root = SchemaTrees.json(registered);
    String name =
        root.path(schema.format() == Schema.Format.JSON ? "title" : "name").stringValue(null);
    if (name == null || name.isBlank()) {
      return List.of();
    }
    String namespace =
        schema.format() == Schema.Format.AVRO ? root.path("namespace").stringValue("") : "";
    return List.of(name.contains(".") || namespace.isEmpty() ? name : namespace + "." + name);
  }
}
