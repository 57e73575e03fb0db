package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.MalformedException;
import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.TreeReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Holds contracts against the governance rules: who owns it, what it promises, how it fails. Each
 * rule has a stable id and a severity that a file may change; a contract may waive a rule, with a
 * reason and an end. Immutable and thread-safe.
 *
 * <p>The file is YAML. A severity is {@code error}, {@code warning}, {@code info} or {@code off}:
 *
 * <pre>{@code
 * rules:
 *   lint-slo: error
 *   lint-error-budget: off
 * }</pre>
 */
public final class Linter {
  private final Map<LintRule, Optional<Severity>> severities;
  private final LocalDate today;

  private Linter(Map<LintRule, Optional<Severity>> severities, LocalDate today) {
    this.severities = severities;
    this.today = today;
  }

  /**
   * All rules, with the severities of {@code docs/contracts/rules.md}, today (UTC).
   *
   * @return the linter
   */
  public static Linter standard() {
    return new Linter(Map.of(), LocalDate.now(ZoneOffset.UTC));
  }

  /**
   * A copy for another day: sunsets and waivers are held against it.
   *
   * @param today the day
   * @return the copy
   */
  public Linter on(LocalDate today) {
    return new Linter(severities, today);
  }

  /**
   * A copy with the severities of a file.
   *
   * @param file YAML with an object {@code rules}, of severities by rule id
   * @return the copy
   * @throws ContractException {@code SP-CONTRACT-004} if it cannot be read, or names a rule or
   *     severity that there is none of
   */
  public Linter configured(Path file) {
    List<String> wrong = new ArrayList<>();
    Map<LintRule, Optional<Severity>> changed = new EnumMap<>(LintRule.class);
    changed.putAll(severities);
    try {
      TreeReader.Tree tree =
          TreeReader.read(
              file.toString(), Sources.read(file), TreeReader.Language.of(file.toString()));
      tree.problems().forEach(p -> wrong.add(p.place() + ": " + p.message()));
      Node rules = tree.root().get("rules");
      if (rules == null || !rules.isObject()) {
        wrong.add(tree.root().place() + ": there is no object 'rules'");
      } else {
        rules.members().forEach((id, value) -> change(rules, id, value, changed, wrong));
      }
      for (String key : tree.root().members().keySet()) {
        if (!key.equals("rules")) {
          wrong.add(tree.root().keyPlace(key) + ": '" + key + "' is not known; only 'rules' is");
        }
      }
    } catch (IOException e) {
      wrong.add(file + " cannot be read: " + Sources.reason(e));
    } catch (MalformedException e) {
      wrong.add(String.valueOf(e.getMessage()));
    }
    if (!wrong.isEmpty()) {
      throw new ContractException(
          "SP-CONTRACT-004",
          "the severities of lint cannot be taken from "
              + file
              + ": "
              + String.join("; ", wrong)
              + ".",
          List.of(),
          null);
    }
    return new Linter(changed, today);
  }

  private static void change(
      Node rules,
      String id,
      Node value,
      Map<LintRule, Optional<Severity>> changed,
      List<String> wrong) {
    Optional<LintRule> rule = LintRule.of(id);
    if (rule.isEmpty()) {
      wrong.add(
          rules.keyPlace(id)
              + ": there is no rule '"
              + id
              + "'"
              + Suggestion.among(id, Arrays.stream(LintRule.values()).map(LintRule::id).toList()));
      return;
    }
    // YAML 1.1 and people read off as false.
    String text = Boolean.FALSE.equals(value.bool()) ? "off" : String.valueOf(value.text());
    switch (text.toLowerCase(Locale.ROOT)) {
      case "error" -> changed.put(rule.get(), Optional.of(Severity.ERROR));
      case "warning" -> changed.put(rule.get(), Optional.of(Severity.WARNING));
      case "info" -> changed.put(rule.get(), Optional.of(Severity.INFO));
      case "off" -> changed.put(rule.get(), Optional.empty());
      default ->
          wrong.add(
              value.place()
                  + ": "
                  + id
                  + " is to be error, warning, info or off, not '"
                  + text
                  + "'");
    }
  }

  /** The severity of a rule; empty if it is off. */
  Optional<Severity> severity(LintRule rule) {
    return severities.getOrDefault(rule, Optional.of(rule.severity()));
  }

  LocalDate today() {
    return today;
  }

  /**
   * What the rules find in a checked document.
   *
   * @param checked the document
   * @return with what checking found, sorted; only that if it is no AsyncAPI 3 document
   */
  public List<Finding> lint(Checked checked) {
    List<Finding> findings = new ArrayList<>(checked.findings());
    checked.contract().ifPresent(contract -> findings.addAll(lint(contract)));
    return Finding.sorted(findings);
  }

  /**
   * What the rules find in a contract.
   *
   * @param contract the contract
   * @return sorted
   */
  public List<Finding> lint(Contract contract) {
    Lint lint = new Lint(this, contract);
    return Finding.sorted(new Waivers(this, contract).applied(lint.run()));
  }
}
