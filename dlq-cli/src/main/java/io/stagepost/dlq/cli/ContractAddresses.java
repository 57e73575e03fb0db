package io.stagepost.dlq.cli;

import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Terms;
import io.stagepost.asyncapi.tree.Node;
import java.text.Normalizer;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the operations of a contract put what they cannot handle: {@code x-dead-letter} and {@code
 * x-parking}, or what these are by default. An address with open parameters is left out.
 */
final class ContractAddresses {
  private ContractAddresses() {}

  static Set<String> of(Contract contract) {
    Set<String> all = new LinkedHashSet<>();
    for (Operation operation : contract.operations().values()) {
      String channel = channel(operation);
      if (operation.action() == Operation.Action.RECEIVE && channel != null) {
        String subscription = subscription(contract, operation);
        Terms terms = Terms.of(contract, operation, null);
        String own = channel + "." + subscription;
        all.add(named(terms, "x-dead-letter", channel, subscription, own + ".dead-letter"));
        all.add(named(terms, "x-parking", channel, subscription, own + ".parking-lot"));
      }
    }
    all.removeIf(address -> address.indexOf('{') >= 0);
    return all;
  }

  private static String named(
      Terms terms, String extension, String channel, String subscription, String otherwise) {
    return terms
        .text(extension, "address")
        .map(Terms.Term::value)
        .map(text -> text.replace("{channel}", channel).replace("{subscription}", subscription))
        .orElse(otherwise);
  }

  private static @Nullable String channel(Operation operation) {
    Node kafka = operation.channel().bindings().get("kafka");
    String topic = kafka == null ? null : kafka.text("topic");
    return topic == null ? operation.channel().address() : topic;
  }

  /**
   * The group of the Kafka binding, or one by the contract's title, as the command contract does.
   */
  private static String subscription(Contract contract, Operation operation) {
    Node kafka = operation.bindings().get("kafka");
    Node group = kafka == null ? null : kafka.get("groupId");
    Node values = group == null ? null : group.get("enum");
    String only =
        values != null && values.items().size() == 1
            ? values.items().get(0).text()
            : group == null ? null : group.text("const");
    return only == null
        ? Normalizer.normalize(contract.title(), Normalizer.Form.NFKD)
            .toLowerCase(Locale.ROOT)
            .replaceAll("\\p{M}+", "")
            .replaceAll("[^a-z0-9]+", "-")
            .replaceAll("^-|-$", "")
        : only;
  }
}
