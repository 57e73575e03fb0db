package io.stagepost.asyncapi.diff;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Versions, waivers, places, and what is shared. */
class ContractDiffTest {
  private static final DiffPolicy POLICY = DiffPolicy.standard().on(LocalDate.of(2026, 6, 1));
  private static final String CONTRACT =
      """
      asyncapi: 3.1.0
      info:
        title: Shop
        version: 'VERSION'
      channels:
        orders:
          address: orders.v1
          messages:
            placed: {$ref: '#/components/messages/Placed'}
            changed: {$ref: '#/components/messages/Changed'}
      operations:
        send: {action: send, channel: {$ref: '#/channels/orders'}}
      components:
        messages:
          Placed:
            payload: {$ref: '#/components/schemas/Order'}
          Changed:
            payload: {$ref: '#/components/schemas/Order'}
        schemas:
          Order:
            type: object
            required: [id]
            properties:
              id: {type: string}
              lines:
                type: array
                items: {$ref: '#/components/schemas/Line'}
          Line:
            type: object
            properties:
              sku: {type: string}
      """;

  @TempDir private Path folder;

  private Contract contract(String name, String text) {
    try {
      return Contracts.offline().read(Files.writeString(folder.resolve(name), text));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private ContractDiff diff(String oldVersion, String newVersion, String from, String to) {
    assertThat(CONTRACT).contains(from);
    return ContractDiff.between(
        contract("old.yaml", CONTRACT.replace("VERSION", oldVersion)),
        contract("new.yaml", CONTRACT.replace("VERSION", newVersion).replace(from, to)),
        POLICY);
  }

  @Test
  void nothing_changed() {
    ContractDiff diff = diff("1.0.0", "1.0.0", "orders.v1", "orders.v1");
    assertThat(diff.changes()).isEmpty();
    assertThat(diff.required()).isEqualTo(Bump.NONE);
    assertThat(diff.made()).isEqualTo(Bump.NONE);
  }

  @Test
  void what_is_shared_is_told_once_where_it_is_written() {
    ContractDiff diff = diff("1.0.0", "2.0.0", "sku: {type: string}", "sku: {type: integer}");
    assertThat(diff.changes()).hasSize(1);
    Change change = diff.changes().get(0);
    assertThat(change.ruleId()).isEqualTo("json.type-narrowed");
    assertThat(change.newer()).isNotNull();
    assertThat(change.newer().pointer()).isEqualTo("/components/schemas/Line/properties/sku/type");
    assertThat(change.newer().line()).isEqualTo(31);
    assertThat(change.newer().file()).endsWith("new.yaml");
    assertThat(change.older()).isNotNull();
    assertThat(change.older().pointer()).isEqualTo(change.newer().pointer());
    assertThat(change.older().file()).endsWith("old.yaml");
    assertThat(diff.isCompatible()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    // what changes, from, to, required, severity of diff-version (none: nothing is told)
    "address, 1.0.0, 1.0.0, MAJOR, ERROR",
    "address, 1.0.0, 1.1.0, MAJOR, ERROR",
    "address, 1.0.0, 2.0.0, MAJOR, none",
    "address, 0.1.0, 0.1.1, MINOR, ERROR",
    "address, 0.1.0, 0.2.0, MINOR, none",
    "address, 1.2, 2, MAJOR, none",
    "property, 1.0.0, 1.0.1, MINOR, ERROR",
    "property, 1.0.0, 1.1.0, MINOR, none",
    "property, 0.1.0, 0.1.1, PATCH, none",
    "text, 1.0.0, 1.0.0, PATCH, WARNING",
    "text, 1.0.0, 1.0.1, PATCH, none",
    "nothing, 1.1.0, 1.0.0, NONE, ERROR",
    "nothing, 1.1.0-rc.1, 1.1.0, NONE, none",
    "property, one, two, MINOR, WARNING",
    "nothing, one, one, NONE, none",
  })
  void the_version_rises_with_the_changes(
      String what, String from, String to, Bump required, String severity) {
    ContractDiff diff =
        switch (what) {
          case "address" -> diff(from, to, "orders.v1", "orders.v2");
          case "property" ->
              diff(from, to, "sku: {type: string}", "sku: {type: string}\n        note: {}");
          case "text" -> diff(from, to, "title: Shop", "title: The shop");
          default -> diff(from, to, "title: Shop", "title: Shop");
        };
    assertThat(diff.required()).isEqualTo(required);
    assertThat(
            diff.changes().stream()
                .filter(change -> change.ruleId().equals("diff-version"))
                .map(change -> change.severity().name())
                .collect(Collectors.joining()))
        .isEqualTo(severity.equals("none") ? "" : severity);
  }

  @Test
  void a_waiver_counts_until_its_day() {
    String waiver =
        "    x-waivers: [{rule: diff-channel-address, reason: agreed with everybody, expires: '%s'}]\n";
    ContractDiff waived =
        diff(
            "1.0.0",
            "2.0.0",
            "address: orders.v1\n",
            "address: orders.v2\n" + "    " + waiver.formatted("2026-06-01").strip() + "\n");
    assertThat(waived.changes())
        .singleElement()
        .satisfies(
            change -> {
              assertThat(change.severity()).isEqualTo(Severity.INFO);
              assertThat(change.note()).isEqualTo("waived until 2026-06-01: agreed with everybody");
            });
    assertThat(waived.required()).isEqualTo(Bump.MAJOR);
    assertThat(waived.isCompatible()).isTrue();

    ContractDiff past =
        diff(
            "1.0.0",
            "2.0.0",
            "address: orders.v1\n",
            "address: orders.v2\n" + "    " + waiver.formatted("2026-05-31").strip() + "\n");
    assertThat(past.changes())
        .singleElement()
        .satisfies(
            change -> {
              assertThat(change.severity()).isEqualTo(Severity.ERROR);
              assertThat(change.note()).isEqualTo("its waiver ended on 2026-05-31");
            });
  }

  @Test
  void a_waiver_of_the_whole_contract_counts_for_what_is_gone() {
    ContractDiff diff =
        ContractDiff.between(
            contract("old.yaml", CONTRACT.replace("VERSION", "1.0.0")),
            contract(
                "new.yaml",
                CONTRACT
                    .substring(0, CONTRACT.indexOf("channels:"))
                    .replace(
                        "VERSION",
                        "2.0.0'\n  x-waivers: [{rule: diff-channel-removed, reason: nobody has used it, expires: 2026-12-31}] #")),
            POLICY);
    assertThat(diff.changes())
        .singleElement()
        .satisfies(
            change -> {
              assertThat(change.severity()).isEqualTo(Severity.INFO);
              assertThat(change.newer()).isNull();
              assertThat(change.nearest().file()).endsWith("new.yaml");
            });
  }

  @Test
  void models_decide_whether_a_closed_one_may_grow() {
    String closed =
        CONTRACT
            .replace("VERSION", "1.0.0")
            .replace("required: [id]", "required: [id]\n      additionalProperties: false");
    Contract before = contract("old.yaml", closed);
    Contract after =
        contract(
            "new.yaml",
            closed
                .replace("1.0.0", "2.0.0")
                .replace("id: {type: string}", "id: {type: string}\n        note: {type: string}"));
    for (DiffPolicy.Models models : DiffPolicy.Models.values()) {
      ContractDiff diff =
          ContractDiff.between(
              before, after, new DiffPolicy(POLICY.today(), models, POLICY.replay(), false));
      assertThat(diff.isCompatible())
          .as(models + ": " + diff.changes())
          .isEqualTo(models == DiffPolicy.Models.TOLERANT);
    }
  }

  @Test
  void strict_models_cannot_grow_at_all() {
    Contract before = contract("old.yaml", CONTRACT.replace("VERSION", "1.0.0"));
    Contract after =
        contract(
            "new.yaml",
            CONTRACT
                .replace("VERSION", "1.1.0")
                .replace(
                    "sku: {type: string}", "sku: {type: string}\n        note: {type: string}"));
    assertThat(ContractDiff.between(before, after, POLICY).isCompatible()).isTrue();
    ContractDiff strict =
        ContractDiff.between(
            before,
            after,
            new DiffPolicy(
                POLICY.today(), DiffPolicy.Models.STRICT, DiffPolicy.Replay.ALWAYS, false));
    assertThat(strict.changes())
        .anySatisfy(
            change -> assertThat(change.ruleId()).isEqualTo("json.property-added-to-open-model"));
  }

  @Test
  void sealed_subscribers_fail_at_a_new_message() {
    String more = "placed: {$ref: '#/components/messages/Placed'}";
    Contract before = contract("old.yaml", CONTRACT.replace("VERSION", "1.0.0"));
    Contract after =
        contract(
            "new.yaml",
            CONTRACT
                .replace("VERSION", "1.1.0")
                .replace(
                    more,
                    more + "\n      paid: {name: com.example.paid.v1, payload: {type: object}}"));
    assertThat(ContractDiff.between(before, after, POLICY).isCompatible()).isTrue();
    assertThat(
            ContractDiff.between(
                    before,
                    after,
                    new DiffPolicy(POLICY.today(), POLICY.models(), POLICY.replay(), true))
                .isCompatible())
        .isFalse();
  }

  private static final String SEND =
      "  send: {action: send, channel: {$ref: '#/channels/orders'}}\n";

  @ParameterizedTest
  @CsvSource({
    // Which operations there are, and whether subscribers, publishers or both are counterparts.
    "send, false, true",
    "receive, true, false",
    "both, true, true",
    "none, true, true",
    "answer, false, true",
    "ask, true, false",
  })
  void who_counts_depends_on_what_the_application_does(
      String operations, boolean publishers, boolean subscribers) {
    String receive = SEND.replace("send", "receive");
    String elsewhere =
        "channel: {$ref: '#/channels/other'}, reply: {channel: {$ref: '#/channels/orders'}}";
    String written =
        switch (operations) {
          case "send" -> SEND;
          case "receive" -> receive;
          case "both" -> SEND + receive;
          case "answer" -> "  answer: {action: receive, " + elsewhere + "}\n";
          case "ask" -> "  ask: {action: send, " + elsewhere + "}\n";
          default -> "  {}\n";
        };
    String text =
        CONTRACT
            .replace("VERSION", "1.0.0")
            .replace(SEND, written)
            .replace(
                "channels:\n",
                "channels:\n  other: {address: other.v1, messages: {ask: {payload: {}}}}\n");
    Contract plain = contract("plain.yaml", text.replace("1.0.0", "2.0.0"));
    Contract more =
        contract(
            "more.yaml",
            text.replace("1.0.0", "2.0.0")
                .replace("sku: {type: string}", "sku: {type: [string, integer]}"));
    // Who reads by the plain one meets a number: it is a matter of subscribers if it is the older
    // one.
    assertThat(breaks(plain, more)).isEqualTo(subscribers);
    assertThat(breaks(more, plain)).isEqualTo(publishers);
  }

  /** Whether a counterpart breaks, whatever the version says. */
  private static boolean breaks(Contract older, Contract newer) {
    return ContractDiff.between(older, newer, POLICY).changes().stream()
        .anyMatch(c -> c.ruleId().startsWith("json.") && c.severity() == Severity.ERROR);
  }

  @Test
  void an_operation_may_be_taken_apart() {
    ContractDiff diff =
        diff(
            "1.0.0",
            "1.1.0",
            SEND,
            """
              one: {action: send, channel: {$ref: '#/channels/orders'}, messages: [{$ref: '#/channels/orders/messages/placed'}]}
              two: {action: send, channel: {$ref: '#/channels/orders'}, messages: [{$ref: '#/channels/orders/messages/changed'}]}
            """);
    assertThat(diff.isCompatible()).as("%s", diff.changes()).isTrue();
    assertThat(diff.changes().stream().map(Change::ruleId))
        .containsExactlyInAnyOrder("diff-operation-renamed", "diff-operation-added");
  }

  @Test
  void keys_that_change_places_are_names_only() {
    String two =
        "  %s:\n    address: a.v1\n    messages: {m: {payload: {type: string}}}\n  %s:\n    address: b.v1\n    messages: {m: {payload: {type: integer}}}\n";
    String head = "asyncapi: 3.1.0\ninfo: {title: T, version: %s}\nchannels:\n";
    ContractDiff diff =
        ContractDiff.between(
            contract("old.yaml", head.formatted("1.0.0") + two.formatted("x", "y")),
            contract("new.yaml", head.formatted("1.1.0") + two.formatted("y", "x")),
            POLICY);
    assertThat(diff.changes())
        .hasSize(2)
        .allSatisfy(change -> assertThat(change.ruleId()).isEqualTo("diff-channel-renamed"));
  }

  /** Two alternatives that overlap are none of this change's business. */
  @Test
  void what_cannot_be_decided_of_a_schema_alone_is_no_change() {
    String overlapping =
        "sku: {oneOf: [{type: object, properties: {a: {type: string}}}, {type: object, properties: {b: {type: string}}}]}";
    String old = CONTRACT.replace("VERSION", "1.0.0").replace("sku: {type: string}", overlapping);
    ContractDiff diff =
        ContractDiff.between(
            contract("old.yaml", old),
            contract(
                "new.yaml",
                old.replace("1.0.0", "1.1.0")
                    .replace(overlapping, overlapping + "\n        note: {type: string}")),
            POLICY);
    assertThat(diff.isCompatible()).as("%s", diff.changes()).isTrue();
  }

  @Test
  @Timeout(60)
  void many_changes_are_bounded() {
    Contract before = contract("old.yaml", channels("a"));
    Contract after = contract("new.yaml", channels("b"));
    List<Change> changes = ContractDiff.between(before, after, POLICY).changes();
    assertThat(changes).hasSizeBetween(5_000, 5_002);
    assertThat(changes).anySatisfy(c -> assertThat(c.ruleId()).isEqualTo("diff-limit"));
  }

  private static String channels(String prefix) {
    return "asyncapi: 3.1.0\ninfo: {title: T, version: 1.0.0}\nchannels:\n"
        + IntStream.range(0, 4_000)
            .mapToObj(i -> "  " + prefix + i + ": {address: '" + prefix + i + "'}\n")
            .collect(Collectors.joining());
  }

  @Test
  @Timeout(60)
  void schemas_beyond_the_bounds_are_unknown() {
    String deep = "{type: object, properties: {a: ".repeat(50) + "{type: TYPE}" + "}}".repeat(50);
    String text =
        CONTRACT.replace("VERSION", "1.0.0").replace("sku: {type: string}", "sku: " + deep);
    ContractDiff diff =
        ContractDiff.between(
            contract("old.yaml", text.replace("TYPE", "string")),
            contract("new.yaml", text.replace("TYPE", "integer").replace("1.0.0", "2.0.0")),
            POLICY);
    assertThat(diff.isCompatible()).isFalse();
    assertThat(diff.changes())
        .allSatisfy(change -> assertThat(change.ruleId()).isEqualTo("json.type-narrowed"));
  }
}
