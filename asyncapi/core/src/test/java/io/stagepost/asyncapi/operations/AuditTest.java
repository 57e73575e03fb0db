package io.stagepost.asyncapi.operations;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an audit finds, and where. */
class AuditTest {
  @TempDir private Path folder;

  private static final String CONTRACT =
      """
      asyncapi: 3.0.0
      info: {title: A, version: 1.0.0, x-max-bytes: 100}
      channels:
        used:
          address: used
          messages:
            m: {$ref: '#/components/messages/M'}
            silent: {payload: {type: integer}}
        idle: {address: idle}
      operations:
        send: {action: send, channel: {$ref: '#/channels/used'}, messages: [{$ref: '#/channels/used/messages/m'}]}
      components:
        messages:
          M:
            payload: {$ref: '#/components/schemas/Order'}
            examples: [EXAMPLE]
          Forgotten: {payload: {$ref: '#/components/schemas/Orphan'}}
        schemas:
          Order: {type: object, properties: PROPERTIES}
          Orphan: {type: integer}
          Alone: {type: object}
      """;

  private List<Finding> audit(String properties, String example) throws IOException {
    Path file = folder.resolve("a.yaml");
    Files.writeString(file, CONTRACT.replace("PROPERTIES", properties).replace("EXAMPLE", example));
    return Audit.of(Contracts.offline().check(file));
  }

  private List<String> audited(String rule, String properties, String example) throws IOException {
    return audit(properties, example).stream()
        .filter(finding -> finding.ruleId().equals(rule))
        .map(finding -> finding.pointer() + ": " + finding.message())
        .toList();
  }

  @Test
  void an_example_above_the_limit() throws IOException {
    String example = "{payload: {a: '" + "x".repeat(93) + "'}}";
    assertThat(audited("audit-example-size", "{a: {type: string}}", example))
        .containsExactly(
            "/components/messages/M/examples/0/payload: the example has 101 bytes as JSON,"
                + " x-max-bytes allows 100");
    assertThat(audited("audit-example-size", "{a: {type: string}}", example.replace("xx'", "x'")))
        .isEmpty();
  }

  @Test
  void sizes_are_those_of_json_without_spaces() throws IOException {
    Path file = folder.resolve("a.yaml");
    String value = "{\"a\":[1,2.50,{\"b\":\"ü\\\"\"}],\"c\":null,\"d\":true,\"e\":[],\"f\":{}}";
    Files.writeString(
        file, CONTRACT.replace("PROPERTIES", "{}").replace("EXAMPLE", "{payload: " + value + "}"));
    var message = requireNonNull(Contracts.offline().read(file).messages().get("M"));
    var example = requireNonNull(message.examples().get(0).payload());
    assertThat(PayloadAudit.size(example))
        .isEqualTo(value.getBytes(java.nio.charset.StandardCharsets.UTF_8).length);
  }

  @Test
  void a_schema_that_allows_more_than_the_limit() throws IOException {
    String list = "{a: {type: array, maxItems: 20, items: {type: string, maxLength: MOST}}}";
    assertThat(audited("audit-size", list.replace("MOST", "10"), "{payload: {}}"))
        .singleElement()
        .asString()
        .contains("may have 269 bytes");
    assertThat(audited("audit-size", list.replace("MOST", "1"), "{payload: {}}")).isEmpty();
  }

  @Test
  void fields_without_bound_are_named_once_a_message() throws IOException {
    assertThat(
            audited(
                "audit-unbounded",
                "{a: {type: string}, b: {type: array, items: {type: integer}}, c: {enum: [x]}, d:"
                    + " {type: string, format: date}, e: {$ref: '#/components/schemas/Order'}}",
                "{payload: {}}"))
        .singleElement()
        .asString()
        .endsWith("3 fields are without bound in m: a, b[], e");
  }

