package io.stagepost.asyncapi.operations;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.Terms;
import io.stagepost.asyncapi.tree.Node;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** What a message's payload may grow to, and what of it no example shows. */
final class PayloadAudit {
  /** More levels are hard to read, slow to parse, and awkward to map. */
  static final int DEEPEST = 8;

  /** How many fields a finding names. */
  private static final int NAMED = 5;

  private final Contract contract;
  private final Message message;
  private final List<Finding> findings = new ArrayList<>();

  PayloadAudit(Contract contract, Message message) {
    this.contract = contract;
    this.message = message;
  }

  List<Finding> check() {
    Payload payload = message.payload();
    if (payload == null || !payload.format().isJsonSchema()) {
      return findings;
    }
    long limit = limit();
    for (Message.Example example : message.examples()) {
      Node value = example.payload();
      if (value != null && size(value) > limit) {
        findings.add(
            AuditRule.AUDIT_EXAMPLE_SIZE.at(
                value,
                String.format(
                    Locale.ROOT,
                    "the example has %d bytes as JSON, x-max-bytes allows %d",
                    size(value),
                    limit),
                "Raise the limit, or send less."));
      }
    }
    Shape shape = Shape.of(payload);
    Node schema = payload.schema();
    if (shape.bytes() > limit) {
      findings.add(
          AuditRule.AUDIT_SIZE.at(
              schema,
              String.format(
                  Locale.ROOT,
                  "a payload of %s within the bounds of its schema may have %d bytes,"
                      + " x-max-bytes allows %d",
                  message.name(),
                  shape.bytes(),
                  limit),
              "Tighten maxItems and maxLength, or raise the limit."));
    }
    if (!shape.unbounded().isEmpty()) {
      findings.add(
          AuditRule.AUDIT_UNBOUNDED.at(
              schema,
              named("without bound in " + message.name(), shape.unbounded()),
              "Say maxItems and maxLength where a large value would be a mistake."));
    }
    if (shape.depth() > DEEPEST) {
      findings.add(
          AuditRule.AUDIT_NESTING.at(
              schema,
              "the payload of "
                  + message.name()
                  + " is nested "
                  + shape.depth()
                  + " levels deep, more than "
                  + DEEPEST,
              "Flatten it, or send parts as messages of their own."));
    }
    unseen(shape, schema);
    return findings;
  }

  /** The tightest limit that an operation sets for it. */
  private long limit() {
    long limit = Terms.of(contract).maxBytes().map(Terms.Term::value).orElse(Long.MAX_VALUE);
    boolean isUsed = false;
    for (Operation operation : contract.operations().values()) {
      boolean isIts =
          operation.messages().stream().anyMatch(m -> Audit.id(m).equals(Audit.id(message)));
      if (isIts) {
        long its =
            Terms.of(contract, operation, message)
                .maxBytes()
                .map(Terms.Term::value)
                .orElse(Long.MAX_VALUE);
        limit = isUsed ? Math.min(limit, its) : its;
        isUsed = true;
      }
    }
    return limit;
  }

  private void unseen(Shape shape, Node schema) {
    List<Node> values = new ArrayList<>();
    message.examples().stream()
        .map(Message.Example::payload)
        .filter(v -> v != null)
        .forEach(values::add);
    if (values.isEmpty()) {
      return;
    }
    Set<String> shown = new TreeSet<>();
    values.forEach(value -> paths(value, "", shown));
    List<String> unseen = shape.fields().stream().filter(f -> !shown.contains(f)).toList();
    if (!unseen.isEmpty()) {
      findings.add(
          AuditRule.AUDIT_FIELD_UNSEEN.at(
              schema,
              named("in no example of " + message.name(), unseen),
              "Show each field in an example, or remove those that nobody sends."));
    }
  }

  private static String named(String what, List<String> fields) {
    String names = String.join(", ", fields.subList(0, Math.min(NAMED, fields.size())));
    return (fields.size() == 1 ? "1 field is " : fields.size() + " fields are ")
        + what
        + ": "
        + names
        + (fields.size() > NAMED ? ", …" : "");
  }

  private static void paths(Node value, String path, Set<String> paths) {
    value
        .members()
        .forEach(
            (name, member) -> {
              String below = path.isEmpty() ? name : path + "." + name;
              paths.add(below);
              paths(member, below, paths);
            });
    value.items().forEach(item -> paths(item, path, paths));
  }

  /** How many bytes a value has as JSON without spaces. */
  static long size(Node node) {
    return switch (node.kind()) {
      case OBJECT -> {
        long size = 1L + Math.max(1, node.members().size());
        for (var member : node.members().entrySet()) {
          size += bytes(member.getKey()) + 3 + size(member.getValue());
        }
        yield size;
      }
      case ARRAY ->
          1L
              + Math.max(1, node.items().size())
              + node.items().stream().mapToLong(PayloadAudit::size).sum();
      case STRING -> 2 + bytes(requireNonNull(node.text()));
      case NUMBER -> requireNonNull(node.number()).toString().length();
      case BOOLEAN -> Boolean.TRUE.equals(node.bool()) ? 4 : 5;
      case NULL -> 4;
    };
  }

  private static long bytes(String text) {
    long escapes = text.chars().filter(c -> c == '"' || c == '\\').count();
    return text.getBytes(StandardCharsets.UTF_8).length + escapes;
  }
}
