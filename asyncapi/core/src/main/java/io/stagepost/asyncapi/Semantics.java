package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the specification says of documents and its JSON Schemas cannot. */
final class Semantics {
  private static final Pattern BRACED = Pattern.compile("\\{([^{}]*)\\}");

  private final Documents documents;
  private final Contract contract;
  private final Node root;
  private final List<Finding> findings = new ArrayList<>();
  private final IdentityHashMap<Node, Set<Node>> members = new IdentityHashMap<>();

  Semantics(Documents documents, Contract contract) {
    this.documents = documents;
    this.contract = contract;
    this.root = contract.node();
  }

  List<Finding> check() {
    operations(root.get("operations"), true);
    channels(root.get("channels"), true);
    Node components = documents.follow(root.get("components"));
    if (components != null) {
      operations(components.get("operations"), false);
      channels(components.get("channels"), false);
      replies(components.get("replies"));
    }
    servers(root.get("servers"));
    addresses();
    names();
    formats();
    return findings;
  }

  private void error(Node at, String rule, String message, String remedy) {
    findings.add(Finding.at(at, rule, Severity.ERROR, message, remedy));
  }

  private void warning(Node at, String rule, String message, String remedy) {
    findings.add(Finding.at(at, rule, Severity.WARNING, message, remedy));
  }

  private void operations(@Nullable Node operations, boolean ofRoot) {
    for (Node written : each(operations)) {
      Node operation = new Traits(documents).applied(written);
      Node reference = operation.get("channel");
      Node channel = documents.follow(reference);
      if (ofRoot && reference != null && channel != null && !isMember(reference, "channels")) {
        error(
            reference,
            "operation-channel",
            "the operation's channel " + reference.reference() + " is none of this document's",
            "Refer to #/channels/…, and let that refer to the channel if it is defined elsewhere.");
      }
      messages(
          operation.get("messages"),
          channel,
          "operation-messages",
          "the operation's message",
          "the operation's channel");
      Node reply = documents.follow(operation.get("reply"));
      if (reply != null) {
        reply(reply, ofRoot);
      }
    }
  }

  private void replies(@Nullable Node replies) {
    each(replies).forEach(reply -> reply(reply, false));
  }

  private void reply(Node reply, boolean ofRoot) {
    Node reference = reply.get("channel");
    Node channel = documents.follow(reference);
    if (ofRoot && reference != null && channel != null && !isMember(reference, "channels")) {
      error(
          reference,
          "reply-channel",
          "the reply's channel " + reference.reference() + " is none of this document's",
          "Refer to #/channels/…, and let that refer to the channel if it is defined elsewhere.");
    }
    messages(
        reply.get("messages"),
        channel,
        "reply-messages",
        "the reply's message",
        "the reply's channel");
    Node address = documents.follow(reply.get("address"));
    String fixed = channel == null ? null : channel.text("address");
    if (address != null && fixed != null) {
      findings.add(
          Finding.atKey(
              reply,
              "address",
              "reply-address",
              Severity.ERROR,
              "the reply's address comes from "
                  + address.text("location")
                  + ", but its channel has the fixed address "
                  + fixed,
              "Leave one of them out, or give the channel 'address: null'."));
    }
    if (address == null && channel == null) {
      warning(
          reply,
          "reply-nowhere",
          "the reply has neither a channel nor an address",
          "Say where it is sent.");
    }
  }

  /** Whether a reference leads, at once, to a member of a map of the root document. */
  private boolean isMember(Node reference, String map) {
    if (reference.reference() == null) {
      return true; // no reference at all: the structure's business
    }
    Node next = documents.hop(reference).node();
    return next != null && members(documents.follow(root.get(map))).contains(next);
  }

  private Set<Node> members(@Nullable Node map) {
    if (map == null) {
      return Set.of();
    }
    return members.computeIfAbsent(
        map,
        m -> {
          Set<Node> set = Collections.newSetFromMap(new IdentityHashMap<>());
          set.addAll(m.members().values());
          return set;
        });
  }

  private void messages(
      @Nullable Node references, @Nullable Node channel, String rule, String what, String where) {
    if (references == null || channel == null) {
      return;
    }
    Set<Node> members = members(documents.follow(channel.get("messages")));
    for (Node reference : references.items()) {
      Node next = documents.hop(reference).node();
      if (reference.reference() != null && next != null && !members.contains(next)) {
        error(
            reference,
            rule,
            what + " " + reference.reference() + " is none of the messages of " + where,
            "Add the message to the channel, and refer to #/channels/…/messages/…: to the channel's"
                + " own entry, not to what that refers to.");
      }
    }
  }

