package io.stagepost.asyncapi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every rule is documented, and every documented one is in the code. */
class RulesTest {
  private static final Pattern LISTED = Pattern.compile("(?m)^\\| `([a-z*-]+)` \\| (\\w+) \\|");
  private static final Pattern IN_CODE =
      Pattern.compile(
          "\"(syntax|encoding|duplicate-key|json-value|limit"
              + "|(?:generate|ref|operation|reply|channel|server|message|tag|payload|example|asyncapi)"
              + "-[a-z-]+|schema-additional-properties)\"");

  private static Map<String, String> listed() throws IOException {
    Map<String, String> listed = new TreeMap<>();
    Matcher rule = LISTED.matcher(Files.readString(Path.of("../../docs/contracts/rules.md")));
    while (rule.find()) {
      assertThat(listed.put(rule.group(1), rule.group(2))).as(rule.group(1)).isNull();
    }
    return listed;
  }

  @Test
  void lists_every_rule_of_lint_with_its_severity() throws IOException {
    Map<String, String> listed = listed();
    listed.keySet().removeIf(id -> !id.startsWith("lint-"));

    Map<String, String> known = new TreeMap<>();
    Arrays.stream(LintRule.values()).forEach(r -> known.put(r.id(), r.severity().toString()));
    assertThat(listed).isEqualTo(known);
  }

  @Test
  void lists_every_other_rule() throws IOException {
    Set<String> listed = new TreeSet<>(listed().keySet());
    listed.removeIf(id -> id.startsWith("lint-") || id.startsWith("audit-"));
    Set<String> used = new TreeSet<>(Set.of("schema-*", "schema-format"));
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      for (Path source : sources.filter(f -> f.toString().endsWith(".java")).toList()) {
        Matcher id = IN_CODE.matcher(Files.readString(source));
        while (id.find()) {
          used.add(id.group(1));
        }
      }
    }
    assertThat(listed).isEqualTo(used);
  }

  @Test
  void every_extension_is_described() throws IOException {
    String page = Files.readString(Path.of("../../docs/contracts/extensions.md"));
    String schema =
        Files.readString(
            Path.of("src/main/resources/io/stagepost/asyncapi/extensions.schema.json"));
    Matcher name = Pattern.compile("(?m)^    \"(x-[a-z-]+)\": \\{").matcher(schema);
    Set<String> known = new TreeSet<>();
    while (name.find()) {
      known.add(name.group(1));
    }
    assertThat(known).hasSizeGreaterThan(20);
    int kept = page.indexOf("## What is kept at run time");
    assertThat(rows(page.substring(0, kept))).isEqualTo(known);
    assertThat(rows(page.substring(kept))).isEqualTo(known);
  }

  /** The extensions that have a row in a table. */
  private static Set<String> rows(String page) {
    Set<String> rows = new TreeSet<>();
    Matcher row = Pattern.compile("(?m)^\\| `(x-[a-z-]+)` \\|").matcher(page);
    while (row.find()) {
      assertThat(rows.add(row.group(1))).as(row.group(1)).isTrue();
    }
    return rows;
  }
}
