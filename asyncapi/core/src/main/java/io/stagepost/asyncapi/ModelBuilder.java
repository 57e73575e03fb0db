package io.stagepost.asyncapi;

import io.stagepost.asyncapi.Operation.Action;
import io.stagepost.asyncapi.Operation.Reply;
import io.stagepost.asyncapi.tree.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Makes the typed view of a document. What is broken is left out of the view: structure and
 * references are checked elsewhere. Remembers what lay in other files, and as what it is used, so
 * that it can be checked too. Not thread-safe; for one document.
 */
final class ModelBuilder {
  /**
   * What a node is used as: a definition of the official schema, or {@code 2020-12} for JSON Schema
   * of that draft.
   */
  record Used(Node node, String as) {}

  /** The most members of one map: channels, operations, messages, servers and their like. */
  static final int MEMBERS = 5_000;

  /** What the official schema calls the components that have no typed view, by their kind. */
  private static final List<Map.Entry<String, String>> COMPONENTS =
      List.of(
          Map.entry("servers", "server"),
          Map.entry("operations", "operation"),
          Map.entry("parameters", "parameter"),
          Map.entry("replies", "operationReply"),
          Map.entry("replyAddresses", "operationReplyAddress"),
          Map.entry("correlationIds", "correlationId"),
          Map.entry("securitySchemes", "SecurityScheme"),
          Map.entry("serverVariables", "serverVariable"),
          Map.entry("externalDocs", "externalDocs"),
          Map.entry("tags", "tag"),
          Map.entry("messageTraits", "messageTrait"),
          Map.entry("operationTraits", "operationTrait"),
          Map.entry("serverBindings", "serverBindingsObject"),
          Map.entry("channelBindings", "channelBindingsObject"),
          Map.entry("messageBindings", "messageBindingsObject"),
          Map.entry("operationBindings", "operationBindingsObject"));

  private final Documents documents;
  private final Node root;
  private final List<Finding> wrong = new ArrayList<>();
  private final Traits traits;
  private final IdentityHashMap<Node, Channel> channels = new IdentityHashMap<>();
  private final IdentityHashMap<Node, Message> messages = new IdentityHashMap<>();
  private final List<Used> elsewhere = new ArrayList<>();
  private final IdentityHashMap<Node, Boolean> seenElsewhere = new IdentityHashMap<>();
  private final IdentityHashMap<Channel, List<Message>> allMessages = new IdentityHashMap<>();
  private final IdentityHashMap<Node, Server> byNode = new IdentityHashMap<>();
  private List<Server> allServers = List.of();
  private final SchemaBundle reach;
  private final IdentityHashMap<Node, Boolean> bundled = new IdentityHashMap<>();
  private final @Nullable String defaultContentType;
  private final String specification;

  ModelBuilder(Documents documents, Node root, String specification) {
    this.documents = documents;
    this.root = root;
    this.specification = specification;
    this.traits = new Traits(documents);
    this.reach = new SchemaBundle(documents);
    this.defaultContentType = root.text("defaultContentType");
  }

  /** What the document uses of other files, and schemas that the official one does not know. */
  List<Used> elsewhere() {
    return elsewhere;
  }

  /** What there is too much of, and is left out; schemas that hold themselves alone. */
  List<Finding> wrong() {
    return wrong;
  }

  Contract contract() {
    Node info = followed(root.get("info"), "info");
    Map<String, Node> extensions = new LinkedHashMap<>();
    if (info != null) {
      extensions.putAll(extensions(info));
    }
    extensions.putAll(extensions(root));
    Map<String, Server> servers = map(root, "servers", "server", this::server);
    allServers = List.copyOf(servers.values());
    servers.values().forEach(server -> byNode.put(server.node(), server));
    Map<String, Channel> all = map(root, "channels", "channel", this::channel);
    Map<String, Operation> operations = map(root, "operations", "operation", this::operation);
    Node components = followed(root.get("components"), "components");
    Map<String, Message> shared = Map.of();
    if (components != null) {
      shared = map(components, "messages", "messageObject", this::message);
      map(components, "channels", "channel", this::channel);
      for (Map.Entry<String, String> each : COMPONENTS) {
        map(components, each.getKey(), each.getValue(), (key, node) -> node);
      }
      Node schemas = documents.follow(components.get("schemas"));
      if (schemas != null) {
        schemas.members().values().forEach(this::payload);
      }
    }
    return new Contract(
        root.place().file(),
        specification,
        root.text("id"),
        info == null ? "" : or(info.text("title"), ""),
        info == null ? "" : or(info.text("version"), ""),
        info == null ? null : info.text("description"),
        defaultContentType,
        servers,
        all,
        operations,
        shared,
        Collections.unmodifiableMap(extensions),
        root);
  }

