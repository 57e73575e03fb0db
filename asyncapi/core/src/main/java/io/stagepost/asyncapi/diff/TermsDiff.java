package io.stagepost.asyncapi.diff;

import static io.stagepost.asyncapi.diff.Change.Verdict.BREAKING;
import static io.stagepost.asyncapi.diff.Change.Verdict.SAFE;
import static io.stagepost.asyncapi.diff.Change.Verdict.UNKNOWN;

import io.stagepost.asyncapi.Terms;
import io.stagepost.asyncapi.Terms.RetryTerms;
import io.stagepost.asyncapi.Terms.Term;
import io.stagepost.asyncapi.tree.Node;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Compares what is promised of how messages are handled. */
final class TermsDiff {
  /** Extensions that are compared here, or elsewhere. */
  static final Set<String> KNOWN =
      Set.of(
          "x-message-kind",
          "x-event-type",
          "x-delivery",
          "x-timeout",
          "x-retry",
          "x-ttl",
          "x-expired",
          "x-unknown-type",
          "x-ordering-key",
          "x-idempotency-key",
          "x-dead-letter",
          "x-parking",
          "x-rate",
          "x-priority",
          "x-degradation",
          "x-slo",
          "x-error-budget",
          "x-deprecation",
          "x-max-bytes",
          "x-criticality",
          "x-stability",
          "x-waivers");

  /** Whether less is promised than before. */
  private enum Promise {
    LESS,
    MORE,
    OTHER
  }

  private final Changes changes;
  private final Scope scope;
  private final Terms older;
  private final Terms newer;

  TermsDiff(Changes changes, Scope scope, Terms older, Terms newer) {
    this.changes = changes;
    this.scope = scope;
    this.older = older;
    this.newer = newer;
  }

  /** What is promised for an operation as a whole. */
  void operation() {
    promise("x-delivery", DiffRule.DELIVERY, ranked("at-least-once", "effectively-once"));
    promise("x-timeout", DiffRule.TIMEOUT, (before, after) -> Promise.MORE);
    promise("x-retry", DiffRule.RETRY, this::retry);
    promise("x-expired", DiffRule.EXPIRED, other());
    promise("x-unknown-type", DiffRule.UNKNOWN_TYPE, other());
    promise("x-dead-letter", DiffRule.DEAD_LETTER, unlessAdded());
    promise("x-parking", DiffRule.PARKING, unlessAdded());
    promise("x-rate", DiffRule.RATE, (before, after) -> byNumber(rate(before), rate(after)));
    promise("x-degradation", DiffRule.DEGRADATION, TermsDiff::degradation);
    promise("x-priority", DiffRule.PRIORITY, ranked("normal", "bulk", "normal", "urgent"));
  }

  /** What is promised for a message. */
  void message() {
    keys();
    maxBytes();
    promise("x-ttl", DiffRule.TTL, (before, after) -> byNumber(seconds(before), seconds(after)));
    promise("x-slo", DiffRule.SLO, TermsDiff::slo);
    promise(
        "x-error-budget",
        DiffRule.ERROR_BUDGET,
        (before, after) ->
            after == null
                ? Promise.LESS
                : byNumber(number(after, "percent"), number(before, "percent")));
    promise("x-criticality", DiffRule.CRITICALITY, ranked("normal", "normal", "order", "money"));
    String before = older.text("x-message-kind", "kind").map(Term::value).orElse("event");
    String after = newer.text("x-message-kind", "kind").map(Term::value).orElse("event");
    if (!before.equals(after)) {
      tell(
          "x-message-kind",
          DiffRule.MESSAGE_KIND,
          Effect.BREAKS,
          "Add a message of that kind, and deprecate this one.");
    }
  }

  private interface Judge {
    Promise of(@Nullable Node before, @Nullable Node after);
  }

  private void promise(String name, DiffRule rule, Judge judge) {
    Node before = older.find(name).orElse(null);
    Node after = newer.find(name).orElse(null);
    if (Contents.same(before, after)) {
      return;
    }
    Promise promise = judge.of(before, after);
    tell(
        name,
        rule,
        promise == Promise.MORE ? Effect.NOTHING : Effect.forCounterparts(scope.roles(), UNKNOWN),
        promise == Promise.MORE
            ? "Nothing to do."
            : promise == Promise.LESS
                ? "Keep what was promised, or agree with those who rely on it."
                : "Agree with those who rely on it.");
  }

  private void tell(String name, DiffRule rule, Effect effect, String remedy) {
    Node before = older.find(name).orElse(null);
    Node after = newer.find(name).orElse(null);
    changes.add(
        scope,
        rule,
        effect,
        before,
        after,
        name + " goes from " + Contents.shown(before) + " to " + Contents.shown(after),
        remedy);
  }

  private static Judge other() {
    return (before, after) -> Promise.OTHER;
  }

  private static Judge unlessAdded() {
    return (before, after) ->
        before == null ? Promise.MORE : after == null ? Promise.LESS : Promise.OTHER;
  }

  /** The first value is what holds if nothing is said; then least first, if there are more. */
  private static Judge ranked(String silent, String... values) {
    List<String> order = values.length == 1 ? List.of(silent, values[0]) : List.of(values);
    return (before, after) -> byNumber(rank(order, silent, before), rank(order, silent, after));
  }

