package io.stagepost.asyncapi;

import io.stagepost.asyncapi.Operation.Action;
import io.stagepost.asyncapi.tree.Node;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** One run of the governance rules over one contract. */
final class Lint {
  private static final Pattern VERSION = Pattern.compile("(^|.*[./_:-])[vV][0-9]+([./_:-].*|$)");
  private static final Pattern TYPE_VERSION = Pattern.compile(".*\\.v[0-9]+");
  private static final Pattern ADDRESS =
      Pattern.compile("[a-z0-9*#$]+([._/:-][a-z0-9*#$]+)*", Pattern.UNICODE_CASE);

  private static final Definitions EXTENSIONS = new Definitions("extensions.schema.json");
  private static final Set<String> OURS =
      EXTENSIONS.names().stream()
          .filter(name -> name.startsWith("x-"))
          .collect(Collectors.toCollection(TreeSet::new));

  /** The most messages that all operations may have together, each counted as often as used. */
  private static final int PAIRS = 50_000;

  private final Set<Node> read = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Set<Node> looked = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Linter linter;
  private final Contract contract;
  private final List<Finding> findings = new ArrayList<>();

  Lint(Linter linter, Contract contract) {
    this.linter = linter;
    this.contract = contract;
  }

  List<Finding> run() {
    int pairs = 0;
    document();
    contract.channels().values().forEach(this::channel);
    for (Operation operation : contract.operations().values()) {
      operation(operation);
      pairs += operation.messages().size();
      if (pairs > PAIRS) {
        findings.add(
            Finding.at(
                operation.node(),
                "limit",
                Severity.ERROR,
                "the operations up to this one have more than " + PAIRS + " messages in all",
                "Split the contract, or let operations name the messages that they use."));
        return findings;
      }
      for (Message message : operation.messages()) {
        term(operation, message);
      }
    }
    Messages.of(contract).forEach(this::message);
    commands();
    new BindingLint(this, contract).run();
    extensions(contract.node());
    return findings;
  }

  private void told(LintRule rule, Node at, String message, String remedy) {
    linter
        .severity(rule)
        .ifPresent(severity -> findings.add(Finding.at(at, rule.id(), severity, message, remedy)));
  }

  void toldKey(LintRule rule, Node object, String key, String message, String remedy) {
    linter
        .severity(rule)
        .ifPresent(
            severity ->
                findings.add(Finding.atKey(object, key, rule.id(), severity, message, remedy)));
  }

  private Node info() {
    Node info = contract.node().get("info");
    return info == null ? contract.node() : info;
  }

  private void document() {
    Terms terms = Terms.of(contract);
    if (terms.text("x-owner", "team").isEmpty()
        && (contract.channels().isEmpty()
            || contract.channels().values().stream()
                .anyMatch(channel -> !channel.extensions().containsKey("x-owner")))) {
      told(
          LintRule.LINT_OWNER,
          info(),
          "the contract has no owner",
          "Add x-owner: {team: …, contact: …} to info.");
    }
    Node contact = info().get("contact");
    boolean reachable =
        (contact != null && (contact.text("email") != null || contact.text("url") != null))
            || terms.find("x-owner").map(o -> o.text("contact")).isPresent();
    if (!reachable) {
      told(
          LintRule.LINT_CONTACT,
          info(),
          "nobody can be reached about the contract",
          "Add contact: {email: …} to info, or contact to x-owner.");
    }
    described(info(), "the contract");
  }

  private void described(Node node, String what) {
    for (String key : List.of("description", "summary")) {
      String text = node.text(key);
      if (text != null && !text.isBlank()) {
        return;
      }
    }
    told(LintRule.LINT_DESCRIPTION, node, what + " has no description", "Say what it is for.");
  }

  private void channel(Channel channel) {
    described(channel.node(), "the channel " + channel.key());
    deprecation(channel.node(), channel.extensions(), false, "the channel " + channel.key());
    String address = channel.address();
    if (address == null) {
      return;
    }
    if (!VERSION.matcher(address).matches()) {
      toldKey(
          LintRule.LINT_ADDRESS_VERSION,
          channel.node(),
          "address",
          "the address " + address + " has no version",
          "End it with its version, such as " + address + ".v1.");
    }
    String fixed = address.replaceAll("\\{[^{}]*\\}", "p");
    if (!ADDRESS.matcher(fixed.startsWith("/") ? fixed.substring(1) : fixed).matches()) {
      toldKey(
          LintRule.LINT_NAMING,
          channel.node(),
          "address",
          "the address " + address + " is not of lower-case words with . / _ : or - between them",
          "Name it so that every broker takes it, such as orders.order-placed.v1.");
    }
  }

