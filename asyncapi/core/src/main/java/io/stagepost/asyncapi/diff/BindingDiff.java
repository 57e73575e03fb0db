package io.stagepost.asyncapi.diff;

import static io.stagepost.asyncapi.diff.Change.Verdict.BREAKING;
import static io.stagepost.asyncapi.diff.Change.Verdict.SAFE;
import static io.stagepost.asyncapi.diff.Change.Verdict.UNKNOWN;

import io.stagepost.asyncapi.diff.Change.Kind;
import io.stagepost.asyncapi.diff.Change.Verdict;
import io.stagepost.asyncapi.tree.Node;
import java.math.BigDecimal;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Compares bindings, member by member. A member that is not known is unknown, never safe. */
final class BindingDiff {
  private final Changes changes;
  private final Scope scope;

  BindingDiff(Changes changes, Scope scope) {
    this.changes = changes;
    this.scope = scope;
  }

  /** How a member's change is judged. */
  private enum How {
    /** Both sides have to agree on it. */
    AGREED(Kind.WIRE, BREAKING, BREAKING),
    /** Those who subscribe have to read elsewhere. */
    READ(Kind.WIRE, SAFE, BREAKING),
    /** Keys move between partitions, so that order is lost for a while. */
    ORDER(Kind.BEHAVIOUR, SAFE, BREAKING),
    /** It is handled otherwise. */
    HANDLING(Kind.BEHAVIOUR, UNKNOWN, UNKNOWN),
    /** Those who subscribe get less if it is lower. */
    MORE_IS_BETTER(Kind.BEHAVIOUR, SAFE, UNKNOWN),
    /** What one side may write, the other has to take. */
    LIMIT(Kind.WIRE, BREAKING, BREAKING),
    /** Nobody but the application and its operators meets it. */
    OWN(Kind.BEHAVIOUR, SAFE, SAFE);

    private final Kind kind;
    private final Verdict publishers;
    private final Verdict subscribers;

    How(Kind kind, Verdict publishers, Verdict subscribers) {
      this.kind = kind;
      this.publishers = publishers;
      this.subscribers = subscribers;
    }

    Effect effect() {
      return new Effect(publishers, subscribers);
    }
  }

  /** By protocol, where, and path. */
  private static final Map<String, How> MEMBERS =
      Stream.of(
              Map.of(
                  "kafka/channel/topic", How.AGREED,
                  "kafka/channel/partitions", How.ORDER,
                  "kafka/channel/replicas", How.OWN,
                  "kafka/channel/topicConfiguration/cleanup.policy", How.HANDLING,
                  "kafka/channel/topicConfiguration/retention.ms", How.MORE_IS_BETTER,
                  "kafka/channel/topicConfiguration/retention.bytes", How.MORE_IS_BETTER,
                  "kafka/channel/topicConfiguration/max.message.bytes", How.LIMIT,
                  "kafka/operation/groupId", How.OWN,
                  "kafka/operation/clientId", How.OWN),
              Map.of(
                  "kafka/message/key", How.AGREED,
                  "kafka/message/schemaIdLocation", How.AGREED,
                  "kafka/message/schemaIdPayloadEncoding", How.AGREED,
                  "kafka/message/schemaLookupStrategy", How.AGREED),
              Map.of(
                  "amqp/channel/is", How.AGREED,
                  "amqp/channel/exchange/name", How.AGREED,
                  "amqp/channel/exchange/type", How.AGREED,
                  "amqp/channel/exchange/vhost", How.AGREED,
                  "amqp/channel/queue/name", How.AGREED,
                  "amqp/channel/queue/vhost", How.AGREED,
                  "amqp/message/contentEncoding", How.AGREED,
                  "amqp/message/messageType", How.AGREED,
                  "amqp/operation/cc", How.AGREED,
                  "amqp/operation/ack", How.OWN),
              Map.of(
                  "amqp1/channel/queue/type", How.READ,
                  "amqp1/channel/partitions", How.ORDER,
                  "amqp1/channel/unkeyed", How.ORDER))
          .flatMap(each -> each.entrySet().stream())
          .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));

  /** What is inside these is compared one by one. */
  private static final Set<String> GROUPS =
      Set.of(
          "kafka/channel/topicConfiguration",
          "amqp/channel/exchange",
          "amqp/channel/queue",
          "amqp1/channel/queue");

  /** Compares the bindings of a part: {@code channel}, {@code message} and so on. */
  void compare(String part, Map<String, Node> older, Map<String, Node> newer) {
    for (String protocol : keys(older, newer)) {
      Node before = older.get(protocol);
      Node after = newer.get(protocol);
      if (!Contents.same(before, after)) {
        members(protocol + "/" + part, before, after);
      }
    }
  }

  private void members(String path, @Nullable Node older, @Nullable Node newer) {
    Map<String, Node> before = older == null ? Map.of() : older.members();
    Map<String, Node> after = newer == null ? Map.of() : newer.members();
    for (String key : keys(before, after)) {
      Node was = before.get(key);
      Node is = after.get(key);
      String at = path + "/" + key;
      if (key.equals("bindingVersion") || key.equals("description") || Contents.same(was, is)) {
        continue;
      }
      if (GROUPS.contains(at)) {
        members(at, was, is);
      } else {
        tell(at, was, is);
      }
    }
  }

  private void tell(String path, @Nullable Node was, @Nullable Node is) {
    How how = MEMBERS.getOrDefault(path, How.HANDLING);
    changes.add(
        scope,
        DiffRule.BINDING.id(),
        was == null ? Kind.BEHAVIOUR : how.kind, // What was not said may have been so before.
        effect(how, was, is),
        Bump.MINOR,
        was,
        is,
        "the binding's "
            + path
            + " goes from "
            + Contents.shown(was)
            + " to "
            + Contents.shown(is)
            + (how == How.ORDER ? "; messages of one key move, and may overtake each other" : ""),
        how == How.OWN
            ? "Nothing to do."
            : how == How.AGREED || how == How.ORDER || how == How.READ
                ? "Take a channel of its own, and move there when the old one is empty."
                : "Agree with those who rely on it.");
  }

  private static Effect effect(How how, @Nullable Node was, @Nullable Node is) {
    BigDecimal before = was == null ? null : was.number();
    BigDecimal after = is == null ? null : is.number();
    boolean lower = after != null && before != null && after.compareTo(before) < 0;
    boolean higher = after != null && before != null && after.compareTo(before) > 0;
    // A negative number stands for no bound.
    boolean endless = after != null && after.signum() < 0;
    return switch (how) {
      case MORE_IS_BETTER -> higher || endless ? Effect.NOTHING : how.effect();
      case LIMIT ->
          lower
              ? Effect.forPublishers(BREAKING)
              : higher ? Effect.forSubscribers(BREAKING) : how.effect();
      case ORDER, AGREED, READ -> was == null ? Effect.UNCLEAR : how.effect();
      case HANDLING, OWN -> how.effect();
    };
  }

  private static Set<String> keys(Map<String, Node> older, Map<String, Node> newer) {
    Set<String> keys = new LinkedHashSet<>(older.keySet());
    keys.addAll(newer.keySet());
    return keys;
  }
}
