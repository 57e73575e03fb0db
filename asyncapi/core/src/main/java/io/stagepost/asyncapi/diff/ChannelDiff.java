package io.stagepost.asyncapi.diff;

import static io.stagepost.asyncapi.diff.Change.Verdict.BREAKING;
import static io.stagepost.asyncapi.diff.Change.Verdict.SAFE;
import static io.stagepost.asyncapi.diff.Change.Verdict.UNKNOWN;

import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Operation.Action;
import io.stagepost.asyncapi.Parameter;
import io.stagepost.asyncapi.Server;
import io.stagepost.asyncapi.diff.Matching.Pair;
import io.stagepost.asyncapi.tree.Node;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares channels, and which messages they carry. */
final class ChannelDiff {
  private final Changes changes;
  private final Contract old;
  private final Uses oldUses;
  private final Uses newUses;
  private final MessageDiff messages;

  ChannelDiff(Changes changes, Contract old, Uses oldUses, Uses newUses, MessageDiff messages) {
    this.changes = changes;
    this.old = old;
    this.oldUses = oldUses;
    this.newUses = newUses;
    this.messages = messages;
  }

  void compare(Scope scope, Pair<Channel> pair) {
    Channel older = pair.older();
    Channel newer = pair.newer();
    if (pair.isRenamed()) {
      changes.add(
          scope,
          DiffRule.CHANNEL_RENAMED,
          Effect.NOTHING,
          older.node(),
          newer.node(),
          "its key is " + pair.newKey() + " now; the address is the same",
          "Mend the code that is generated from it, or keep the key.");
    }
    if (!Objects.equals(older.address(), newer.address())) {
      changes.add(
          scope,
          DiffRule.CHANNEL_ADDRESS,
          older.address() == null || newer.address() == null ? Effect.UNCLEAR : Effect.BREAKS,
          or(older, "address"),
          or(newer, "address"),
          "its address goes from " + Lifecycle.address(older) + " to " + Lifecycle.address(newer),
          "Add a channel with the new address, serve both, and deprecate the old one.");
    } else {
      parameters(scope, older, newer);
    }
    servers(scope, older, newer);
    new BindingDiff(changes, scope).compare("channel", older.bindings(), newer.bindings());
    Lifecycle.compare(changes, scope, older.extensions(), newer.extensions());
    Lifecycle.stability(changes, scope, older.extensions(), newer.extensions());
    Contents.texts(changes, scope, older.node(), newer.node());
    Contents.extensions(changes, scope, older.extensions(), newer.extensions());
    if (oldUses.of(older).isNone() && newUses.of(newer).isNone()) {
      // No operation says more than the channel does.
      new TermsDiff(
              changes,
              scope,
              new MessageDiff.Place(older, null).terms(old, null),
              new MessageDiff.Place(newer, null).terms(messages.newer(), null))
          .operation();
    }
    messages(scope, pair);
  }

  private static Node or(Channel channel, String key) {
    Node node = channel.node().get(key);
    return node == null ? channel.node() : node;
  }

  private void parameters(Scope scope, Channel older, Channel newer) {
    for (Parameter before : older.parameters().values()) {
      Parameter after = newer.parameters().get(before.name());
      if (after == null) {
        continue;
      }
      String name = "the parameter " + before.name();
      Set<String> gone = without(before.values(), after.values());
      Set<String> added = without(after.values(), before.values());
      boolean narrower =
          !after.values().isEmpty() && (before.values().isEmpty() || !gone.isEmpty());
      boolean wider = !before.values().isEmpty() && (after.values().isEmpty() || !added.isEmpty());
      if (narrower) {
        changes.add(
            scope,
            DiffRule.CHANNEL_PARAMETER,
            new Effect(BREAKING, scope.roles().sends() ? UNKNOWN : SAFE),
            before.node(),
            after.node(),
            name + " no longer takes " + (gone.isEmpty() ? "any value" : String.join(", ", gone)),
            "Keep the values: each stands for an address.");
      }
      if (wider) {
        changes.add(
            scope,
            DiffRule.CHANNEL_PARAMETER,
            Effect.forSubscribers(UNKNOWN),
            before.node(),
            after.node(),
            name
                + " takes "
                + (added.isEmpty() ? "any value" : String.join(", ", added))
                + " now: subscribers do not listen there yet",
            "Let subscribers listen to the new addresses first.");
      }
      if (!Objects.equals(before.location(), after.location())) {
        changes.add(
            scope,
            DiffRule.CHANNEL_PARAMETER,
            Effect.UNCLEAR,
            before.node(),
            after.node(),
            name + " stands elsewhere in the message: " + after.location(),
            "Keep its location.");
      }
      if (!Objects.equals(before.defaultValue(), after.defaultValue())) {
        changes.add(
            scope,
            DiffRule.CHANNEL_PARAMETER,
            Effect.UNCLEAR,
            before.node(),
            after.node(),
            name + " has another default: " + after.defaultValue(),
            "Keep its default.");
      }
      Contents.texts(changes, scope, before.node(), after.node());
    }
  }

  private static Set<String> without(List<String> some, List<String> others) {
    Set<String> left = new LinkedHashSet<>(some);
    others.forEach(left::remove);
    return left;
  }