  @Test
  void what_is_nested_too_deeply() throws IOException {
    String nested = "{a: {type: integer}}";
    for (int i = 1; i < PayloadAudit.DEEPEST; i++) {
      nested = "{a: {type: object, properties: " + nested + "}}";
    }
    assertThat(audited("audit-nesting", nested, "{payload: {}}")).isEmpty();
    assertThat(
            audited(
                "audit-nesting",
                "{a: {type: object, properties: " + nested + "}}",
                "{payload: {}}"))
        .singleElement()
        .asString()
        .contains("9 levels");
  }

  @Test
  void fields_that_no_example_shows() throws IOException {
    String fields =
        "{a: {type: integer}, b: {type: array, items: {type: object, properties: {c: {type:"
            + " integer}, d: {type: integer}}}}}";
    assertThat(audited("audit-field-unseen", fields, "{payload: {a: 1, b: [{c: 1}]}}"))
        .singleElement()
        .asString()
        .endsWith("1 field is in no example of m: b.d");
    assertThat(audited("audit-field-unseen", fields, "{payload: {a: 1, b: [{c: 1}, {d: 2}]}}"))
        .isEmpty();
    assertThat(audited("audit-field-unseen", fields, "{headers: {}}")).isEmpty();
  }

  @Test
  void schemas_that_say_the_same_in_another_order() throws IOException {
    String twins =
        "{a: {type: object, properties: {x: {type: integer}, y: {type: number}, z: {enum: [1.0]}}},"
            + " b: {properties: {z: {enum: [1]}, y: {type: number}, x: {type: integer}}, type:"
            + " object}}";
    assertThat(audited("audit-duplicate-schema", twins, "{payload: {}}"))
        .containsExactly(
            "/components/schemas/Order/properties/b: the schema is the same as the one in line 19"
                + " (/components/schemas/Order/properties/a)");
    assertThat(audited("audit-duplicate-schema", twins.replace("[1]", "[2]"), "{payload: {}}"))
        .isEmpty();
  }

  @Test
  void what_nothing_uses() throws IOException {
    List<Finding> findings = audit("{a: {type: integer}}", "{payload: {a: 1}}");
    assertThat(findings)
        .extracting(Finding::ruleId, Finding::pointer)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                "audit-unused-message", "/channels/used/messages/silent"),
            org.assertj.core.groups.Tuple.tuple("audit-unused-channel", "/channels/idle"),
            org.assertj.core.groups.Tuple.tuple(
                "audit-unused-component", "/components/messages/Forgotten"),
            org.assertj.core.groups.Tuple.tuple(
                "audit-unused-component", "/components/schemas/Orphan"),
            org.assertj.core.groups.Tuple.tuple(
                "audit-unused-component", "/components/schemas/Alone"));
    assertThat(findings.get(0).line()).isEqualTo(8);
  }

  @Test
  void a_discriminator_may_name_schemas() throws IOException {
    assertThat(
            audited(
                "audit-unused-component",
                "{a: {type: object, discriminator: kind, properties: {kind: {type: string}}}}",
                "{payload: {}}"))
        .containsExactly(
            "/components/messages/Forgotten: nothing refers to components/messages/Forgotten");
  }

  @Test
  void a_wrong_contract_is_told_of_as_wrong_alone() throws IOException {
    assertThat(audit("{a: {type: nothing}}", "{payload: {}}"))
        .isNotEmpty()
        .noneMatch(finding -> finding.ruleId().startsWith("audit-"));
  }

  @Test
  void every_rule_is_listed_with_its_severity() throws IOException {
    Map<String, String> listed = new TreeMap<>();
    Matcher rule =
        Pattern.compile("(?m)^\\| `(audit-[a-z-]+)` \\| (\\w+) \\|")
            .matcher(Files.readString(Path.of("../../docs/contracts/rules.md")));
    while (rule.find()) {
      listed.put(rule.group(1), rule.group(2));
    }
    Map<String, String> known = new TreeMap<>();
    Arrays.stream(AuditRule.values()).forEach(r -> known.put(r.id(), r.severity().toString()));
    assertThat(listed).isEqualTo(known);
  }
}
