package io.stagepost.asyncapi.operations;

import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Looks for what a contract carries without need: payloads that may grow beyond their limit, fields
 * without bound or in no example, schemas written twice, and parts that nothing uses. The rules are
 * listed in {@code docs/contracts/rules.md}. Whether a consumer needs a field is not known from a
 * contract, and not guessed.
 */
public final class Audit {
  private Audit() {}

  /**
   * What an audit finds in a checked document.
   *
   * @param checked the document
   * @return with what checking found, sorted; only that if it is not valid
   */
  public static List<Finding> of(Checked checked) {
    List<Finding> findings = new ArrayList<>(checked.findings());
    if (checked.isValid()) {
      checked.contract().ifPresent(contract -> findings.addAll(of(contract)));
    }
    return findings.stream().distinct().sorted().toList();
  }

  /**
   * What an audit finds in a contract.
   *
   * @param contract the contract
   * @return sorted
   */
  public static List<Finding> of(Contract contract) {
    List<Finding> findings = new ArrayList<>(new Unused(contract).check());
    findings.addAll(new Duplicates().check(contract.node()));
    for (Message message : messages(contract).values()) {
      findings.addAll(new PayloadAudit(contract, message).check());
    }
    return findings.stream().distinct().sorted().toList();
  }

  /** All messages, each once: by where they were written. */
  static Map<String, Message> messages(Contract contract) {
    Map<String, Message> messages = new LinkedHashMap<>();
    contract
        .channels()
        .values()
        .forEach(channel -> channel.messages().values().forEach(m -> put(messages, m)));
    contract.messages().values().forEach(message -> put(messages, message));
    return messages;
  }

  private static void put(Map<String, Message> messages, Message message) {
    messages.putIfAbsent(id(message), message);
  }

  static String id(Message message) {
    return message.node().place() + " " + message.node().pointer();
  }
}