  private void servers(Scope scope, Channel older, Channel newer) {
    Matching<Server> servers = Matching.servers(byKey(older), byKey(newer));
    boolean narrowed = older.node().get("servers") != null || newer.node().get("servers") != null;
    if (!narrowed) {
      return; // It follows the document's servers.
    }
    servers
        .removed()
        .forEach(
            (key, server) ->
                changes.add(
                    scope,
                    DiffRule.CHANNEL_SERVER,
                    Effect.BREAKS,
                    server.node(),
                    newer.node(),
                    "it is no longer on the server " + key,
                    "Keep it there until nobody uses it there."));
    servers
        .added()
        .forEach(
            (key, server) ->
                changes.add(
                    scope,
                    DiffRule.CHANNEL_SERVER,
                    Effect.NOTHING,
                    null,
                    server.node(),
                    "it is on the server " + key + " too",
                    "Nothing to do."));
  }

  private static Map<String, Server> byKey(Channel channel) {
    Map<String, Server> servers = new LinkedHashMap<>();
    channel.servers().forEach(server -> servers.put(server.key(), server));
    return servers;
  }

  private void messages(Scope scope, Pair<Channel> pair) {
    Channel older = pair.older();
    Channel newer = pair.newer();
    Matching<Message> matching = Matching.messages(older.messages(), newer.messages());
    boolean unused = oldUses.of(older).isNone() && newUses.of(newer).isNone();
    for (Pair<Message> each : matching.pairs()) {
      Roles before = oldUses.of(older, each.older());
      Roles after = newUses.of(newer, each.newer());
      Scope message = scope.within("message " + each.oldKey(), each.newer().node());
      Operation operation = oldUses.operation(older, each.older());
      if (operation != null) {
        message = message.exempt(Lifecycle.isDraft(old, operation, each.older()));
      }
      if (each.isRenamed()) {
        changes.add(
            message,
            DiffRule.MESSAGE_RENAMED,
            Effect.NOTHING,
            each.older().node(),
            each.newer().node(),
            "its key is " + each.newKey() + " now",
            "Mend the code that is generated from it, or keep the key.");
      }
      Roles both = before.common(after);
      Roles compared = both.isNone() ? before.and(after).orBoth() : both;
      messages.compare(
          message.of(compared),
          new MessageDiff.Place(older, operation),
          new MessageDiff.Place(newer, newUses.operation(newer, each.newer())),
          each);
      removed(message, lost(before.without(after), pair), each.older(), each.newer());
      added(message, gained(after.without(before), pair), each.newer(), true);
    }
    matching
        .removed()
        .forEach(
            (key, message) -> {
              Roles roles = unused ? Roles.BOTH : lost(oldUses.of(older, message), pair);
              removed(inOld(scope, key, older, message), roles, message, null);
            });
    matching
        .added()
        .forEach(
            (key, message) -> {
              Roles roles = unused ? Roles.BOTH : newUses.of(newer, message);
              added(scope.within("message " + key, message.node()), roles, message, false);
            });
  }

  private Scope inOld(Scope scope, String key, Channel older, Message message) {
    Operation operation = oldUses.operation(older, message);
    boolean draft = operation == null ? scope.exempt() : Lifecycle.isDraft(old, operation, message);
    return new Scope(scope.subject() + ", message " + key, scope.roles(), draft, scope.above());
  }

  /** Roles whose operations are gone altogether are told of there. */
  private Roles lost(Roles roles, Pair<Channel> pair) {
    return roles.common(newUses.of(pair.newer()));
  }

  /** What is done with a message that was listed; with new operations that is told of there. */
  private Roles gained(Roles roles, Pair<Channel> pair) {
    return roles.common(oldUses.of(pair.older()));
  }

  private void removed(Scope scope, Roles roles, Message message, @Nullable Message still) {
    for (Action action : Action.values()) {
      boolean sends = action == Action.SEND;
      if (sends ? !roles.sends() : !roles.receives()) {
        continue;
      }
      Effect effect = sends ? Effect.forSubscribers(UNKNOWN) : Effect.forPublishers(BREAKING);
      String what =
          "the message " + name(message) + " is no longer " + (sends ? "sent" : "received");
      Scope own = scope.of(Roles.of(action));
      if (Lifecycle.isOver(message.extensions(), changes.policy().today())) {
        changes.announced(own, DiffRule.MESSAGE_REMOVED, effect, message.node(), what);
      } else {
        changes.add(
            own,
            DiffRule.MESSAGE_REMOVED.id(),
            sends ? Change.Kind.BEHAVIOUR : Change.Kind.WIRE,
            effect,
            Bump.MINOR,
            message.node(),
            still == null ? null : still.node(),
            what + Lifecycle.notYet(message.extensions(), changes.policy().today()),
            "Keep it, mark it by x-deprecation with a sunset, and remove it after that day.");
      }
    }
  }

  private void added(Scope scope, Roles roles, Message message, boolean listed) {
    for (Action action : Action.values()) {
      boolean sends = action == Action.SEND;
      if (sends ? !roles.sends() : !roles.receives()) {
        continue;
      }
      changes.add(
          scope.of(Roles.of(action)),
          DiffRule.MESSAGE_ADDED,
          sends && !listed
              ? Effect.forSubscribers(DocumentDiff.unknownType(changes.policy()))
              : Effect.NOTHING,
          null,
          message.node(),
          "the message "
              + name(message)
              + " is "
              + (sends ? "sent" : "received")
              + " from now on"
              + (sends && !listed ? "; subscribers meet a type that they do not know" : ""),
          sends && !listed
              ? "Let subscribers handle or skip it first, or give it a channel of its own."
              : "Nothing to do.");
    }
  }

  private static String name(Message message) {
    String type = message.eventType();
    return type == null ? message.name() : type;
  }
}
