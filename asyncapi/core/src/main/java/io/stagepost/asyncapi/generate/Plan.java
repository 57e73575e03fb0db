package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.Terms;
import io.stagepost.asyncapi.tree.Node;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is generated of one contract: its event types, and who sends and handles them. */
final class Plan {
  final Contract contract;
  final ClassName constants;
  final ClassName publisher;
  final ClassName handlers;

  /** By channel and message. */
  final Map<String, Carry> carries = new LinkedHashMap<>();

  final List<Use> sent = new ArrayList<>();
  final List<Use> received = new ArrayList<>();

  private final Problems problems;
  private final Payloads payloads;
  private final String prefix;
  private final Names.Taken names = new Names.Taken();

  /** An event type of the contract. */
  static final class Carry {
    final String constant;
    final String type;
    final Message message;
    final Channel channel;
    final Payloads.Carried payload;

    /** The operation whose terms it has. */
    final Operation operation;

    boolean sent;
    @Nullable CodeBlock key;
    @Nullable Node orderingKey;
    @Nullable CodeBlock idempotencyKey;

    /** The version before, which is read as this one. */
    @Nullable Carry older;

    Carry(
        String constant,
        String type,
        Message message,
        Channel channel,
        Payloads.Carried payload,
        Operation operation) {
      this.constant = constant;
      this.type = type;
      this.message = message;
      this.channel = channel;
      this.payload = payload;
      this.operation = operation;
    }
  }

  /** A message of an operation, and the method for it. */
  record Use(Operation operation, Carry carry, String method) {}

  Plan(Contract contract, Classes classes, Payloads payloads, Problems problems) {
    this.contract = contract;
    this.payloads = payloads;
    this.problems = problems;
    this.prefix = Names.type(contract.title());
    this.constants = classes.keep(prefix + "Contract", "The");
    this.publisher = classes.keep(prefix + "Publisher", "The");
    this.handlers = classes.keep(prefix + "Handlers", "The");
    names.unique("CONTRACT");
    List<Operation> operations = List.copyOf(contract.operations().values());
    // What is sent first: its terms are those of the event type.
    for (Operation.Action action : Operation.Action.values()) {
      List<Use> uses = new ArrayList<>();
      operations.stream()
          .filter(operation -> operation.action() == action)
          .forEach(operation -> uses(operation, uses));
      name(uses, action == Operation.Action.SEND ? sent : received);
    }
    carries.values().stream()
        .collect(
            Collectors.groupingBy(carry -> carry.type, LinkedHashMap::new, Collectors.toList()))
        .forEach(this::sameType);
  }

  private void sameType(String type, List<Carry> same) {
    if (same.stream().map(carry -> carry.payload.type()).distinct().count() > 1) {
      problems.warn(
          same.get(0).message.node(),
          "generate-event-type",
          "the event type "
              + type
              + " is that of "
              + same.size()
              + " messages, which carry different things",
          "Give each an x-event-type of its own: it tells whoever receives one what it is.");
    }
  }

