package io.stagepost.asyncapi.importing;

import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.Schema;
import io.stagepost.schema.SchemaRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The document while it is written, with its comments. Not thread-safe; for one contract. */
final class Draft {
  private static final String BINDING = "0.5.0";

  /** What a broker says of a topic that AsyncAPI's binding has a place for. */
  private static final Set<String> NUMBERS =
      Set.of("retention.ms", "retention.bytes", "delete.retention.ms", "max.message.bytes");

  private static final Map<String, String> AVRO_PRIMITIVES =
      Map.of(
          "string", "string",
          "int", "integer",
          "long", "integer",
          "float", "number",
          "double", "number",
          "boolean", "boolean");

  private final Heading heading;
  private final SchemaTrees schemas;
  private final Map<String, String> comments = new HashMap<>();
  private final ObjectNode root = SchemaTrees.object();
  private final ObjectNode channels = SchemaTrees.object();
  private final ObjectNode operations = SchemaTrees.object();
  private final ObjectNode records = SchemaTrees.object();
  private final Set<String> channelKeys = new HashSet<>();
  private final Set<String> recordKeys = new HashSet<>();
  private final List<String> imports = new ArrayList<>();
  private int messages;

  Draft(SchemaRegistry registry, Heading heading) {
    this.heading = heading;
    this.schemas = new SchemaTrees(registry);
  }

  int messages() {
    return messages;
  }

  /** Told of Protobuf, which refers to files that a contract does not have. */
  List<String> imports() {
    return imports;
  }

  /** One topic's. */
  final class Channel {
    private final String topic;
    private final String pointer;
    private final ObjectNode messages;
    private final Set<String> taken = new HashSet<>();

    private Channel(String topic, String pointer, ObjectNode messages) {
      this.topic = topic;
      this.pointer = pointer;
      this.messages = messages;
    }

    /** Adds what a topic carries; nothing if it cannot be written. */
    void message(Subject value, @Nullable Subject key) {
      String name = value.recordName();
      String own = name == null ? Words.type(topic) : Words.simple(name);
      String free = Words.unique(own, taken);
      String at = pointer + "/messages/" + free;
      messages.set(free, Draft.this.message(value, key, at));
      comments.remove(pointer + "/messages");
    }
  }

  Channel channel(Topic topic) {
    String key = Words.unique(Words.key(topic.name()), channelKeys);
    String pointer = "/channels/" + key;
    ObjectNode channel = channels.putObject(key);
    channel.put("address", topic.name());
    if (topic.partitions() != null) {
      channel.putObject("bindings").set("kafka", binding(topic));
    }
    ObjectNode carried = channel.putObject("messages");
    comments.put(pointer + "/messages", "Which messages? No schema was imported.");
    if (heading.action() != Heading.Action.NONE) {
      String action = heading.action().name().toLowerCase(Locale.ROOT);
      ObjectNode operation = operations.putObject(action + Words.type(key));
      operation.put("action", action);
      operation.putObject("channel").put("$ref", "#" + pointer);
    }
    return new Channel(topic.name(), pointer, carried);
  }

  private static ObjectNode binding(Topic topic) {
    ObjectNode kafka = SchemaTrees.object();
    kafka.put("partitions", topic.partitions());
    kafka.put("replicas", topic.replicas());
    ObjectNode settings = SchemaTrees.object();
    topic.settings().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(setting -> set(settings, setting.getKey(), setting.getValue()));
    if (!settings.isEmpty()) {
      kafka.set("topicConfiguration", settings);
    }
    return kafka.put("bindingVersion", BINDING);
  }

  private static void set(ObjectNode settings, String name, String value) {
    if (name.equals("cleanup.policy")) {
      ArrayNode policies = settings.putArray(name);
      for (String policy : value.split(",", -1)) {
        policies.add(policy.strip());
      }
    } else if (NUMBERS.contains(name) && value.matches("-?\\d{1,18}")) {
      settings.put(name, Long.parseLong(value));
    }
  }

  /** Adds a message of no channel; where it stands. */
  String message(Subject value) {
    String key = Words.unique(Words.simple(String.valueOf(value.recordName())), recordKeys);
    String pointer = "/components/messages/" + key;
    records.set(key, message(value, null, pointer));
    comments.put(pointer, "Which channels carry it? Refer to it from them.");
    return "#" + pointer;
  }

