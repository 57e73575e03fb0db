package io.stagepost.asyncapi.catalogue;

import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Operation;
import java.util.HashMap;
import java.util.Map;

/** Where on a contract's page something is described. */
final class Anchors {
  private final Map<String, String> messages = new HashMap<>();

  Anchors(Contract contract) {
    Slugs slugs = new Slugs();
    for (Message message : Documented.messages(contract)) {
      messages.put(Documented.id(message), "message-" + slugs.next(message.name()));
    }
  }

  String of(Message message) {
    return messages.getOrDefault(Documented.id(message), "messages");
  }

  static String of(Channel channel) {
    return "channel-" + exact(channel.key());
  }

  static String of(Operation operation) {
    return "operation-" + exact(operation.key());
  }

  /** Keys are unique, and their anchors too. */
  private static String exact(String key) {
    StringBuilder exact = new StringBuilder();
    key.codePoints()
        .forEach(
            c -> {
              if (c < 128 && Character.isLetterOrDigit(c)) {
                exact.appendCodePoint(c);
              } else {
                exact.append('_').append(Integer.toHexString(c));
              }
            });
    return exact.toString();
  }
}