  private List<Node> each(@Nullable Node map) {
    List<Node> result = new ArrayList<>();
    Node followed = documents.follow(map);
    if (followed != null && followed.members().size() <= ModelBuilder.MEMBERS) {
      for (Node value : followed.members().values()) {
        Node node = documents.follow(value);
        if (node != null && node.isObject()) {
          result.add(node);
        }
      }
    }
    return result;
  }

  private void channels(@Nullable Node channels, boolean ofRoot) {
    for (Node channel : each(channels)) {
      parameters(channel);
      Node servers = channel.get("servers");
      if (ofRoot && servers != null) {
        for (Node server : servers.items()) {
          if (documents.follow(server) != null && !isMember(server, "servers")) {
            error(
                server,
                "channel-servers",
                "the channel's server " + server.reference() + " is none of this document's",
                "Refer to #/servers/…, and let that refer to the server if it is defined"
                    + " elsewhere.");
          }
        }
      }
    }
  }

  private void parameters(Node channel) {
    Node address = channel.get("address");
    String text = address == null ? null : address.text();
    Set<String> used = braced(text);
    Node declared = documents.follow(channel.get("parameters"));
    Map<String, Node> parameters = declared == null ? Map.of() : declared.members();
    if (address != null && text != null) {
      for (String name : used) {
        if (!parameters.containsKey(name)) {
          // The specification asks for a complete map, and not quite for one at all.
          Severity severity = declared == null ? Severity.WARNING : Severity.ERROR;
          findings.add(
              Finding.at(
                  address,
                  "channel-parameter-undeclared",
                  severity,
                  "the address has the parameter {" + name + "}, which is not declared",
                  "Declare it under 'parameters' of the channel"
                      + Suggestion.among(name, parameters.keySet())
                      + "."));
        }
      }
      int query = text.replaceAll("\\{[^{}]*\\}", "").indexOf('?');
      int fragment = text.replaceAll("\\{[^{}]*\\}", "").indexOf('#');
      if (query >= 0 || (fragment >= 0 && !isWildcard(text))) {
        error(
            address,
            "channel-address",
            "the address " + text + " has a " + (query >= 0 ? "query" : "fragment"),
            "Describe queries by the channel's bindings.");
      }
    }
    if (declared != null) {
      for (String name : parameters.keySet()) {
        if (!used.contains(name)) {
          findings.add(
              Finding.atKey(
                  declared,
                  name,
                  "channel-parameter-unused",
                  Severity.ERROR,
                  "the parameter '" + name + "' is not in the channel's address",
                  "Remove it, or write {" + name + "} where it belongs in the address."));
        }
      }
    }
  }

  /** The multi-level wildcard of topics in AMQP and MQTT. */
  private static boolean isWildcard(String address) {
    return address.matches("(.*[./])?#([./].*)?");
  }

  private static Set<String> braced(@Nullable String text) {
    Set<String> names = new LinkedHashSet<>();
    if (text != null) {
      Matcher matcher = BRACED.matcher(text);
      while (matcher.find()) {
        names.add(matcher.group(1));
      }
    }
    return names;
  }

  private void servers(@Nullable Node servers) {
    for (Node server : each(servers)) {
      Set<String> used = braced(server.text("host"));
      used.addAll(braced(server.text("pathname")));
      Node variables = documents.follow(server.get("variables"));
      Map<String, Node> declared = variables == null ? Map.of() : variables.members();
      for (String name : used) {
        if (!declared.containsKey(name)) {
          Severity severity = variables == null ? Severity.WARNING : Severity.ERROR;
          findings.add(
              Finding.at(
                  server,
                  "server-variable-undeclared",
                  severity,
                  "the server's address has the variable {" + name + "}, which is not declared",
                  "Declare it under 'variables' of the server"
                      + Suggestion.among(name, declared.keySet())
                      + "."));
        }
      }
      if (variables != null) {
        for (String name : declared.keySet()) {
          if (!used.contains(name)) {
            findings.add(
                Finding.atKey(
                    variables,
                    name,
                    "server-variable-unused",
                    Severity.WARNING,
                    "the variable '" + name + "' is neither in the server's host nor its path",
                    "Remove it, or use it."));
          }
        }
        for (Node variable : each(variables)) {
          Node values = variable.get("enum");
          String value = variable.text("default");
          if (values != null
              && value != null
              && values.items().stream().noneMatch(v -> value.equals(v.text()))) {
            findings.add(
                Finding.atKey(
                    variable,
                    "default",
                    "server-variable-default",
                    Severity.ERROR,
                    "the default '" + value + "' is none of the variable's values",
                    "Add it to 'enum', or choose one of those."));
          }
        }
      }
    }
  }