  /** The file's name, without folders. */
  static String file(Node node) {
    String file = node.place().file();
    return file.substring(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  }

  /** A place of a contract, for people. */
  static String where(Node node) {
    return file(node) + "#" + node.pointer();
  }

  private void uses(Operation operation, List<Use> uses) {
    TermChecks checks = new TermChecks(problems);
    checks.check(Terms.of(contract, operation, null));
    operation.messages().forEach(each -> checks.check(Terms.of(contract, operation, each)));
    List<Carry> all = new ArrayList<>();
    for (Message message : operation.messages()) {
      Carry carry = carry(operation, operation.channel(), message, new HashSet<>());
      if (carry != null && !all.contains(carry)) {
        all.add(carry);
      }
    }
    boolean sends = operation.action() == Operation.Action.SEND;
    Set<Carry> asNewer = new HashSet<>();
    if (!sends) {
      for (Carry carry : all) {
        for (Carry at = carry.older; at != null && asNewer.add(at); at = at.older) {}
      }
    }
    for (Carry carry : all) {
      if (!asNewer.contains(carry)) {
        uses.add(new Use(operation, carry, ""));
        carry.sent |= sends;
      }
    }
  }

  /** The message alone names the method, unless two operations have it. */
  private static void name(List<Use> uses, List<Use> named) {
    Map<String, Integer> counts = new HashMap<>();
    for (Use use : uses) {
      counts.merge(Names.member(key(use.carry())), 1, Integer::sum);
    }
    Names.Taken names = new Names.Taken();
    for (Use use : uses) {
      String alone = Names.member(key(use.carry()));
      String method =
          counts.getOrDefault(alone, 0) == 1
              ? alone
              : Names.member(use.operation().key() + " " + key(use.carry()));
      named.add(new Use(use.operation(), use.carry(), names.unique(method)));
    }
  }

  static String key(Carry carry) {
    return Names.simple(key(carry.channel, carry.message));
  }

  private static String key(Channel channel, Message message) {
    String place = Classes.place(message.node());
    return channel.messages().entrySet().stream()
        .filter(entry -> Classes.place(entry.getValue().node()).equals(place))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(message.key());
  }

  private @Nullable Carry carry(
      Operation operation, Channel channel, Message message, Set<String> newer) {
    String place = Classes.place(message.node());
    String id = channel.key() + " " + place;
    if (!newer.add(place)) {
      problems.refuse(
          message.node(),
          "generate-upcast",
          "its versions upcast each other in a circle",
          "Let x-upcasts of a message name the version before it.");
      return null;
    }
    Carry known = carries.get(id);
    if (known != null) {
      return known;
    }
    String key = Names.simple(key(channel, message));
    boolean component = "messages".equals(parent(message.node())) && !inChannel(message.node());
    String name = Names.type(component ? Names.simple(message.node().pointer().token()) : key);
    Payloads.Carried payload = payloads.of(message, name, prefix);
    if (payload == null) {
      return null;
    }
    String constant = Names.constant(key);
    if (!names.isFree(constant)) {
      constant = Names.constant(channel.key() + " " + key);
    }
    Carry carry =
        new Carry(names.unique(constant), type(message), message, channel, payload, operation);
    carries.put(id, carry);
    keys(carry);
    Node upcasts = message.extensions().get("x-upcasts");
    if (upcasts != null) {
      carry.older = older(carry, upcasts, newer);
    }
    return carry;
  }

  private static String parent(Node node) {
    return node.pointer().parent() == null ? "" : node.pointer().parent().token();
  }

  private static boolean inChannel(Node node) {
    return node.pointer().tokens().contains("channels");
  }

  private String type(Message message) {
    String type = message.eventType();
    if (type != null) {
      return type;
    }
    problems.warn(
        message.node(),
        "generate-event-type",
        "no event type is said; " + message.name() + " is taken",
        "Add x-event-type: com.example.order.placed.v1, the CloudEvents type.");
    return message.name();
  }

  private void keys(Carry carry) {
    Terms terms = Terms.of(contract, carry.operation, carry.message);
    Keys keys = new Keys(problems);
    Shape shape = carry.payload.shape();
    terms
        .find("x-ordering-key")
        .filter(node -> node.text() != null && !"none".equals(node.text()))
        .ifPresent(
            node -> {
              carry.orderingKey = node;
              carry.key = keys.of(String.valueOf(node.text()), node, shape, carry.constant);
            });
    terms
        .find("x-idempotency-key")
        .filter(node -> node.text() != null)
        .ifPresent(
            node ->
                carry.idempotencyKey =
                    keys.of(String.valueOf(node.text()), node, shape, carry.constant));
  }

  private @Nullable Carry older(Carry carry, Node upcasts, Set<String> newer) {
    Payload payload = carry.message.payload();
    Node target = payload == null ? null : payload.follow(upcasts);
    if (target != null) {
      String place = Classes.place(target);
      List<Channel> channels = new ArrayList<>(List.of(carry.channel));
      channels.addAll(contract.channels().values());
      for (Channel channel : channels) {
        for (Message message : channel.messages().values()) {
          if (Classes.place(message.node()).equals(place)) {
            return carry(carry.operation, channel, message, newer);
          }
        }
      }
    }
    problems.refuse(
        upcasts,
        "generate-upcast",
        "what it upcasts is no message of the contract's channels",
        "Refer to a message that one of the channels carries: {$ref: '#/components/messages/…'}.");
    return null;
  }

  /** Who sends. */
  String source() {
    String said = contract.id();
    Node extension = contract.extensions().get("x-source");
    if (said == null && extension != null) {
      said = extension.text();
    }
    if (said == null) {
      return "urn:stagepost:" + Names.kebab(contract.title());
    }
    try {
      return URI.create(said).toString();
    } catch (IllegalArgumentException e) {
      problems.refuse(
          contract.node(), "generate-source", "its id " + said + " is no URI", "Mend it.");
      return "urn:stagepost:" + Names.kebab(contract.title());
    }
  }

  /** The operations that receive, which have something to receive. */
  List<Operation> receivers() {
    return received.stream().map(Use::operation).distinct().toList();
  }

  boolean isOnce(Use use) {
    return Terms.of(contract, use.operation(), use.carry().message)
        .text("x-delivery", "")
        .filter(term -> term.value().equals("effectively-once"))
        .isPresent();
  }

  boolean hasOnce() {
    return received.stream().anyMatch(this::isOnce);
  }
}
