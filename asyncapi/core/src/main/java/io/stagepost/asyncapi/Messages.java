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
    contract
        .operations()
        .values()
        .forEach(
            operation -> {
              all.addAll(operation.messages());
              Operation.Reply reply = operation.reply();
              if (reply != null) {
                all.addAll(reply.messages());
              }
            });
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
