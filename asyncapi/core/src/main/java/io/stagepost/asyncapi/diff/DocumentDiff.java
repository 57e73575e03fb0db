package io.stagepost.asyncapi.diff;

import static io.stagepost.asyncapi.diff.Change.Verdict.UNKNOWN;

import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Operation.Action;
import io.stagepost.asyncapi.diff.Matching.Pair;
import io.stagepost.asyncapi.tree.Node;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Compares whole contracts. */
final class DocumentDiff {
  private final Changes changes;
  private final Scope document;
  private final Contract older;
  private final Contract newer;
  private final Uses oldUses;
  private final Uses newUses;

  DocumentDiff(Changes changes, Scope document, Contract older, Contract newer) {
    this.changes = changes;
    this.document = document;
    this.older = older;
    this.newer = newer;
    this.oldUses = Uses.of(older);
    this.newUses = Uses.of(newer);
  }

  void run() {
    info();
    new ServerDiff(changes, document).compare(older.servers(), newer.servers());
    Matching<Channel> channels = Matching.channels(older.channels(), newer.channels());
    operations(channels);
    MessageDiff messages = new MessageDiff(changes, older, newer);
    ChannelDiff diff = new ChannelDiff(changes, older, oldUses, newUses, messages);
    for (Pair<Channel> pair : channels.pairs()) {
      Scope scope = scope("channel " + pair.oldKey(), pair.newer().node(), pair.older());
      diff.compare(scope.of(roles(pair)), pair);
    }
    channels.removed().forEach(this::removed);
    channels
        .added()
        .forEach(
            (key, channel) ->
                changes.add(
                    document
                        .within("channel " + key, channel.node())
                        .of(newUses.of(channel).orBoth()),
                    DiffRule.CHANNEL_ADDED,
                    Effect.NOTHING,
                    null,
                    channel.node(),
                    "the channel is new",
                    "Nothing to do."));
  }

  private Roles roles(Pair<Channel> pair) {
    return oldUses.of(pair.older()).and(newUses.of(pair.newer())).orBoth();
  }

  private Scope scope(String subject, Node node, Channel old) {
    return document.within(subject, node).exempt(draft(old.extensions()));
  }

  private boolean draft(Map<String, Node> extensions) {
    Node own = extensions.get("x-stability");
    return own == null ? document.exempt() : Contents.isDraft(own);
  }

  private void info() {
    Node before = older.node().get("info");
    Node after = newer.node().get("info");
    if (before != null && after != null) {
      Scope info = new Scope("the contract", Roles.NONE, false, document.above());
      Contents.texts(changes, info, before, after);
      for (String key : new String[] {"contact", "license", "termsOfService"}) {
        if (!Contents.same(before.get(key), after.get(key))) {
          changes.text(info, DiffRule.TEXT, before, after, "changed: " + key);
        }
      }
      if (!Contents.same(older.node().get("id"), newer.node().get("id"))) {
        changes.text(
            info, DiffRule.TEXT, older.node().get("id"), newer.node().get("id"), "changed: id");
      }
      if (!older.specification().equals(newer.specification())) {
        changes.text(
            info,
            DiffRule.TEXT,
            older.node().get("asyncapi"),
            newer.node().get("asyncapi"),
            "changed: the version of AsyncAPI");
      }
      Contents.extensions(changes, info, older.extensions(), newer.extensions());
      Lifecycle.stability(changes, info.of(Roles.BOTH), older.extensions(), newer.extensions());
    }
  }

  private void removed(String key, Channel channel) {
    Scope scope =
        new Scope("channel " + key, Roles.BOTH, draft(channel.extensions()), document.above())
            .of(oldUses.of(channel).orBoth());
    String what = "the channel " + Lifecycle.address(channel) + " is gone";
    if (Lifecycle.isOver(channel.extensions(), changes.policy().today())) {
      changes.announced(scope, DiffRule.CHANNEL_REMOVED, Effect.BREAKS, channel.node(), what);
      return;
    }
    changes.add(
        scope,
        DiffRule.CHANNEL_REMOVED,
        Effect.BREAKS,
        channel.node(),
        null,
        what + Lifecycle.notYet(channel.extensions(), changes.policy().today()),
        "Keep it, mark it by x-deprecation with a sunset, and remove it after that day.");
  }

