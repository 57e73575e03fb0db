package io.stagepost.asyncapi;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** All messages of a contract, each once. */
final class Messages {
  private Messages() {}

  static List<Message> of(Contract contract) {
    Set<Message> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Message> messages = new ArrayList<>();
    List<Message> all = new ArrayList<>();
    contract.channels().values().forEach(channel -> all.addAll(channel.messages().values()));
    Set<List<Message>> lists = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Operation operation : contract.operations().values()) {
      Operation.Reply reply = operation.reply();
      // Operations that name no messages share the list of their channel.
      if (lists.add(operation.messages())) {
        all.addAll(operation.messages());
      }
      if (reply != null && lists.add(reply.messages())) {
        all.addAll(reply.messages());
      }
    }
    all.addAll(contract.messages().values());
    for (Message message : all) {
      if (seen.add(message)) {
        messages.add(message);
      }
    }
    return messages;
  }

  /** The schemas of a message: payload and headers, as far as it has them. */
  static List<Payload> schemas(Message message) {
    List<Payload> schemas = new ArrayList<>();
    Payload payload = message.payload();
    if (payload != null) {
      schemas.add(payload);
    }
    Payload headers = message.headers();
    if (headers != null) {
      schemas.add(headers);
    }
    return schemas;
  }
}
