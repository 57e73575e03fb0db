package io.stagepost.asyncapi.expectation;

import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.ContractException;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Operation.Action;
import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.Severity;
import io.stagepost.asyncapi.tree.MalformedException;
import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.TreeReader;
import io.stagepost.asyncapi.tree.TreeReader.Language;
import io.stagepost.schema.Schema;
import io.stagepost.schema.SchemaRefusedException;
import io.stagepost.schema.compatibility.Compatibility;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One message that a consumer reads, held against the contract. */
final class Reading {
  private final Contract contract;
  private final String who;
  private final Node read;
  private final List<Finding> findings = new ArrayList<>();

  Reading(Contract contract, String who, Node read) {
    this.contract = contract;
    this.who = who;
    this.read = read;
  }

  List<Finding> verify() {
    String channelName = String.valueOf(read.text("channel"));
    Channel channel = channel(channelName);
    if (channel == null) {
      told(
          read.get("channel"),
          "expect-channel",
          "reads from " + channelName + ", and the contract has no such channel");
      return findings;
    }
    String name = String.valueOf(read.text("message"));
    Message message = message(channel, name);
    if (message == null) {
      told(
          read.get("message"),
          "expect-message",
          "reads " + name + " from " + channelName + ", and the channel has no such message");
      return findings;
    }
    if (!isSent(channel, message)) {
      told(
          read.get("message"),
          "expect-not-sent",
          "reads " + name + " from " + channelName + ", and the application does not send it");
    }
    check(message.payload(), read.get("fields"), "the payload of " + name, "payload");
    check(message.headers(), read.get("headers"), "the headers of " + name, "headers");
    return findings;
  }

  private @Nullable Channel channel(String name) {
    Channel byKey = contract.channels().get(name);
    return byKey != null
        ? byKey
        : contract.channels().values().stream()
            .filter(each -> name.equals(each.address()))
            .findFirst()
            .orElse(null);
  }

  private static @Nullable Message message(Channel channel, String name) {
    for (Message each : channel.messages().values()) {
      if (name.equals(each.eventType())) {
        return each;
      }
    }
    Message byKey = channel.messages().get(name);
    return byKey != null
        ? byKey
        : channel.messages().values().stream()
            .filter(each -> each.name().equals(name))
            .findFirst()
            .orElse(null);
  }

  /** Whether the application sends it; true if the contract does not say what it does there. */
  private boolean isSent(Channel channel, Message message) {
    boolean said = false;
    for (Operation operation : contract.operations().values()) {
      boolean sends = operation.action() == Action.SEND;
      if (operation.channel().node().equals(channel.node())) {
        said = true;
        if (sends
            && operation.messages().stream().anyMatch(each -> each.node().equals(message.node()))) {
          return true;
        }
      }
      Operation.Reply reply = operation.reply();
      if (reply != null && isSame(reply.channel(), channel)) {
        said = true;
        if (!sends
            && reply.messages().stream().anyMatch(each -> each.node().equals(message.node()))) {
          return true;
        }
      }
    }
    return !said;
  }

  private static boolean isSame(@Nullable Channel one, Channel other) {
    return one != null && one.node().equals(other.node());
  }

  private void check(@Nullable Payload payload, @Nullable Node fields, String what, String part) {
    List<Node> examples = examples(part);
    if (fields == null && examples.isEmpty()) {
      return;
    }
    if (payload == null) {
      told(
          fields == null ? examples.get(0) : fields,
          "expect-field-gone",
          "needs " + what + ", which the contract does not describe");
      return;
    }
    String schema;
    try {
      schema = schema(payload);
    } catch (ContractException | SchemaRefusedException | NoClassDefFoundError e) {
      schema = null;
    }
    if (schema == null) {
      findings.add(
          finding(
              fields == null ? examples.get(0) : fields,
              "expect-unchecked",
              Severity.WARNING,
              "needs "
                  + what
                  + ", whose schema ("
                  + payload.schemaFormat()
                  + " at "
                  + payload.schema().place()
                  + ") is not checked",
              "Test it by messages."));
      return;
    }
    if (fields != null) {
      for (Map.Entry<String, Node> field : fields.members().entrySet()) {
        for (Fields.Missing missing : new Fields(schema).check(field.getKey(), fields)) {
          told(
              field.getValue(),
              missing.rule(),
              "needs "
                  + field.getKey()
                  + " in "
                  + what
                  + ": "
                  + missing.what()
                  + " ("
                  + payload.locate(missing.path()).place()
                  + ")");
        }
      }
    }
    Payload checked = payload.format().isJsonSchema() ? payload : converted(payload, schema);
    for (Node example : examples) {
      for (Finding wrong : checked.check(example, "expect-example")) {
        findings.add(
            new Finding(
                wrong.ruleId(),
                wrong.severity(),
                wrong.file(),
                wrong.line(),
                wrong.column(),
                wrong.pointer(),
                who + " has an example of " + what + " that can no longer be: " + wrong.message(),
                remedy()));
      }
    }
  }

  private List<Node> examples(String part) {
    List<Node> found = new ArrayList<>();
    Node examples = read.get("examples");
    if (examples != null) {
      for (Node example : examples.items()) {
        Node value = example.get(part);
        if (value != null) {
          found.add(value);
        }
      }
    }
    return found;
  }

  /** As JSON Schema; null for what cannot be. */
  private static @Nullable String schema(Payload payload) {
    return switch (payload.format()) {
      case ASYNCAPI, JSON_SCHEMA_07, JSON_SCHEMA_2020_12 -> payload.text();
      case AVRO -> {
        String avro = payload.text();
        Schema schema = Schema.of(Schema.Format.AVRO, avro);
        // Refuses what is no schema, or too large to be looked into.
        Compatibility.BACKWARD.check(schema, List.of(Schema.of(Schema.Format.AVRO, avro + " ")));
        yield AvroAsJson.schema(avro);
      }
      case PROTOBUF, OPENAPI, OTHER -> null;
    };
  }

  private static Payload converted(Payload payload, String schema) {
    try {
      return Payload.of(
          "application/schema+json;version=draft-07",
          TreeReader.read(
                  payload.schema().place().file(),
                  schema.getBytes(StandardCharsets.UTF_8),
                  Language.JSON)
              .root());
    } catch (MalformedException e) {
      throw new IllegalStateException("what was written as JSON cannot be read", e);
    }
  }

  private void told(@Nullable Node at, String rule, String what) {
    findings.add(finding(at == null ? read : at, rule, Severity.ERROR, what, remedy()));
  }

  private String remedy() {
    return "Keep it as it was, or agree with " + who + " first.";
  }

  private Finding finding(Node at, String rule, Severity severity, String what, String remedy) {
    return new Finding(
        rule,
        severity,
        at.place().file(),
        at.place().line(),
        at.place().column(),
        at.pointer().toString(),
        who + " " + what,
        remedy);
  }
}