  private void operations(Matching<Channel> channels) {
    IdentityHashMap<Channel, String> ids = new IdentityHashMap<>();
    for (Pair<Channel> pair : channels.pairs()) {
      ids.put(pair.older(), "both " + pair.oldKey());
      ids.put(pair.newer(), "both " + pair.oldKey());
    }
    Matching<Operation> matching =
        Matching.operations(
            older.operations(),
            newer.operations(),
            (operation, old) ->
                ids.getOrDefault(
                    operation.channel(), (old ? "old " : "new ") + operation.channel().key()));
    OperationDiff diff = new OperationDiff(changes, older, newer);
    for (Pair<Operation> pair : matching.pairs()) {
      Scope scope =
          document
              .within("operation " + pair.oldKey(), pair.newer().node())
              .exempt(Lifecycle.isDraft(older, pair.older(), null));
      diff.compare(scope, pair, ids);
    }
    matching
        .removed()
        .forEach(
            (key, operation) -> {
              if (ids.containsKey(operation.channel())) {
                removed(key, operation, newUses.operates(newChannel(channels, operation)));
              }
            });
    matching
        .added()
        .forEach(
            (key, operation) -> {
              if (ids.containsKey(operation.channel())) {
                changes.add(
                    document
                        .within("operation " + key, operation.node())
                        .of(Roles.of(operation.action())),
                    DiffRule.OPERATION_ADDED,
                    Effect.NOTHING,
                    null,
                    operation.node(),
                    "the application " + verb(operation) + " here from now on",
                    "Nothing to do.");
              }
            });
  }

  private static @Nullable Channel newChannel(Matching<Channel> channels, Operation operation) {
    return channels.pairs().stream()
        .filter(pair -> pair.older().node().equals(operation.channel().node()))
        .map(Pair::newer)
        .findFirst()
        .orElse(null);
  }

  private void removed(String key, Operation operation, Roles left) {
    Roles roles = Roles.of(operation.action());
    Scope scope =
        new Scope(
            "operation " + key, roles, Lifecycle.isDraft(older, operation, null), document.above());
    if (roles.without(left).isNone()) {
      changes.add(
          scope,
          DiffRule.OPERATION_RENAMED,
          Effect.NOTHING,
          operation.node(),
          null,
          "the operation is gone; another one " + verb(operation) + " on the same channel",
          "Mend the code that is generated from it.");
      return;
    }
    String what = "the application no longer " + verb(operation) + " on this channel";
    Effect effect =
        operation.action() == Action.SEND
            ? Effect.forSubscribers(Change.Verdict.BREAKING)
            : Effect.forPublishers(Change.Verdict.BREAKING);
    if (Lifecycle.isOver(operation.extensions(), changes.policy().today())
        || Lifecycle.isOver(operation.channel().extensions(), changes.policy().today())) {
      changes.announced(scope, DiffRule.OPERATION_REMOVED, effect, operation.node(), what);
      return;
    }
    changes.add(
        scope,
        DiffRule.OPERATION_REMOVED,
        effect,
        operation.node(),
        null,
        what + Lifecycle.notYet(operation.extensions(), changes.policy().today()),
        "Keep it, mark it by x-deprecation with a sunset, and remove it after that day.");
  }

  static String verb(Operation operation) {
    return operation.action() == Action.SEND ? "sends" : "receives";
  }

  /** The verdict for subscribers who meet a type of message that they do not know. */
  static Change.Verdict unknownType(DiffPolicy policy) {
    return policy.sealed() ? Change.Verdict.BREAKING : UNKNOWN;
  }
}