  private ObjectNode message(Subject value, @Nullable Subject key, String pointer) {
    RegisteredSchema registered = value.registered();
    ObjectNode message = SchemaTrees.object();
    if (value.recordName() != null) {
      message.put("name", value.recordName());
    }
    ObjectNode payload = schemas.multiFormat(registered, pointer + "/payload");
    boolean isAvro = registered.schema().format() == Schema.Format.AVRO;
    String said = payload.path("schema").path(isAvro ? "doc" : "description").stringValue(null);
    if (said != null) {
      message.put("description", said);
    }
    message.put("contentType", SchemaTrees.contentType(registered.schema().format()));
    message.put("x-event-type", Words.eventType(value.recordName(), value.topic()));
    ObjectNode origin = message.putObject("x-schema-registry");
    origin.set("value", origin(registered));
    ObjectNode kafka = message.putObject("bindings").putObject("kafka");
    if (key != null) {
      key(kafka, key.registered(), pointer + "/bindings/kafka");
      origin.set("key", origin(key.registered()));
    }
    kafka.put("schemaIdLocation", "payload");
    kafka.put("schemaIdPayloadEncoding", "confluent");
    kafka.put("schemaLookupStrategy", value.strategy().written());
    kafka.put("bindingVersion", BINDING);
    message.set("payload", payload);
    messages++;
    comments.put(pointer + "/x-event-type", "Which CloudEvents type? This one is a guess.");
    tellImports(registered);
    return message;
  }

  private void tellImports(RegisteredSchema registered) {
    List<String> names =
        registered.schema().references().stream().map(Schema.Reference::name).toList();
    if (registered.schema().format() == Schema.Format.PROTOBUF && !names.isEmpty()) {
      imports.add(
          registered.subject()
              + " imports "
              + String.join(", ", names)
              + ": a contract's Protobuf is one text, so these stand among the components'"
              + " schemas");
    }
  }

  /** AsyncAPI's binding takes a JSON Schema; another schema stands beside it. */
  private void key(ObjectNode kafka, RegisteredSchema registered, String pointer) {
    Schema.Format format = registered.schema().format();
    String type = null;
    if (format == Schema.Format.AVRO) {
      JsonNode avro = SchemaTrees.json(registered);
      type = AVRO_PRIMITIVES.get((avro.isString() ? avro : avro.path("type")).stringValue(""));
    }
    if (type != null) {
      kafka.putObject("key").put("type", type);
    } else if (format == Schema.Format.JSON) {
      kafka.set("key", schemas.tree(registered, pointer + "/key"));
    } else {
      kafka.set("x-key", schemas.multiFormat(registered, pointer + "/x-key"));
    }
  }

  /** Which version it was; its id too where others know the registry. */
  private ObjectNode origin(RegisteredSchema registered) {
    ObjectNode origin = SchemaTrees.object();
    origin.put("subject", registered.subject());
    origin.put("version", registered.version());
    if (heading.registry() != null) {
      origin.put("id", registered.id());
    }
    return origin;
  }

  /** All of it. */
  String text() {
    root.put("asyncapi", "3.0.0");
    comments.put(
        "/asyncapi",
        "Made by contract import of what is there: a first draft. Answer the questions in it, and"
            + "\nwhat contract lint finds; then remove the comments.");
    if (heading.id() != null) {
      root.put("id", heading.id());
    }
    info(root.putObject("info"));
    servers();
    root.set("channels", channels);
    if (!operations.isEmpty()) {
      root.set("operations", operations);
      comments.put(
          "/operations",
          "Who sends, and who receives? Topics do not tell: all are taken for "
              + (heading.action() == Heading.Action.SEND ? "sent." : "received."));
    }
    ObjectNode components = SchemaTrees.object();
    if (!records.isEmpty()) {
      components.set("messages", records);
    }
    if (!schemas.components().isEmpty()) {
      components.set("schemas", schemas.components());
    }
    if (!components.isEmpty()) {
      root.set("components", components);
    }
    return YamlText.of(root, comments);
  }

  private void info(ObjectNode info) {
    info.put("title", heading.title() == null ? "Imported" : heading.title());
    info.put("version", heading.version());
    if (heading.title() == null) {
      comments.put("/info/title", "What is the application called?");
    }
    if (heading.owner() == null) {
      comments.put("/info/version", "Whose is it? Add x-owner.");
    } else {
      info.put("x-owner", heading.owner());
    }
  }

  private void servers() {
    if (heading.server() == null) {
      comments.put("/channels", "Where is the broker? Add servers.");
      return;
    }
    ObjectNode server = root.putObject("servers").putObject("broker");
    server.put("host", heading.server().getRawAuthority());
    server.put("protocol", heading.server().getScheme());
    if (heading.registry() != null) {
      ObjectNode kafka = server.putObject("bindings").putObject("kafka");
      kafka.put("schemaRegistryUrl", heading.registry());
      kafka.put(
          "schemaRegistryVendor",
          heading.registry().contains("/apis/ccompat/") ? "apicurio" : "confluent");
      kafka.put("bindingVersion", BINDING);
    }
  }
}