  private void addresses() {
    Map<String, Channel> byAddress = new HashMap<>();
    for (Channel channel : contract.channels().values()) {
      String address = channel.address();
      if (address == null) {
        continue;
      }
      Channel first = byAddress.putIfAbsent(address, channel);
      if (first != null
          && first.node() != channel.node()
          && !isConnection(channel)
          && (first.servers().equals(channel.servers())
              || !Collections.disjoint(keys(first.servers()), keys(channel.servers())))) {
        findings.add(
            Finding.atKey(
                channel.node(),
                "address",
                "channel-address-unique",
                Severity.WARNING,
                "the channels "
                    + first.key()
                    + " and "
                    + channel.key()
                    + " share the address "
                    + address,
                "Make them one channel with both messages, or name the servers they differ by."));
      }
    }
  }

  /** Whether the address is that of a connection, which many channels may share. */
  private static boolean isConnection(Channel channel) {
    return channel.bindings().containsKey("ws")
        || channel.servers().stream().anyMatch(s -> s.protocol().matches("(?i)wss?|https?"));
  }

  private static Set<String> keys(List<Server> servers) {
    Set<String> keys = new HashSet<>();
    keys.add("");
    if (!servers.isEmpty()) {
      keys.clear();
      servers.forEach(server -> keys.add(server.key()));
    }
    return keys;
  }

  /** Names that should tell things apart. */
  private void names() {
    for (Channel channel : contract.channels().values()) {
      Map<String, Message> byName = new HashMap<>();
      for (Message message : channel.messages().values()) {
        if (message.node().text("name") == null) {
          continue;
        }
        Message first = byName.putIfAbsent(message.name(), message);
        if (first != null && first.node() != message.node()) {
          findings.add(
              Finding.atKey(
                  message.node(),
                  "name",
                  "message-name-unique",
                  Severity.WARNING,
                  "two messages of the channel " + channel.key() + " are named " + message.name(),
                  "Name them apart."));
        }
      }
    }
    uniqueTags(documents.follow(root.get("info")));
    for (String map : List.of("servers", "channels", "operations")) {
      each(root.get(map)).forEach(this::uniqueTags);
    }
    contract.messages().values().forEach(message -> uniqueTags(message.node()));
  }

  private void uniqueTags(@Nullable Node holder) {
    Node tags = holder == null ? null : documents.follow(holder.get("tags"));
    if (tags == null) {
      return;
    }
    Set<String> seen = new HashSet<>();
    for (Node tag : tags.items()) {
      Node followed = documents.follow(tag);
      String name = followed == null ? null : followed.text("name");
      if (name != null && !seen.add(name)) {
        warning(tag, "tag-unique", "the tag '" + name + "' is given twice", "Remove one.");
      }
    }
  }

  private void formats() {
    Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Message message : Messages.of(contract)) {
      for (Payload payload : Messages.schemas(message)) {
        if (!seen.add(payload.schema())) {
          continue;
        }
        boolean isText = payload.schema().text() != null;
        switch (payload.format()) {
          case OTHER ->
              warning(
                  payload.schema(),
                  "payload-format",
                  "the schema format " + payload.schemaFormat() + " is not known here",
                  "Use AsyncAPI's own, JSON Schema draft-07 or 2020-12, Avro or Protobuf, or know"
                      + " that it is neither checked nor generated.");
          case PROTOBUF -> {
            if (!isText) {
              error(
                  payload.schema(),
                  "payload-format",
                  "a Protobuf schema is text, and this is none",
                  "Write it as a block of text (schema: |), or refer to a .proto file.");
            }
          }
          case AVRO -> {
            if (isText && !isPrimitive(payload.schema().text())) {
              warning(
                  payload.schema(),
                  "payload-format",
                  "an Avro schema is written as an object, and this is a text",
                  "Write it as YAML or JSON, not inside a string.");
            }
          }
          default -> {}
        }
      }
    }
  }

  private static boolean isPrimitive(@Nullable String text) {
    return text != null && text.matches("[A-Za-z_][A-Za-z0-9_.]*");
  }
}
