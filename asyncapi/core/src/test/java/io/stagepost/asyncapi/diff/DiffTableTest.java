package io.stagepost.asyncapi.diff;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.asyncapi.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each change of the tables in {@code docs/contracts/diff.md}, sent and received. */
class DiffTableTest {
  private static final Path PAGE = Path.of("../../docs/contracts/diff.md");
  private static final DiffPolicy POLICY = DiffPolicy.standard().on(LocalDate.of(2026, 6, 1));

  @TempDir private Path folder;

  static Stream<Cases.Case> cases() {
    return Cases.read().all().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void verdict(Cases.Case change) {
    assertThat(verdicts(change, "send"))
        .as("%s, sent", change.text("name"))
        .isEqualTo(change.text("send"));
    assertThat(verdicts(change, "receive"))
        .as("%s, received", change.text("name"))
        .isEqualTo(change.text("receive"));
  }

  /** What the changes by the rule of a case come to; that there are no others is asserted. */
  private String verdicts(Cases.Case change, String action) {
    ContractDiff diff =
        ContractDiff.between(
            change.contract(0, action, folder), change.contract(1, action, folder), POLICY);
    Set<String> rules = new TreeSet<>(change.also());
    rules.add(change.text("rule"));
    assertThat(diff.changes().stream().map(Change::ruleId).collect(Collectors.toSet()))
        .as("%s, %s: %s", change.text("name"), action, diff.changes())
        .isEqualTo(rules);
    List<Change> own =
        diff.changes().stream().filter(c -> c.ruleId().equals(change.text("rule"))).toList();
    Effect effect = Effect.NOTHING;
    Severity severity = Severity.INFO;
    Bump bump = Bump.NONE;
    for (Change each : own) {
      effect = effect.or(new Effect(each.publishers(), each.subscribers()));
      severity = each.severity().compareTo(severity) < 0 ? each.severity() : severity;
      bump = bump.or(each.bump());
    }
    return effect.publishers() + "/" + effect.subscribers() + " " + severity + " " + bump;
  }

  @Test
  void the_page_has_all_of_them() throws IOException {
    String page = Files.readString(PAGE);
    List<String> lines = new ArrayList<>();
    String group = "";
    for (Cases.Case change : cases().toList()) {
      if (!change.text("group").equals(group)) {
        group = change.text("group");
        lines.add("### " + group);
        lines.add("");
        lines.add(
            "| change | sent: publishers / subscribers | received: publishers / subscribers | rule | why |");
        lines.add("|---|---|---|---|---|");
      }
      lines.add(row(change));
    }
    String expected = String.join("\n", lines).replaceAll("\n### ", "\n\n### ");
    if (!page.contains(expected)) {
      Files.writeString(Path.of("target/diff-tables.md"), expected + "\n");
    }
    assertThat(page)
        .as("docs/contracts/diff.md lacks what is in target/diff-tables.md now")
        .contains(expected);
    assertThat(cases().count()).isGreaterThan(100);
  }

  private static String row(Cases.Case change) {
    return "| "
        + change.text("name")
        + " | "
        + cell(change.text("send"))
        + " | "
        + cell(change.text("receive"))
        + " | `"
        + change.text("rule")
        + "` | "
        + change.text("why")
        + " |";
  }

  private static String cell(String verdicts) {
    String[] parts = verdicts.split("[/ ]", -1);
    return parts[0] + " / " + parts[1] + ": " + parts[2] + ", " + parts[3];
  }

  @Test
  void the_page_has_every_rule_and_no_other() throws IOException {
    Set<String> listed = new TreeSet<>();
    Matcher rule =
        Pattern.compile("`(diff-[a-z-]+|avro\\.[a-z-]+)`").matcher(Files.readString(PAGE));
    while (rule.find()) {
      listed.add(rule.group(1));
    }
    Set<String> known =
        Arrays.stream(DiffRule.values())
            .map(DiffRule::id)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(listed).containsAll(known);
    listed.removeIf(each -> each.startsWith("avro."));
    assertThat(listed).isEqualTo(known);
  }
}
