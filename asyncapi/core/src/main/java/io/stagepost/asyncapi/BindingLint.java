package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.Node;
import java.util.Map;

/**
 * The binding for AMQP 1.0, {@code amqp1}, of which AsyncAPI says nothing: its form, and what in it
 * contradicts.
 */
final class BindingLint {
  private static final Definitions FORMS = new Definitions("amqp1.schema.json");
  private static final String BINDING = "amqp1";

  private final Lint lint;
  private final Contract contract;

  BindingLint(Lint lint, Contract contract) {
    this.lint = lint;
    this.contract = contract;
  }

  void run() {
    contract.servers().values().forEach(server -> form("server", server.bindings()));
    for (Channel channel : contract.channels().values()) {
      form("channel", channel.bindings());
      Node binding = channel.bindings().get(BINDING);
      if (binding != null && isOurs(binding)) {
        contradictions(channel, binding);
      }
    }
    contract.operations().values().forEach(each -> form("operation", each.bindings()));
    Messages.of(contract).forEach(message -> form("message", message.bindings()));
  }

  private void form(String part, Map<String, Node> bindings) {
    Node binding = bindings.get(BINDING);
    if (binding != null && isOurs(binding)) {
      lint.form(
          LintRule.LINT_BINDING,
          "the " + BINDING + " binding of a " + part,
          binding,
          FORMS.violations(part, binding),
          "Write it as docs/contracts/extensions.md describes it; if it is not ours, say so by"
              + " a bindingVersion of its own.");
    }
  }

  private static boolean isOurs(Node binding) {
    String version = binding.text("bindingVersion");
    return version == null || version.startsWith("stagepost");
  }

  private void contradictions(Channel channel, Node binding) {
    Node queue = binding.get("queue");
    Node unkeyed = binding.get("unkeyed");
    boolean isStream = queue != null && "stream".equals(queue.text("type"));
    boolean isUnkeyed = unkeyed != null && Boolean.TRUE.equals(unkeyed.bool());
    if (binding.get("partitions") != null && (isStream || isUnkeyed)) {
      lint.toldKey(
          LintRule.LINT_BINDING,
          binding,
          "partitions",
          "the channel "
              + channel.key()
              + (isStream
                  ? " is a stream, which has no partitions"
                  : " is unkeyed: a subscription has one queue"),
          "Leave one of them out.");
    }
    if (isUnkeyed && isStream) {
      lint.toldKey(
          LintRule.LINT_BINDING,
          binding,
          "unkeyed",
          "the channel " + channel.key() + " is a stream, which is read in its order",
          "Leave one of them out.");
    } else if (isUnkeyed) {
      for (Operation operation : contract.operations().values()) {
        if (operation.channel().node().equals(channel.node())) {
          operation.messages().forEach(message -> ordered(operation, message, binding));
        }
      }
    }
  }

  private void ordered(Operation operation, Message message, Node binding) {
    Terms.of(contract, operation, message)
        .text("x-ordering-key", "")
        .filter(key -> !key.value().equals("none"))
        .ifPresent(
            key ->
                lint.toldKey(
                    LintRule.LINT_BINDING,
                    binding,
                    "unkeyed",
                    "the channel is unkeyed, and its message "
                        + message.key()
                        + " has the ordering key "
                        + key.value(),
                    "Leave out unkeyed, or say x-ordering-key: none."));
  }
}