  private void operation(Operation operation) {
    String what = "the operation " + operation.key();
    described(operation.node(), what);
    deprecation(operation.node(), operation.extensions(), false, what);
    Terms terms = Terms.of(contract, operation, null);
    missing(
        terms,
        "x-slo",
        LintRule.LINT_SLO,
        operation,
        "has no service level objective",
        "Add x-slo: {availability: 99.9, latency: {percentile: 99, within: PT5S}, window: P30D}.");
    missing(
        terms,
        "x-error-budget",
        LintRule.LINT_ERROR_BUDGET,
        operation,
        "has no error budget",
        "Add x-error-budget: {percent: 0.1, window: P30D}.");
    missing(
        terms,
        "x-delivery",
        LintRule.LINT_DELIVERY,
        operation,
        "does not say how messages are delivered",
        "Add x-delivery: at-least-once, or effectively-once for a receiver with an inbox.");
    if (operation.action() == Action.RECEIVE) {
      missing(
          terms,
          "x-dead-letter",
          LintRule.LINT_DEAD_LETTER,
          operation,
          "does not say where messages go that cannot be handled",
          "Add x-dead-letter: '{channel}.{subscription}.dead-letter'.");
    }
  }

  private void missing(
      Terms terms,
      String extension,
      LintRule rule,
      Operation operation,
      String lacks,
      String remedy) {
    if (terms.find(extension).isEmpty()) {
      told(rule, operation.node(), "the operation " + operation.key() + " " + lacks, remedy);
    }
  }

  /** What a message of an operation must say, itself or where it is used. */
  private void term(Operation operation, Message message) {
    Terms terms = Terms.of(contract, operation, message);
    String what = "the message " + message.key();
    boolean command = isCommand(terms);
    if (terms.find("x-ttl").isEmpty()) {
      if (command) {
        told(
            LintRule.LINT_COMMAND_DEADLINE,
            message.node(),
            what + " is a command without a deadline",
            "Add x-ttl, such as PT30S: after that nobody should act on it.");
      } else {
        told(
            LintRule.LINT_TTL,
            message.node(),
            what + " does not say how long it is worth handling",
            "Add x-ttl, such as P7D.");
      }
    }
    if (terms.find("x-ordering-key").isEmpty()) {
      told(
          LintRule.LINT_ORDERING_KEY,
          message.node(),
          what + " has no ordering key",
          "Add x-ordering-key: $message.payload#/…, or none if order does not matter.");
    }
    if (terms.find("x-idempotency-key").isEmpty()) {
      told(
          LintRule.LINT_IDEMPOTENCY_KEY,
          message.node(),
          what + " has no idempotency key",
          "Add x-idempotency-key: $message.payload#/… to what identifies the business event.");
    }
    if (terms.find("x-max-bytes").isEmpty()) {
      told(
          LintRule.LINT_MAX_BYTES,
          message.node(),
          what + " has no size budget",
          "Add x-max-bytes, such as 65536.");
    }
    keyField(terms, "x-ordering-key", message);
    keyField(terms, "x-idempotency-key", message);
    String criticality = terms.text("x-criticality", "").map(Terms.Term::value).orElse("normal");
    if (criticality.equals("money") || criticality.equals("order")) {
      List<String> lacking = new ArrayList<>();
      String ordering = terms.text("x-ordering-key", "").map(Terms.Term::value).orElse("none");
      if (ordering.equals("none")) {
        lacking.add("an x-ordering-key");
      }
      if (terms.find("x-idempotency-key").isEmpty()) {
        lacking.add("an x-idempotency-key");
      }
      if (operation.action() == Action.RECEIVE
          && !"effectively-once"
              .equals(terms.text("x-delivery", "").map(Terms.Term::value).orElse(""))) {
        lacking.add("x-delivery: effectively-once (an inbox)");
      }
      if (!lacking.isEmpty()) {
        told(
            LintRule.LINT_CRITICAL,
            message.node(),
            what
                + " of the operation "
                + operation.key()
                + " is critical ("
                + criticality
                + ") and lacks "
                + String.join(", ", lacking),
            "Add what it lacks.");
      }
    }
  }

  private void keyField(Terms terms, String extension, Message message) {
    Terms.Term<String> key = terms.text(extension, "").orElse(null);
    Payload payload = message.payload();
    String prefix = "$message.payload#/";
    if (key == null
        || payload == null
        || !payload.format().isJsonSchema()
        || !key.value().startsWith(prefix)) {
      return;
    }
    Fields.Presence presence = Fields.of(payload).presence(key.value().substring(prefix.length()));
    if (presence != Fields.Presence.REQUIRED && presence != Fields.Presence.UNKNOWN) {
      told(
          LintRule.LINT_KEY_FIELD,
          key.node(),
          extension
              + " of the message "
              + message.key()
              + " is "
              + key.value()
              + ", which the payload "
              + (presence == Fields.Presence.OPTIONAL ? "need not have" : "does not have"),
          presence == Fields.Presence.OPTIONAL
              ? "Make the field required, all the way down."
              : "Name a field of the payload.");
    }
  }

  private static boolean isCommand(Terms terms) {
    return terms.text("x-message-kind", "").map(Terms.Term::value).orElse("").equals("command");
  }

