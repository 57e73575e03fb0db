package io.stagepost.asyncapi.diff;

import static io.stagepost.asyncapi.diff.Change.Verdict.BREAKING;
import static io.stagepost.asyncapi.diff.Change.Verdict.UNKNOWN;

import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Operation.Action;
import io.stagepost.asyncapi.Operation.Reply;
import io.stagepost.asyncapi.Terms;
import io.stagepost.asyncapi.diff.Matching.Pair;
import java.util.IdentityHashMap;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Compares operations that are in both contracts, without their messages. */
final class OperationDiff {
  private final Changes changes;
  private final Contract oldContract;
  private final Contract newContract;

  OperationDiff(Changes changes, Contract oldContract, Contract newContract) {
    this.changes = changes;
    this.oldContract = oldContract;
    this.newContract = newContract;
  }

  void compare(Scope document, Pair<Operation> pair, IdentityHashMap<Channel, String> channels) {
    Operation older = pair.older();
    Operation newer = pair.newer();
    Roles roles = Roles.of(older.action());
    Scope scope = document.of(roles);
    if (pair.isRenamed()) {
      changes.add(
          scope,
          DiffRule.OPERATION_RENAMED,
          Effect.NOTHING,
          older.node(),
          newer.node(),
          "its key is " + pair.newKey() + " now",
          "Mend the code that is generated from it, or keep the key.");
    }
    if (older.action() != newer.action()) {
      changes.add(
          scope,
          DiffRule.OPERATION_ACTION,
          Effect.BREAKS,
          older.node().get("action"),
          newer.node().get("action"),
          "it " + DocumentDiff.verb(newer) + " now, and no longer " + DocumentDiff.verb(older),
          "Add an operation, and deprecate this one.");
    }
    String before = channels.get(older.channel());
    // A channel that is gone is told of itself.
    if (before != null && !before.equals(channels.get(newer.channel()))) {
      changes.add(
          scope,
          DiffRule.OPERATION_MOVED,
          older.action() == Action.SEND
              ? Effect.forSubscribers(BREAKING)
              : Effect.forPublishers(BREAKING),
          older.node().get("channel"),
          newer.node().get("channel"),
          "it "
              + DocumentDiff.verb(newer)
              + " on "
              + Lifecycle.address(newer.channel())
              + " now, and no longer on "
              + Lifecycle.address(older.channel()),
          "Serve both channels for a while, and deprecate the old one.");
    }
    reply(scope, older, newer, channels);
    ServerDiff.security(
        changes, scope, older.node(), newer.node(), older.security(), newer.security());
    new BindingDiff(changes, scope).compare("operation", older.bindings(), newer.bindings());
    new TermsDiff(
            changes, scope, Terms.of(oldContract, older, null), Terms.of(newContract, newer, null))
        .operation();
    Lifecycle.compare(changes, scope, older.extensions(), newer.extensions());
    Lifecycle.stability(changes, scope, older.extensions(), newer.extensions());
    Contents.texts(changes, scope, older.node(), newer.node());
    Contents.extensions(changes, scope, older.extensions(), newer.extensions());
  }

  private void reply(
      Scope scope, Operation older, Operation newer, IdentityHashMap<Channel, String> channels) {
    Reply before = older.reply();
    Reply after = newer.reply();
    boolean asks = older.action() == Action.SEND;
    if (before == null && after == null) {
      return;
    }
    if (after == null && before != null) {
      changes.add(
          scope,
          DiffRule.REPLY.id(),
          asks ? Change.Kind.BEHAVIOUR : Change.Kind.WIRE,
          asks ? Effect.forSubscribers(UNKNOWN) : Effect.forPublishers(BREAKING),
          Bump.MINOR,
          before.node(),
          null,
          asks ? "it reads no replies any more" : "it no longer replies: who asks waits in vain",
          "Keep the reply, or add an operation without one.");
    } else if (before == null && after != null) {
      changes.add(
          scope,
          DiffRule.REPLY,
          asks ? Effect.forSubscribers(BREAKING) : Effect.NOTHING,
          null,
          after.node(),
          asks ? "it waits for a reply that nobody had to give" : "it replies from now on",
          asks ? "Add an operation that asks, and let receivers answer first." : "Nothing to do.");
    } else if (before != null && after != null) {
      moved(scope, before, after, channels);
    }
  }

  private void moved(
      Scope scope, Reply before, Reply after, IdentityHashMap<Channel, String> channels) {
    if (!Objects.equals(before.address(), after.address())) {
      changes.add(
          scope,
          DiffRule.REPLY,
          Effect.BREAKS,
          before.node(),
          after.node(),
          "where the address for the reply stands goes from "
              + before.address()
              + " to "
              + after.address(),
          "Keep it where it was.");
    }
    if (!Objects.equals(id(before.channel(), channels), id(after.channel(), channels))) {
      changes.add(
          scope,
          DiffRule.REPLY,
          Effect.BREAKS,
          before.node(),
          after.node(),
          "the reply takes another channel",
          "Serve both channels for a while.");
    }
  }

  private static @Nullable String id(
      @Nullable Channel channel, IdentityHashMap<Channel, String> channels) {
    return channel == null ? null : channels.getOrDefault(channel, "no " + channel.key());
  }
}