  private static String or(@Nullable String text, String otherwise) {
    return text == null ? otherwise : text;
  }

  /** What a node refers to in the end, noted if it lies in another file. */
  private @Nullable Node followed(@Nullable Node node, String as) {
    Node target = documents.follow(node);
    if (target != null
        && !target.place().file().equals(root.place().file())
        && seenElsewhere.put(target, true) == null) {
      elsewhere.add(new Used(target, as));
    }
    return target;
  }

  private <T> Map<String, T> map(
      Node holder, String member, String as, BiFunction<String, Node, @Nullable T> each) {
    Map<String, T> result = new LinkedHashMap<>();
    Node map = documents.follow(holder.get(member));
    if (map != null && map.members().size() > MEMBERS) {
      wrong.add(
          Finding.at(
              map,
              "limit",
              Severity.ERROR,
              map.members().size() + " " + member + "; the limit is " + MEMBERS,
              "Split the contract."));
    } else if (map != null) {
      map.members()
          .forEach(
              (key, value) -> {
                Node node = followed(value, as);
                T made = node == null || !node.isObject() ? null : each.apply(key, node);
                if (made != null) {
                  result.put(key, made);
                }
              });
    }
    return Collections.unmodifiableMap(result);
  }

  private static Map<String, Node> extensions(Node node) {
    Map<String, Node> extensions = new LinkedHashMap<>();
    node.members()
        .forEach(
            (key, value) -> {
              if (key.startsWith("x-")) {
                extensions.put(key, value);
              }
            });
    return Collections.unmodifiableMap(extensions);
  }

  private Map<String, Node> bindings(Node holder, String as) {
    Node bindings = followed(holder.get("bindings"), as);
    return bindings == null ? Map.of() : bindings.members();
  }

  private List<String> tags(Node holder) {
    List<String> names = new ArrayList<>();
    Node tags = documents.follow(holder.get("tags"));
    if (tags != null) {
      for (Node tag : tags.items()) {
        Node node = followed(tag, "tag");
        String name = node == null ? null : node.text("name");
        if (name != null) {
          names.add(name);
        }
      }
    }
    return List.copyOf(names);
  }

  private List<Node> security(Node holder) {
    List<Node> schemes = new ArrayList<>();
    Node security = holder.get("security");
    if (security != null) {
      for (Node each : security.items()) {
        Node scheme = followed(each, "SecurityScheme");
        if (scheme != null) {
          schemes.add(scheme);
        }
      }
    }
    return List.copyOf(schemes);
  }

  private Server server(String key, Node node) {
    return new Server(
        key,
        or(node.text("host"), ""),
        node.text("pathname"),
        or(node.text("protocol"), ""),
        node.text("protocolVersion"),
        security(node),
        tags(node),
        bindings(node, "serverBindingsObject"),
        extensions(node),
        node);
  }

  private Channel channel(String key, Node node) {
    Channel known = channels.get(node);
    if (known != null) {
      return known;
    }
    List<Server> servers = allServers;
    Node named = node.get("servers");
    if (named != null && !named.items().isEmpty()) {
      servers = new ArrayList<>();
      for (Node each : named.items()) {
        Server server = byNode.get(documents.follow(each));
        if (server != null) {
          servers.add(server);
        }
      }
    }
    Channel channel =
        new Channel(
            key,
            node.text("address"),
            node.text("title"),
            node.text("summary"),
            node.text("description"),
            map(node, "messages", "messageObject", this::message),
            map(node, "parameters", "parameter", this::parameter),
            List.copyOf(servers),
            tags(node),
            bindings(node, "channelBindingsObject"),
            extensions(node),
            node);
    channels.put(node, channel);
    return channel;
  }

  private Parameter parameter(String name, Node node) {
    List<String> values = new ArrayList<>();
    Node listed = node.get("enum");
    if (listed != null) {
      for (Node value : listed.items()) {
        String text = value.text();
        if (text != null) {
          values.add(text);
        }
      }
    }
    return new Parameter(
        name,
        node.text("description"),
        List.copyOf(values),
        node.text("default"),
        node.text("location"),
        node);
  }

