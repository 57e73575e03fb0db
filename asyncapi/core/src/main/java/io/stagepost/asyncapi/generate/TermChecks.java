package io.stagepost.asyncapi.generate;

import io.stagepost.asyncapi.Terms;
import io.stagepost.asyncapi.Terms.RetryTerms;
import io.stagepost.asyncapi.tree.Node;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Terms that no policy, limit or event type could take: they are refused, not left out. */
final class TermChecks {
  private static final Duration CENTURY = Duration.ofDays(36_525);

  private final Problems problems;

  TermChecks(Problems problems) {
    this.problems = problems;
  }

  void check(Terms terms) {
    duration(terms, "x-timeout");
    duration(terms, "x-ttl");
    oneOf(terms, "x-priority", Set.of("urgent", "normal", "bulk"));
    oneOf(terms, "x-expired", Set.of("dead-letter", "skip"));
    oneOf(terms, "x-unknown-type", Set.of("dead-letter", "skip", "fail"));
    oneOf(terms, "x-delivery", Set.of("at-least-once", "effectively-once"));
    terms.find("x-degradation").ifPresent(this::degradation);
    terms
        .find("x-dead-letter")
        .map(node -> node.get("successors"))
        .ifPresent(node -> oneOf(node, Set.of("continue", "divert")));
    terms
        .find("x-max-bytes")
        .filter(node -> !isWhole(node))
        .ifPresent(node -> refuse(node, "a whole number of at least 1"));
    terms.find("x-retry").ifPresent(node -> retry(node, terms));
    terms.find("x-rate").ifPresent(this::rate);
  }

  private void duration(Terms terms, String name) {
    terms
        .find(name)
        .filter(node -> terms.duration(name).filter(term -> isPositive(term.value())).isEmpty())
        .ifPresent(node -> refuse(node, "a duration that is positive and at most 100 years"));
  }

  private static boolean isPositive(@Nullable Duration duration) {
    return duration != null
        && duration.compareTo(Duration.ZERO) > 0
        && duration.compareTo(CENTURY) <= 0;
  }

  private void oneOf(Terms terms, String name, Set<String> values) {
    terms.find(name).ifPresent(node -> oneOf(node, values));
  }

  private void oneOf(Node node, Set<String> values) {
    if (node.text() == null || !values.contains(node.text())) {
      refuse(node, "one of " + String.join(", ", values.stream().sorted().toList()));
    }
  }

  private static boolean isWhole(@Nullable Node node) {
    BigDecimal number = node == null ? null : node.number();
    return number != null
        && number.stripTrailingZeros().scale() <= 0
        && number.signum() > 0
        && number.precision() - number.scale() < 10;
  }

  private void retry(Node node, Terms terms) {
    RetryTerms retry = terms.retry().map(Terms.Term::value).orElse(null);
    Node backoff = node.get("exponential");
    boolean fits =
        retry != null
            && (node.get("maxAttempts") == null || isWhole(node.get("maxAttempts")))
            && (node.get("maxAge") == null || isPositive(retry.maxAge()))
            && (backoff == null || isAscending(retry.initialDelay(), retry.maxDelay()));
    if (!fits) {
      refuse(
          node,
          "{maxAttempts, maxAge, exponential: {initialDelay, maxDelay}}, at least one attempt,"
              + " positive durations, and a first delay that is not longer than the longest");
    }
  }

  private static boolean isAscending(@Nullable Duration first, @Nullable Duration longest) {
    return first != null
        && longest != null
        && isPositive(first)
        && isPositive(longest)
        && first.compareTo(longest) <= 0;
  }

  private void degradation(Node node) {
    Node mode = node.get("mode");
    if (mode == null) {
      refuse(node, "{mode, description}");
    } else {
      oneOf(mode, Set.of("wait", "skip", "dead-letter", "park"));
    }
  }

  private void rate(Node node) {
    Duration per = TermsSource.parsed(node.text("per"));
    if (!isWhole(node.get("events")) || !isPositive(per)) {
      refuse(node, "{events, per}, a whole number and a positive duration");
    }
  }

  private void refuse(Node node, String must) {
    problems.refuse(
        node,
        "generate-term",
        node.pointer().token() + " cannot be kept: it must be " + must,
        "Mend it; bin/contract lint knows its form.");
  }
}