  private void message(Message message) {
    String what = "the message " + message.key();
    described(message.node(), what);
    deprecation(message.node(), message.extensions(), message.deprecated(), what);
    if (message.examples().isEmpty()) {
      told(LintRule.LINT_EXAMPLE, message.node(), what + " has no example", "Add one.");
    }
    if (message.contentType() == null) {
      told(
          LintRule.LINT_CONTENT_TYPE,
          message.node(),
          what + " has no content type",
          "Add contentType, or defaultContentType: application/json to the document.");
    }
    String type = message.eventType();
    if (type == null) {
      told(
          LintRule.LINT_TYPE_VERSION,
          message.node(),
          what + " has no event type",
          "Add x-event-type: com.example.order.placed.v1, the CloudEvents type.");
    } else if (!TYPE_VERSION.matcher(type).matches()) {
      told(
          LintRule.LINT_TYPE_VERSION,
          message.node(),
          "the event type " + type + " of " + what + " does not end in its version",
          "End it with .v1.");
    }
    Messages.schemas(message).forEach(this::keywords);
    Payload payload = message.payload();
    if (payload != null && payload.format().isJsonSchema()) {
      for (Node property : Fields.of(payload).sensitive(looked)) {
        told(
            LintRule.LINT_SENSITIVE,
            property,
            "the field '" + property.pointer().token() + "' looks sensitive, and is not marked",
            "Add x-sensitive: personal (or financial, health, secret), or x-sensitive: false.");
      }
    }
  }

  private void keywords(Payload schema) {
    boolean isNew = schema.format() == Payload.Format.JSON_SCHEMA_2020_12;
    for (Fields.Keyword each : Fields.of(schema).passedOver(read)) {
      toldKey(
          LintRule.LINT_KEYWORD,
          each.schema(),
          each.name(),
          each.name()
              + (isNew
                  ? " means nothing in JSON Schema 2020-12"
                  : " means nothing here: it came after JSON Schema draft-07"),
          isNew
              ? "Say it by a keyword of 2020-12."
              : "Say it by a keyword of draft-07, or use schemaFormat:"
                  + " application/schema+json;version=2020-12.");
    }
  }

  private void deprecation(
      Node node, Map<String, Node> extensions, boolean deprecated, String what) {
    Node written = extensions.get("x-deprecation");
    LocalDate sunset = written == null ? null : Terms.deprecation(written).value().sunset();
    if (sunset == null) {
      if (deprecated || written != null) {
        told(
            LintRule.LINT_SUNSET_MISSING,
            written == null ? node : written,
            what + " is deprecated, and does not say until when it lives",
            "Add x-deprecation: {sunset: 2027-12-31, replacement: …}.");
      }
    } else if (sunset.isBefore(linter.today())) {
      told(
          LintRule.LINT_SUNSET_PAST,
          written == null ? node : written,
          what + " was to go by " + sunset,
          "Remove it, or agree on another day with those who still use it.");
    }
  }

  /** A command is asked of one: one receiving operation. */
  private void commands() {
    IdentityHashMap<Message, Operation> receivers = new IdentityHashMap<>();
    for (Operation operation : contract.operations().values()) {
      for (Message message : operation.messages()) {
        if (operation.action() == Action.RECEIVE
            && isCommand(Terms.of(contract, operation, message))) {
          Operation first = receivers.putIfAbsent(message, operation);
          if (first != null) {
            told(
                LintRule.LINT_COMMAND_RECEIVER,
                operation.node(),
                "the command "
                    + message.key()
                    + " is received by "
                    + first.key()
                    + " and by "
                    + operation.key(),
                "Let one of them receive it, or make it an event.");
          }
        }
      }
    }
  }

  /** All members that begin with x-: ours are of their form, and nearly ours are told of. */
  private void extensions(Node node) {
    for (Map.Entry<String, Node> member : node.members().entrySet()) {
      String key = member.getKey();
      if (!key.startsWith("x-")) {
        extensions(member.getValue());
      } else if (!OURS.contains(key)) {
        String meant = Suggestion.near(key, OURS);
        if (meant != null) {
          toldKey(
              LintRule.LINT_EXTENSION_NAME,
              node,
              key,
              key + " is not known, but " + meant + " is",
              "Mend its spelling, or name it differently.");
        }
      } else if (member.getValue().kind() != Node.Kind.NULL) {
        // Null takes back what is said further away.
        form(
            LintRule.LINT_EXTENSION_VALUE,
            key,
            member.getValue(),
            EXTENSIONS.violations(key, member.getValue()),
            "Write it as docs/contracts/extensions.md describes it.");
      }
    }
    node.items().forEach(this::extensions);
  }

  /** Tells in what a value is not of its form. */
  void form(
      LintRule rule, String what, Node value, List<Schemas.Violation> violations, String remedy) {
    for (Schemas.Violation violation : violations) {
      Node found = value.at(violation.instance());
      Node at = found == null ? value : found;
      String property = violation.property();
      String message = what + ": " + violation.message();
      if (property != null && at.get(property) != null) {
        toldKey(rule, at, property, message, remedy);
      } else {
        told(rule, at, message, remedy);
      }
    }
  }
}
