package io.stagepost.asyncapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that mean harm end in a finding or an error of ours, in bounded time and memory. */
class HostileTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String HEAD = "asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\n";

  @TempDir private Path folder;

  private List<Finding> findings(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    return assertTimeoutPreemptively(LIMIT, () -> Contracts.offline().check(file).findings());
  }

  private void isBeyondLimits(String name, String text) throws IOException {
    assertThat(findings(name, text)).extracting(Finding::ruleId).contains("limit");
  }

  @Test
  void deep_nesting_in_flow_style() throws IOException {
    isBeyondLimits("a.yaml", HEAD + "x-a: " + "[".repeat(100_000));
    isBeyondLimits("b.yaml", HEAD + "x-a: " + "{a: ".repeat(100_000));
    isBeyondLimits("a.json", "{\"asyncapi\": \"3.0.0\", \"x-a\": " + "[".repeat(1_000_000));
    isBeyondLimits("b.json", "{\"a\":".repeat(500_000));
  }

  @Test
  void deep_nesting_in_block_style() throws IOException {
    StringBuilder text = new StringBuilder(HEAD);
    for (int i = 0; i < 2_000; i++) {
      text.append(" ".repeat(i)).append("x-a:\n");
    }
    isBeyondLimits("a.yaml", text.toString());
    isBeyondLimits("b.yaml", HEAD + "x-a:\n  " + "- ".repeat(100_000) + "1");
  }

  @Test
  void schemas_as_deep_as_the_limit_allows() throws IOException {
    String schema = "{properties: {a: ".repeat(55) + "{type: string}" + "}}".repeat(55);
    List<Finding> findings =
        findings("a.yaml", HEAD + "components: {schemas: {s: " + schema + "}}\n");

    assertThat(findings).isEmpty();
  }

  @Test
  void not_within_not_and_alternatives_within_alternatives() throws IOException {
    String schema = "{anyOf: [{type: string}, ".repeat(55) + "{type: 5}" + "]}".repeat(55);
    List<Finding> findings =
        findings("a.yaml", HEAD + "components: {schemas: {s: " + schema + "}}\n");

    assertThat(findings).isNotEmpty();
  }

  @Test
  void alias_bomb() throws IOException {
    StringBuilder text = new StringBuilder(HEAD + "x-a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n");
    for (int i = 1; i < 30; i++) {
      text.append("x-a%d: &a%d [%s]\n".formatted(i, i, ("*a" + (i - 1) + ",").repeat(10)));
    }
    isBeyondLimits("a.yaml", text.toString());
  }

  @Test
  void merge_bomb() throws IOException {
    StringBuilder text = new StringBuilder(HEAD + "x-a0: &a0 {a: 1}\n");
    for (int i = 1; i < 60; i++) {
      text.append("x-a%d: &a%d {k%d: *a%d, <<: *a%d}\n".formatted(i, i, i, i - 1, i - 1));
    }
    isBeyondLimits("a.yaml", text.toString());
  }

  @Test
  void aliases_that_pile_up_depth() throws IOException {
    StringBuilder text = new StringBuilder(HEAD + "x-a0: &a0 [1]\n");
    for (int i = 1; i < 1_000; i++) {
      text.append("x-a%d: &a%d [*a%d]\n".formatted(i, i, i - 1));
    }
    isBeyondLimits("a.yaml", text.toString());
  }

  @Test
  void huge_numbers() throws IOException {
    isBeyondLimits("a.yaml", HEAD + "x-a: 1e999999999\n");
    isBeyondLimits("b.yaml", HEAD + "x-a: 1e99999999999999999999\n");
    isBeyondLimits("c.yaml", HEAD + "x-a: " + "9".repeat(1_000_000) + "\n");
    isBeyondLimits("d.yaml", HEAD + "x-a: 0x" + "f".repeat(1_000_000) + "\nx-b: 1e99999\n");
    isBeyondLimits("a.json", "{\"asyncapi\":\"3.0.0\",\"x-a\":1e-999999999}");
    isBeyondLimits("b.json", "{\"asyncapi\":\"3.0.0\",\"x-a\":" + "9".repeat(1_000_000) + "}");
  }

  @Test
  void huge_keys() throws IOException {
    assertThat(findings("a.yaml", HEAD + "x-" + "k".repeat(2_000_000) + ": 1\n")).isNotEmpty();
    assertThat(findings("a.json", "{\"asyncapi\":\"3.0.0\",\"" + "k".repeat(2_000_000) + "\":1}"))
        .isNotEmpty();
  }

  @Test
  void too_many_values() throws IOException {
    isBeyondLimits("a.yaml", HEAD + "x-a: [" + "1,".repeat(1_000_000) + "1]\n");
    isBeyondLimits("a.json", "{\"x-a\":[" + "[],".repeat(1_000_000) + "1]}");
  }

  @Test
  void too_many_duplicates() throws IOException {
    isBeyondLimits("a.yaml", HEAD + "x-a: 1\n".repeat(50_000));
  }

  @Test
  void references_in_a_circle() throws IOException {
    List<Finding> findings =
        findings(
            "a.yaml",
            HEAD
                + """
                channels:
                  a: {$ref: '#/channels/b'}
                  b: {$ref: '#/channels/a'}
                  c: {$ref: '#/channels/c'}
                  d: {$ref: '#/channels/d/messages'}
                  e: {$ref: '#/channels/f/x'}
                  f: {$ref: '#/channels/e/x'}
                """);

    assertThat(findings)
        .filteredOn(f -> f.ruleId().equals("ref-cycle"))
        .extracting(Finding::line)
        .contains(4, 5, 6, 7);
  }

  @Test
  void a_schema_that_contains_itself_is_no_circle() throws IOException {
    List<Finding> findings =
        findings(
            "a.yaml",
            HEAD
                + """
                channels:
                  trees:
                    address: trees
                    messages:
                      tree:
                        payload: {$ref: '#/components/schemas/Tree'}
                        examples:
                          - payload: {left: {left: {value: 1}}}
                          - payload: {left: {left: {value: x}}}
                components:
                  schemas:
                    Tree:
                      properties:
                        value: {type: integer}
                        left: {$ref: '#/components/schemas/Tree'}
                """);

    assertThat(findings)
        .extracting(f -> f.line() + " " + f.ruleId() + " " + f.pointer())
        .containsExactly(
            "11 example-payload /channels/trees/messages/tree/examples/1/payload/left/left/value");
  }

  @Test
  void a_schema_that_is_nothing_but_itself() throws IOException {
    List<Finding> findings =
        findings(
            "a.yaml",
            HEAD
                + """
                channels:
                  a:
                    messages:
                      m:
                        payload: {$ref: '#/components/schemas/A'}
                        examples: [{payload: 1}]
                components:
                  schemas:
                    A: {allOf: [{$ref: '#/components/schemas/B'}]}
                    B: {allOf: [{$ref: '#/components/schemas/A'}]}
                """);

    assertThat(findings).isNotEmpty();
  }

  @Test
  void a_long_chain_of_references() throws IOException {
    StringBuilder text = new StringBuilder(HEAD + "components:\n  schemas:\n");
    for (int i = 0; i < 5_000; i++) {
      text.append("    s%d: {$ref: '#/components/schemas/s%d'}\n".formatted(i, i + 1));
    }
    text.append("    s5000: {type: string}\n");

    assertThat(findings("a.yaml", text.toString()))
        .extracting(Finding::ruleId)
        .containsOnly("ref-cycle");
  }

  @Test
  void many_references_to_a_large_schema() throws IOException {
    StringBuilder text = new StringBuilder(HEAD + "channels:\n  c:\n    messages:\n");
    for (int i = 0; i < 2_000; i++) {
      text.append("      m%d: {payload: {$ref: '#/components/schemas/s'}}\n".formatted(i));
    }
    text.append("components:\n  schemas:\n    s:\n      properties:\n");
    for (int i = 0; i < 2_000; i++) {
      text.append("        p%d: {$ref: '#/components/schemas/s'}\n".formatted(i));
    }

    assertThat(findings("a.yaml", text.toString())).isEmpty();
  }

  @Test
  void many_references_to_nothing() throws IOException {
    StringBuilder text = new StringBuilder(HEAD + "components: {schemas: {");
    for (int i = 0; i < 50_000; i++) {
      text.append("s%d: {$ref: '#/components/schemas/t%d'},".formatted(i, i));
    }

    List<Finding> findings = findings("a.yaml", text + "}}\n");
    assertThat(findings).hasSize(Finding.MOST + 1);
    assertThat(findings.get(Finding.MOST).message()).contains("45000 more findings are left out");
  }

  @Test
  void many_channels() throws IOException {
    StringBuilder text = new StringBuilder(HEAD + "channels: {");
    for (int i = 0; i < 20_000; i++) {
      text.append("c%d: {address: 'a.v1'},".formatted(i));
    }

    isBeyondLimits("a.yaml", text + "}\n");
  }

  @Test
  void many_operations_with_many_messages_each() throws IOException {
    StringBuilder text = new StringBuilder(HEAD + "channels: {c: {messages: {");
    for (int i = 0; i < 4_000; i++) {
      text.append("m%d: {payload: {type: string}},".formatted(i));
    }
    text.append("}}}\noperations: {");
    for (int i = 0; i < 4_000; i++) {
      text.append("o%d: {action: send, channel: {$ref: '#/channels/c'}},".formatted(i));
    }
    Path file = Files.writeString(folder.resolve("a.yaml"), text + "}\n");

    List<Finding> findings =
        assertTimeoutPreemptively(
            LIMIT, () -> Linter.standard().lint(Contracts.offline().check(file)));
    assertThat(findings).extracting(Finding::ruleId).contains("limit");
  }

  @Test
  void examples_of_many_messages_with_one_large_schema() throws IOException {
    StringBuilder text = new StringBuilder(HEAD + "channels: {c: {messages: {");
    for (int i = 0; i < 2_000; i++) {
      text.append("m%d: {payload: {allOf: [{$ref: '#/components/schemas/s'}]},".formatted(i));
      text.append(" examples: [{payload: {}}]},");
    }
    text.append("}}}\ncomponents: {schemas: {s: {properties: {");
    for (int i = 0; i < 20_000; i++) {
      text.append("p%d: {type: string},".formatted(i));
    }

    isBeyondLimits("a.yaml", text + "}}}}\n");
  }

  @Test
  void a_pattern_that_takes_for_ever() throws IOException {
    List<Finding> findings =
        findings(
            "a.yaml",
            HEAD
                + """
                channels:
                  a:
                    messages:
                      m:
                        payload: {type: string, pattern: '^(a|a|b)*(a|a|c)*$'}
                        examples: [{payload: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!}]
                """);

    assertThat(findings).extracting(Finding::severity).contains(Severity.ERROR);
  }

  @Test
  void a_file_of_100_megabytes_is_not_read() throws IOException {
    Path file = folder.resolve("large.yaml");
    try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(100L * 1024 * 1024);
    }

    assertThatThrownBy(() -> Contracts.offline().check(file))
        .isInstanceOf(ContractException.class)
        .hasMessageStartingWith("SP-CONTRACT-001")
        .hasMessageContaining("larger than 16 MiB");
  }

  @Test
  void sixteen_megabytes_of_noise() throws IOException {
    assertThat(findings("a.yaml", HEAD + "x-a: '" + "y ".repeat(7_000_000) + "'\n")).isEmpty();
    assertThat(findings("b.yaml", ": - [ } & * ".repeat(1_000_000))).isNotEmpty();
  }
}