  private Message message(String key, Node written) {
    Message known = messages.get(written);
    if (known != null) {
      return known;
    }
    trait(written, "messageTrait");
    Node node = traits.applied(written);
    Node correlation = followed(node.get("correlationId"), "correlationId");
    List<Message.Example> examples = new ArrayList<>();
    Node shown = documents.follow(node.get("examples"));
    if (shown != null) {
      for (Node each : shown.items()) {
        Node example = documents.follow(each);
        if (example != null && example.isObject()) {
          examples.add(
              new Message.Example(
                  example.text("name"),
                  example.text("summary"),
                  documents.follow(example.get("headers")),
                  documents.follow(example.get("payload")),
                  example));
        }
      }
    }
    Node deprecated = node.get("deprecated");
    Message message =
        new Message(
            key,
            or(node.text("name"), key),
            node.text("title"),
            node.text("summary"),
            node.text("description"),
            node.text("contentType") == null ? defaultContentType : node.text("contentType"),
            payload(node.get("payload")),
            payload(node.get("headers")),
            correlation == null ? null : correlation.text("location"),
            List.copyOf(examples),
            deprecated != null && Boolean.TRUE.equals(deprecated.bool()),
            tags(node),
            bindings(node, "messageBindingsObject"),
            extensions(node),
            node);
    messages.put(written, message);
    return message;
  }

  private void trait(Node node, String as) {
    Node list = node.get("traits");
    if (list != null) {
      list.items().forEach(each -> followed(each, as));
    }
  }

  private @Nullable Payload payload(@Nullable Node written) {
    Node node = documents.follow(written);
    if (written == null || node == null) {
      return null;
    }
    String own = "application/vnd.aai.asyncapi;version=" + specification;
    // The format is AsyncAPI's own where none is said.
    boolean isBare = node.get("schema") != null && node.text("schemaFormat") == null;
    Documents.Unwrapped unwrapped = documents.unwrapped(isBare ? node.get("schema") : node);
    if (unwrapped == null) {
      return null;
    }
    Node holder = unwrapped.holder();
    if (holder != null || isBare) {
      followed(written, "anySchema");
      followed(holder, "anySchema");
      if (unwrapped.isCycle()) {
        wrong.add(
            Finding.at(
                written,
                "ref-cycle",
                Severity.ERROR,
                "the schema leads back to the object with its schemaFormat",
                "Let one of them hold the schema."));
      }
      return payload(holder == null ? own : or(holder.text("schemaFormat"), own), unwrapped.node());
    }
    String file = node.place().file();
    // A reference straight to a file of another language: its name says which.
    String format =
        file.endsWith(".avsc")
            ? "application/vnd.apache.avro;version=1.9.0"
            : file.endsWith(".proto") ? "application/vnd.google.protobuf;version=3" : own;
    if (format.equals(own)) {
      followed(written, "anySchema");
    }
    return payload(format, node);
  }

  private Payload payload(String format, Node schema) {
    Payload payload = new Payload(format, schema, documents);
    if (payload.format().isJsonSchema() && bundled.put(schema, true) == null) {
      // What the schema refers to in other files, however deep.
      List<Node> parts = reach.reached(schema);
      String as = payload.format() == Payload.Format.JSON_SCHEMA_2020_12 ? "2020-12" : "schema";
      if (as.equals("2020-12")) {
        elsewhere.add(new Used(schema, as));
      } else {
        followed(schema, as);
      }
      parts.forEach(part -> followed(part, as));
    }
    return payload;
  }

  private @Nullable Operation operation(String key, Node written) {
    trait(written, "operationTrait");
    Node node = traits.applied(written);
    String action = node.text("action");
    Channel channel = channelOf(node.get("channel"));
    if (channel == null || action == null || !action.matches("send|receive")) {
      return null;
    }
    return new Operation(
        key,
        action.equals("send") ? Action.SEND : Action.RECEIVE,
        channel,
        messagesOf(node.get("messages"), channel),
        reply(followed(node.get("reply"), "operationReply")),
        node.text("title"),
        node.text("summary"),
        node.text("description"),
        security(node),
        tags(node),
        bindings(node, "operationBindingsObject"),
        extensions(node),
        node);
  }

  private @Nullable Channel channelOf(@Nullable Node reference) {
    Node node = followed(reference, "channel");
    if (node == null || !node.isObject()) {
      return null;
    }
    return channel(node.pointer().token(), node);
  }

  private List<Message> messagesOf(@Nullable Node references, @Nullable Channel channel) {
    if (references == null) {
      return channel == null
          ? List.of()
          : allMessages.computeIfAbsent(channel, c -> List.copyOf(c.messages().values()));
    }
    List<Message> result = new ArrayList<>();
    for (Node each : references.items()) {
      Node node = followed(each, "messageObject");
      if (node != null && node.isObject()) {
        result.add(message(node.pointer().token(), node));
      }
    }
    return List.copyOf(result);
  }

  private @Nullable Reply reply(@Nullable Node node) {
    if (node == null || !node.isObject()) {
      return null;
    }
    Node address = followed(node.get("address"), "operationReplyAddress");
    Channel channel = channelOf(node.get("channel"));
    return new Reply(
        address == null ? null : address.text("location"),
        channel,
        messagesOf(node.get("messages"), channel),
        node);
  }
}
