package io.stagepost.asyncapi.diff;

import static io.stagepost.asyncapi.diff.Change.Verdict.BREAKING;
import static io.stagepost.asyncapi.diff.Change.Verdict.SAFE;
import static io.stagepost.asyncapi.diff.Change.Verdict.UNKNOWN;

import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Operation.Action;
import io.stagepost.asyncapi.Terms;
import io.stagepost.asyncapi.diff.Change.Kind;
import io.stagepost.asyncapi.diff.DiffPolicy.Replay;
import io.stagepost.asyncapi.diff.Matching.Pair;
import io.stagepost.asyncapi.tree.Node;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Compares messages that are in both contracts. */
final class MessageDiff {
  private final Changes changes;
  private final Contract oldContract;
  private final Contract newContract;
  private final PayloadDiff payloads;

  MessageDiff(Changes changes, Contract oldContract, Contract newContract) {
    this.changes = changes;
    this.oldContract = oldContract;
    this.newContract = newContract;
    this.payloads = new PayloadDiff(changes);
  }

  Contract newer() {
    return newContract;
  }

  /** Where a message is used: its channel, and an operation; null if none uses it. */
  record Place(Channel channel, @Nullable Operation operation) {
    Terms terms(Contract contract, @Nullable Message message) {
      return Terms.of(
          contract,
          operation == null || !operation.channel().node().equals(channel.node())
              ? pseudo()
              : operation,
          message);
    }

    /** What holds where no operation of the channel's own says more. */
    private Operation pseudo() {
      return new Operation(
          channel.key(),
          Action.SEND,
          channel,
          List.of(),
          null,
          null,
          null,
          null,
          List.of(),
          List.of(),
          Map.of(),
          Map.of(),
          channel.node());
    }

    boolean hasLog(Replay replay) {
      if (replay != Replay.AUTO) {
        return replay == Replay.ALWAYS;
      }
      Node queue = null;
      for (String protocol : List.of("amqp1", "amqp")) {
        Node binding = channel.bindings().get(protocol);
        queue = binding == null || queue != null ? queue : binding.get("queue");
      }
      return channel.bindings().containsKey("kafka")
          || (queue != null && "stream".equals(queue.text("type")))
          || channel.servers().stream()
              .map(server -> server.protocol().toLowerCase(Locale.ROOT))
              .anyMatch(name -> name.startsWith("kafka") || name.startsWith("pulsar"));
    }
  }

  void compare(Scope scope, Place before, Place after, Pair<Message> pair) {
    Message older = pair.older();
    Message newer = pair.newer();
    type(scope, pair);
    contentType(scope, pair);
    boolean replay =
        before.hasLog(changes.policy().replay()) || after.hasLog(changes.policy().replay());
    payloads.compare(
        scope, new PayloadDiff.Both("payload", older.payload(), newer.payload(), replay));
    payloads.compare(
        scope, new PayloadDiff.Both("headers", older.headers(), newer.headers(), replay));
    correlation(scope, older, newer);
    if (older.deprecated() != newer.deprecated()) {
      changes.add(
          scope,
          DiffRule.DEPRECATED,
          Effect.NOTHING,
          older.node().get("deprecated"),
          newer.node().get("deprecated"),
          newer.deprecated() ? "it is deprecated now" : "it is no longer deprecated",
          "Tell those who use it.");
    }
    new BindingDiff(changes, scope).compare("message", older.bindings(), newer.bindings());
    new TermsDiff(changes, scope, before.terms(oldContract, older), after.terms(newContract, newer))
        .message();
    Lifecycle.compare(changes, scope, older.extensions(), newer.extensions());
    Lifecycle.stability(changes, scope, older.extensions(), newer.extensions());
    Contents.texts(changes, scope, older.node(), newer.node());
    Contents.extensions(changes, scope, older.extensions(), newer.extensions());
  }

  private void type(Scope scope, Pair<Message> pair) {
    Message older = pair.older();
    Message newer = pair.newer();
    String before = older.eventType();
    String after = newer.eventType();
    if (Objects.equals(before, after)) {
      if (!older.name().equals(newer.name())) {
        changes.add(
            scope,
            DiffRule.MESSAGE_RENAMED,
            Effect.NOTHING,
            older.node(),
            newer.node(),
            "its name goes from " + older.name() + " to " + newer.name(),
            "Mend the code that is generated from it, or keep the name.");
      }
      return;
    }
    boolean said = before != null && after != null;
    reading(
        scope,
        DiffRule.MESSAGE_TYPE,
        pair,
        "event type",
        before,
        after,
        said
            ? "Add a message with the new type, send or receive both, and deprecate the old one."
            : "Say the type that is on the wire.");
  }

  private void contentType(Scope scope, Pair<Message> pair) {
    String before = canonical(pair.older().contentType());
    String after = canonical(pair.newer().contentType());
    if (!Objects.equals(before, after)) {
      reading(
          scope,
          DiffRule.CONTENT_TYPE,
          pair,
          "content type",
          before,
          after,
          "Give the new content type a message and an event type of its own.");
    }
  }

  /** By what a message is read; if one of the contracts does not say it, it may be the same. */
  private void reading(
      Scope scope,
      DiffRule rule,
      Pair<Message> pair,
      String what,
      @Nullable String before,
      @Nullable String after,
      String remedy) {
    boolean said = before != null && after != null;
    changes.add(
        scope,
        rule.id(),
        said ? rule.kind() : Kind.BEHAVIOUR,
        said ? Effect.BREAKS : Effect.UNCLEAR,
        Bump.MINOR,
        pair.older().node(),
        pair.newer().node(),
        "its %s goes from %s to %s"
            .formatted(
                what,
                Objects.requireNonNullElse(before, "nothing"),
                Objects.requireNonNullElse(after, "nothing")),
        remedy);
  }

  private static @Nullable String canonical(@Nullable String type) {
    return type == null ? null : type.replace(" ", "").toLowerCase(Locale.ROOT);
  }

  private void correlation(Scope scope, Message older, Message newer) {
    String before = older.correlationId();
    String after = newer.correlationId();
    if (Objects.equals(before, after)) {
      return;
    }
    Effect effect =
        before == null
            ? Effect.forPublishers(scope.roles().receives() ? BREAKING : SAFE)
            : after == null ? Effect.forSubscribers(BREAKING) : Effect.BREAKS;
    if (before == null && !scope.roles().receives()) {
      effect = Effect.forPublishers(UNKNOWN);
    }
    changes.add(
        scope,
        DiffRule.CORRELATION_ID,
        effect,
        older.node().get("correlationId"),
        newer.node().get("correlationId"),
        "its correlation id goes from "
            + (before == null ? "nowhere" : before)
            + " to "
            + (after == null ? "nowhere" : after),
        before == null
            ? "Let publishers set it first."
            : "Keep it where it was; a second one may stand beside it.");
  }
}
