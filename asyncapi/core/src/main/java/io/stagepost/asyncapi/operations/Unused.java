package io.stagepost.asyncapi.operations;

import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.Pointer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What nothing in a contract leads to. Not thread-safe; for one contract. */
final class Unused {
  private final Contract contract;
  private final @Nullable Payload any;
  private final Set<String> used = new HashSet<>();
  private final Set<Node> seen = new HashSet<>();
  private final Deque<Node> waiting = new ArrayDeque<>();
  private final List<Finding> findings = new ArrayList<>();
  private boolean hasDiscriminator;

  Unused(Contract contract) {
    this.contract = contract;
    this.any =
        Audit.messages(contract).values().stream()
            .flatMap(m -> Stream.of(m.payload(), m.headers()).filter(p -> p != null))
            .findFirst()
            .orElse(null);
  }

  List<Finding> check() {
    components();
    channels();
    return findings;
  }

  private void components() {
    Node components = contract.node().get("components");
    if (components == null) {
      return;
    }
    contract.node().members().entrySet().stream()
        .filter(member -> !member.getKey().equals("components"))
        .forEach(member -> waiting.add(member.getValue()));
    while (!waiting.isEmpty()) {
      visit(waiting.remove());
    }
    components
        .members()
        .forEach(
            (kind, all) -> {
              boolean isByName = kind.equals("schemas") && hasDiscriminator;
              for (String name :
                  kind.startsWith("x-") || isByName ? Set.<String>of() : all.members().keySet()) {
                if (!used.contains(kind + "/" + name)) {
                  findings.add(
                      AuditRule.AUDIT_UNUSED_COMPONENT.atKey(
                          all,
                          name,
                          "nothing refers to components/" + kind + "/" + name,
                          "Remove it, or use it."));
                }
              }
            });
  }

  private void visit(Node node) {
    if (!seen.add(node)) {
      return;
    }
    hasDiscriminator |= node.get("discriminator") != null;
    String reference = node.reference();
    if (reference != null) {
      follow(node, reference);
    }
    waiting.addAll(node.items());
    node.members().values().forEach(waiting::add);
  }

  private void follow(Node holder, String reference) {
    boolean isHere = reference.startsWith("#") && isRoot(holder);
    if (isHere) {
      try {
        reached(Pointer.parseFragment(reference.substring(1)));
      } catch (IllegalArgumentException e) {
        return; // the check tells of it
      }
    }
    Node target = any == null ? null : any.follow(holder);
    if (target != null) {
      if (isRoot(target)) {
        reached(target.pointer().tokens());
      }
      waiting.add(target);
    }
  }

  private boolean isRoot(Node node) {
    return node.place().file().equals(contract.node().place().file());
  }

  private void reached(List<String> tokens) {
    if (tokens.size() >= 3 && tokens.get(0).equals("components")) {
      used.add(tokens.get(1) + "/" + tokens.get(2));
      Node component = contract.node().at(tokens.subList(0, 3));
      if (component != null) {
        waiting.add(component);
      }
    }
  }

  private void channels() {
    Set<String> channels = new HashSet<>();
    Set<String> messages = new HashSet<>();
    for (Operation operation : contract.operations().values()) {
      use(operation.channel(), operation.messages(), channels, messages);
      Operation.Reply reply = operation.reply();
      if (reply != null) {
        use(reply.channel(), reply.messages(), channels, messages);
      }
    }
    Node written = contract.node().get("channels");
    if (written == null || contract.operations().isEmpty()) {
      return; // a document of channels alone is there for others
    }
    for (Map.Entry<String, Channel> channel : contract.channels().entrySet()) {
      if (!channels.contains(channel.getKey())) {
        findings.add(
            AuditRule.AUDIT_UNUSED_CHANNEL.atKey(
                written,
                channel.getKey(),
                "no operation uses the channel " + channel.getKey(),
                "Remove it, or say which operation sends to it or receives from it."));
        continue;
      }
      Node all = channel.getValue().node().get("messages");
      for (Map.Entry<String, Message> message : channel.getValue().messages().entrySet()) {
        if (all != null && !messages.contains(Audit.id(message.getValue()))) {
          findings.add(
              AuditRule.AUDIT_UNUSED_MESSAGE.atKey(
                  all,
                  message.getKey(),
                  "no operation sends or receives the message " + message.getKey(),
                  "Remove it from the channel, or name it in an operation."));
        }
      }
    }
  }

  private static void use(
      @Nullable Channel channel, List<Message> used, Set<String> channels, Set<String> messages) {
    if (channel != null) {
      channels.add(channel.key());
    }
    used.forEach(message -> messages.add(Audit.id(message)));
  }
}
