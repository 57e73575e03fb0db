package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.Node;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The waivers of a document: {@code x-waivers} in any object, for findings there and below. A
 * waiver has a rule, a reason and an end; after its end the finding is back. Those of lint count
 * when a contract is linted, others when it is compared. Immutable and thread-safe.
 */
public final class Waivers {
  private static final int REASON = 10;

  /** The rules of comparisons, which waive nothing while a contract is linted. */
  private static final Pattern COMPARING =
      Pattern.compile("diff-[a-z-]+|(json|avro|protobuf|schema)\\.[a-z-]+");

  private static final int MOST = 200;

  private record Waiver(Node node, String scope, String rule, String reason, LocalDate expires) {
    boolean covers(Finding finding) {
      return covers(finding.ruleId(), finding.file(), finding.pointer());
    }

    boolean covers(String ruleId, String file, String pointer) {
      return ruleId.equals(rule)
          && file.equals(node.place().file())
          && (pointer.equals(scope) || pointer.startsWith(scope + "/"));
    }
  }

  private final Linter linter;
  private final Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
  private final List<Waiver> waivers = new ArrayList<>();
  private final List<Finding> findings = new ArrayList<>();

  Waivers(Linter linter, Contract contract) {
    this.linter = linter;
    collect(contract.node());
    // What lies in other files is reached by reference.
    contract.servers().values().forEach(server -> collect(server.node()));
    contract.channels().values().forEach(channel -> collect(channel.node()));
    contract.operations().values().forEach(operation -> collect(operation.node()));
    Messages.of(contract).forEach(message -> collect(message.node()));
    // Those of info hold for the whole document.
    Node info = contract.node().get("info");
    Node ofInfo = info == null ? null : info.get("x-waivers");
    if (info != null && ofInfo != null) {
      String scope = info.pointer().toString();
      waivers.replaceAll(
          w ->
              w.scope().equals(scope)
                  ? new Waiver(w.node(), "", w.rule(), w.reason(), w.expires())
                  : w);
    }
  }

  private void collect(Node node) {
    Node written = node.get("x-waivers");
    if (written != null && seen.add(written)) {
      written.items().forEach(each -> add(each, node));
      if (!written.isArray()) {
        told(written, LintRule.LINT_WAIVER, "x-waivers is not a list", "Write a list of waivers.");
      }
    }
    node.members()
        .forEach(
            (key, value) -> {
              if (!key.startsWith("x-")) {
                collect(value);
              }
            });
    node.items().forEach(this::collect);
  }

  private void add(Node node, Node scope) {
    String rule = node.text("rule");
    String reason = node.text("reason");
    LocalDate expires = Terms.day(node.text("expires"));
    String wrong = wrong(rule, reason, expires);
    if (wrong != null || rule == null || reason == null || expires == null) {
      told(
          node,
          LintRule.LINT_WAIVER,
          "the waiver does not count: " + wrong,
          "Give rule, reason and expires, such as {rule: lint-slo, reason: measured from May on,"
              + " expires: 2027-05-31}.");
      return;
    }
    if (waivers.size() >= MOST) {
      told(
          node,
          LintRule.LINT_WAIVER,
          "the waiver does not count: there are more than " + MOST,
          "Mend more, waive less.");
      return;
    }
    waivers.add(new Waiver(node, scope.pointer().toString(), rule, reason, expires));
  }

  private static @Nullable String wrong(
      @Nullable String rule, @Nullable String reason, @Nullable LocalDate expires) {
    if (rule == null) {
      return "it names no rule";
    }
    if (LintRule.of(rule).isEmpty() && !COMPARING.matcher(rule).matches()) {
      return "there is no lint rule '" + rule + "'";
    }
    if (reason == null || reason.strip().length() < REASON) {
      return "it gives no reason of at least " + REASON + " characters";
    }
    return expires == null ? "it has no day 'expires', such as 2027-05-31" : null;
  }

  private void told(Node node, LintRule rule, String message, String remedy) {
    linter
        .severity(rule)
        .ifPresent(
            severity -> findings.add(Finding.at(node, rule.id(), severity, message, remedy)));
  }

  /**
   * The waivers of a contract.
   *
   * @param contract the contract
   * @return those that have their form; lint tells of the others
   */
  public static Waivers of(Contract contract) {
    return new Waivers(Linter.standard(), contract);
  }

  /**
   * A waiver that was found.
   *
   * @param reason why something is accepted
   * @param expires the last day on which it is
   */
  public record Granted(String reason, LocalDate expires) {}

  /**
   * The waiver of a rule at a place.
   *
   * @param ruleId the rule
   * @param at where it finds something
   * @return the waiver that ends last, there or above; empty if there is none
   */
  public Optional<Granted> granted(String ruleId, Node at) {
    Granted best = null;
    for (Waiver waiver : waivers) {
      if (waiver.covers(ruleId, at.place().file(), at.pointer().toString())
          && (best == null || waiver.expires().isAfter(best.expires()))) {
        best = new Granted(waiver.reason(), waiver.expires());
      }
    }
    return Optional.ofNullable(best);
  }

  /** The findings that are not waived, and what is wrong with waivers. */
  List<Finding> applied(List<Finding> all) {
    List<Finding> left = new ArrayList<>(all);
    for (Waiver waiver : waivers) {
      boolean used = all.stream().anyMatch(waiver::covers);
      if (waiver.expires().isBefore(linter.today())) {
        told(
            waiver.node(),
            LintRule.LINT_WAIVER_EXPIRED,
            "the waiver of " + waiver.rule() + " ended on " + waiver.expires(),
            used ? "Mend what it was for, or agree on another day." : "Remove it.");
      } else if (used) {
        left.removeIf(waiver::covers);
      } else if (!COMPARING.matcher(waiver.rule()).matches()) {
        told(
            waiver.node(),
            LintRule.LINT_WAIVER_UNUSED,
            "the waiver of " + waiver.rule() + " waives nothing",
            "Remove it.");
      }
    }
    left.addAll(findings);
    return left;
  }
}