  private static @Nullable BigDecimal rank(List<String> order, String silent, @Nullable Node node) {
    String text = node == null ? silent : node.text();
    return text == null ? null : BigDecimal.valueOf(order.indexOf(text));
  }

  /** More is more; none is endless. */
  private static Promise byNumber(@Nullable BigDecimal before, @Nullable BigDecimal after) {
    if (after == null) {
      return Promise.MORE;
    }
    return before == null || after.compareTo(before) < 0 ? Promise.LESS : Promise.MORE;
  }

  private static @Nullable BigDecimal number(@Nullable Node node, String member) {
    Node value = node == null ? null : node.get(member);
    return value == null ? null : value.number();
  }

  private static @Nullable BigDecimal seconds(@Nullable Node node) {
    String text = node == null ? null : node.text();
    try {
      Duration duration = text == null ? null : Duration.parse(text);
      return duration == null
          ? null
          : BigDecimal.valueOf(duration.getSeconds())
              .add(BigDecimal.valueOf(duration.getNano(), 9));
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static @Nullable BigDecimal rate(@Nullable Node node) {
    BigDecimal events = number(node, "events");
    BigDecimal per = node == null ? null : seconds(node.get("per"));
    return events == null || per == null || per.signum() == 0
        ? null
        : events.divide(per, MathContext.DECIMAL64);
  }

  /** Whether a message may be tried as often and as long as before. */
  private Promise retry(@Nullable Node before, @Nullable Node after) {
    RetryTerms old = older.retry().map(Term::value).orElse(null);
    RetryTerms now = newer.retry().map(Term::value).orElse(null);
    if (old == null || now == null) {
      return now == null ? Promise.LESS : Promise.MORE;
    }
    boolean less = isLess(old.attempts(), now.attempts()) || isLess(old.maxAge(), now.maxAge());
    return less ? Promise.LESS : Promise.MORE;
  }

  private static <T extends Comparable<T>> boolean isLess(@Nullable T before, @Nullable T after) {
    return after != null && (before == null || after.compareTo(before) < 0);
  }

  private static Promise degradation(@Nullable Node before, @Nullable Node after) {
    return mode(before).equals(mode(after)) ? Promise.MORE : Promise.OTHER;
  }

  private static String mode(@Nullable Node degradation) {
    String mode = degradation == null ? null : degradation.text("mode");
    return mode == null ? "wait" : mode;
  }

  private static Promise slo(@Nullable Node before, @Nullable Node after) {
    if (before == null || after == null) {
      return after == null ? Promise.LESS : Promise.MORE;
    }
    Node oldLatency = before.get("latency");
    Node newLatency = after.get("latency");
    boolean less =
        isLower(number(before, "availability"), number(after, "availability"))
            || isLower(number(oldLatency, "percentile"), number(newLatency, "percentile"))
            || isLower(within(newLatency), within(oldLatency))
            || (oldLatency != null && newLatency == null)
            || (before.get("availability") != null && after.get("availability") == null);
    boolean sameWindow = Contents.same(before.get("window"), after.get("window"));
    return less ? Promise.LESS : sameWindow ? Promise.MORE : Promise.OTHER;
  }

  private static @Nullable BigDecimal within(@Nullable Node latency) {
    return latency == null ? null : seconds(latency.get("within"));
  }

  private static boolean isLower(@Nullable BigDecimal before, @Nullable BigDecimal after) {
    return before != null && after != null && after.compareTo(before) < 0;
  }

  private void keys() {
    key("x-ordering-key", DiffRule.ORDERING_KEY, SAFE);
    key("x-idempotency-key", DiffRule.IDEMPOTENCY_KEY, UNKNOWN);
  }

  /** Messages of one key belong together; who changes the key, takes them apart. */
  private void key(String name, DiffRule rule, Change.Verdict lostForPublishers) {
    Function<Terms, Optional<String>> value =
        terms -> terms.text(name, "key").map(Term::value).filter(text -> !text.equals("none"));
    Optional<String> before = value.apply(older);
    Optional<String> after = value.apply(newer);
    boolean receives = scope.roles().receives();
    if (before.equals(after)) {
      if (!Contents.same(older.find(name).orElse(null), newer.find(name).orElse(null))) {
        tell(name, rule, Effect.NOTHING, "Nothing to do."); // From nothing to none.
      }
    } else if (before.isPresent() && after.isPresent()) {
      tell(name, rule, Effect.BREAKS, "Keep the key; another one needs another channel.");
    } else if (after.isPresent()) {
      tell(
          name,
          rule,
          Effect.forPublishers(receives ? UNKNOWN : SAFE),
          "Let publishers use the key first.");
    } else {
      tell(
          name,
          rule,
          new Effect(receives ? lostForPublishers : SAFE, BREAKING),
          "Keep the key: subscribers rely on it.");
    }
  }

  private void maxBytes() {
    Long before = older.maxBytes().map(Term::value).orElse(null);
    Long after = newer.maxBytes().map(Term::value).orElse(null);
    boolean lower = after != null && (before == null || after < before);
    boolean higher = before != null && (after == null || after > before);
    if (lower) {
      tell(
          "x-max-bytes",
          DiffRule.MAX_BYTES,
          Effect.forPublishers(BREAKING),
          "Let publishers write less first.");
    } else if (higher) {
      tell(
          "x-max-bytes",
          DiffRule.MAX_BYTES,
          Effect.forSubscribers(BREAKING),
          "Let subscribers take more first.");
    }
  }
}
