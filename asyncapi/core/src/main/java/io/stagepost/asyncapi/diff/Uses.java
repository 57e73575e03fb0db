package io.stagepost.asyncapi.diff;

import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Operation;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/** What the application does with channels and their messages. */
final class Uses {
  private final IdentityHashMap<Channel, Roles> operated = new IdentityHashMap<>();
  private final IdentityHashMap<Channel, Roles> channels = new IdentityHashMap<>();
  private final IdentityHashMap<Channel, IdentityHashMap<Message, Roles>> messages =
      new IdentityHashMap<>();
  private final IdentityHashMap<Channel, IdentityHashMap<Message, Operation>> operations =
      new IdentityHashMap<>();

  static Uses of(Contract contract) {
    Uses uses = new Uses();
    for (Operation operation : contract.operations().values()) {
      Roles roles = Roles.of(operation.action());
      uses.operated.merge(operation.channel(), roles, Roles::and);
      uses.add(operation, operation.channel(), operation.messages(), roles);
      Operation.Reply reply = operation.reply();
      Channel channel = reply == null ? null : reply.channel();
      if (reply != null && channel != null) {
        uses.add(operation, channel, reply.messages(), roles.inverse());
      }
    }
    return uses;
  }

  private void add(Operation operation, Channel channel, Iterable<Message> used, Roles roles) {
    channels.merge(channel, roles, Roles::and);
    IdentityHashMap<Message, Roles> known =
        messages.computeIfAbsent(channel, c -> new IdentityHashMap<>());
    IdentityHashMap<Message, Operation> by =
        operations.computeIfAbsent(channel, c -> new IdentityHashMap<>());
    for (Message message : used) {
      known.merge(message, roles, Roles::and);
      by.putIfAbsent(message, operation);
    }
  }

  /** What operations, and not replies, do with a channel. */
  Roles operates(@Nullable Channel channel) {
    return channel == null ? Roles.NONE : operated.getOrDefault(channel, Roles.NONE);
  }

  Roles of(Channel channel) {
    return channels.getOrDefault(channel, Roles.NONE);
  }

  Roles of(Channel channel, Message message) {
    return messages
        .getOrDefault(channel, new IdentityHashMap<>())
        .getOrDefault(message, Roles.NONE);
  }

  /** The first operation that uses a message; null if none does. */
  @Nullable Operation operation(Channel channel, Message message) {
    return operations.getOrDefault(channel, new IdentityHashMap<>()).get(message);
  }
}
