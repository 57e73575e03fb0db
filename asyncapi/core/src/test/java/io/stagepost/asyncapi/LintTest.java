package io.stagepost.asyncapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The governance rules, each by a change that breaks it. */
class LintTest {
  private static final Linter LINTER = Linter.standard().on(LocalDate.of(2026, 6, 30));

  @TempDir private Path folder;

  private static List<String> lint(Linter linter, Path file) {
    return linter.lint(Contracts.offline().check(file)).stream()
        .map(f -> f.ruleId() + " " + f.pointer())
        .toList();
  }

  /** What is found in the shop as it is. */
  private static List<String> usual() {
    return lint(LINTER, Shop.FILE);
  }

  private record Case(String from, String to, String... more) {
    @Override
    public String toString() {
      return String.join(", ", more);
    }
  }

  private static Stream<Case> cases() {
    String placed = "/components/messages/OrderPlaced";
    String order = "/components/schemas/Order/properties";
    return Stream.of(
        new Case("  x-owner: {team: shop, contact: shop@example.com}\n", "", "lint-owner /info"),
        new Case(
            "  contact: {email: shop@example.com}\n  tags: [{name: shop}]\n"
                + "  x-owner: {team: shop, contact: shop@example.com}",
            "  x-owner: shop",
            "lint-contact /info"),
        new Case("    description: Orders.\n", "", "lint-description /channels/orders"),
        new Case(
            "      examples:\n        - name: one\n          headers: {tenant: a}\n          payload: {orderId: '1',"
                + " amount: 149.90, country: de, lines: [{sku: a, quantity: 1}]}\n",
            "",
            "lint-example " + placed),
        new Case(
            "defaultContentType: application/json\n",
            "",
            "lint-content-type /channels/orders/messages/cancelled",
            "lint-content-type /messages/Bill"),
        new Case(
            "  x-slo: {availability: 99.9, latency: {percentile: 99, within: PT5S}, window:"
                + " P30D}\n",
            "",
            "lint-slo /operations/onOrder",
            "lint-slo /operations/placeOrder"),
        new Case(
            "  x-error-budget: {percent: 0.1, window: P30D}\n",
            "",
            "lint-error-budget /operations/onOrder",
            "lint-error-budget /operations/placeOrder"),
        new Case("    x-delivery: at-least-once\n", "", "lint-delivery /operations/placeOrder"),
        new Case(
            "        x-ordering-key: $message.payload#/orderId\n        payload",
            "        payload",
            "lint-ordering-key /channels/orders/messages/cancelled"),
        new Case(
            "      x-idempotency-key: $message.payload#/orderId\n",
            "",
            "lint-idempotency-key " + placed),
        new Case(
            "      x-idempotency-key: $message.payload#/orderId\n",
            "      x-idempotency-key: $message.payload#/order\n",
            "lint-key-field /components/messageTraits/events/x-idempotency-key"),
        new Case(
            "      x-idempotency-key: $message.payload#/orderId\n",
            "      x-idempotency-key: $message.payload#/parent/orderId\n",
            "lint-key-field /components/messageTraits/events/x-idempotency-key"),
        new Case(
            "    x-dead-letter: {address: '{channel}.{subscription}.dead-letter', successors:"
                + " divert}\n",
            "",
            "lint-dead-letter /operations/onOrder"),
        new Case(
            "  x-max-bytes: 65536\n",
            "",
            "lint-max-bytes " + placed,
            "lint-max-bytes /channels/orders/messages/cancelled"),
        new Case(
            "ce_type: {const: com.example.order.placed.v1}",
            "ce_type: {const: com.example.order.placed}",
            "lint-type-version " + placed),
        new Case(
            "          ce_type: {const: com.example.order.placed.v1}\n",
            "",
            "lint-type-version " + placed),
        new Case(
            "shop.{country}.orders.v1",
            "shop.{country}.orders",
            "lint-address-version /channels/orders/address"),
        new Case(
            "shop.{country}.orders.v1",
            "Shop {country} orders.v1",
            "lint-naming /channels/orders/address"),
        new Case(
            "    address: null\n",
            "    address: null\n    x-deprecation: {reason: too old}\n",
            "lint-sunset-missing /channels/replies/x-deprecation"),
        new Case(
            "      description: Placed.\n",
            "      description: Placed.\n      deprecated: true\n",
            "lint-sunset-missing " + placed),
        new Case(
            "    address: null\n",
            "    address: null\n    x-deprecation: {sunset: 2026-06-29}\n",
            "lint-sunset-past /channels/replies/x-deprecation"),
        new Case(
            "    address: null\n",
            "    address: null\n    x-deprecation: {sunset: 2026-06-30}\n",
            new String[0]),
        new Case(
            "        country: {type: string}\n        lines",
            "        country: {type: string}\n        customerEmail: {type: string}\n"
                + "        emailAddress: {type: string}\n        lines",
            "lint-sensitive " + order + "/emailAddress"),
        new Case(
            "        country: {type: string}\n        lines",
            "        country: {type: string}\n        iban: {type: string, x-sensitive: financial}\n"
                + "        phone: {type: string, x-sensitive: false}\n        lines",
            new String[0]),
        new Case(
            "      description: Placed.\n",
            "      description: Placed.\n      x-message-kind: command\n      x-ttl: null\n",
            "lint-command-deadline " + placed),
        new Case(
            "    traits:\n      - $ref: '#/components/operationTraits/kafka'",
            "    x-criticality: money\n    x-timeout: PT1S",
            "lint-critical /channels/orders/messages/cancelled"),
        new Case(
            "        quantity: {type: integer, minimum: 1}",
            "        quantity: {type: integer, minimum: 1}\n      unevaluatedProperties: false",
            "lint-keyword /components/schemas/Line/unevaluatedProperties"),
        new Case(
            "payload: {$ref: 'common/schemas.yaml#/Cancelled'}",
            "payload: {schemaFormat: application/schema+json;version=2020-12, schema: {type: object,"
                + " required: [orderId], properties: {orderId: {type: string}, country: {}},"
                + " unevaluatedProperties: false, dependencies: {orderId: [country]}}}",
            "lint-keyword /channels/orders/messages/cancelled/payload/schema/dependencies"),
        binding("queue: {type: stream}"),
        binding("partitions: 16, x-note: more"),
        binding("partitions: many, bindingVersion: 0.1.0"),
        binding("partition: 16", "lint-binding /channels/replies/bindings/amqp1/partition"),
        binding("partitions: 300", "lint-binding /channels/replies/bindings/amqp1/partitions"),
        binding(
            "queue: {type: classic}", "lint-binding /channels/replies/bindings/amqp1/queue/type"),
        binding(
            "queue: {type: stream}, partitions: 4",
            "lint-binding /channels/replies/bindings/amqp1/partitions"),
        binding(
            "unkeyed: true, partitions: 4",
            "lint-binding /channels/replies/bindings/amqp1/partitions"),
        binding(
            "unkeyed: true, queue: {type: stream}",
            "lint-binding /channels/replies/bindings/amqp1/unkeyed"),
        new Case(
            "    description: Orders.\n",
            "    description: Orders.\n    bindings: {amqp1: {unkeyed: true}}\n",
            // Both its messages have an ordering key.
            "lint-binding /channels/orders/bindings/amqp1/unkeyed",
            "lint-binding /channels/orders/bindings/amqp1/unkeyed"),
        new Case(
            "        kafka: {groupId: {type: string, enum: [shop]}}\n",
            "        amqp1: {group: shop}\n",
            "lint-binding /components/operationTraits/kafka/bindings/amqp1/group"),
        new Case(
            "    x-delivery: effectively-once",
            "    x-delivery: exactly-once",
            "lint-extension-value /operations/onOrder/x-delivery"),
        new Case(
            "initialDelay: PT0.1S",
            "initialDelay: 100ms",
            "lint-extension-value /operations/onOrder/x-retry/exponential/initialDelay"),
        new Case(
            "    x-delivery: effectively-once",
            "    x-delivery: effectively-once\n    x-time-out: PT5S",
            "lint-extension-name /operations/onOrder/x-time-out"));
  }

  private static Case binding(String members, String... more) {
    return new Case(
        "    description: Replies.\n",
        "    description: Replies.\n    bindings: {amqp1: {" + members + "}}\n",
        more);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void is_told(Case change) throws IOException {
    List<String> found = lint(LINTER, Shop.changed(folder, change.from(), change.to()));

    assertThat(found.stream().filter(f -> !usual().contains(f)).toList())
        .containsExactlyInAnyOrder(change.more());
  }

  @Test
  void a_command_has_one_receiver() throws IOException {
    Path file =
        Shop.changed(
            folder,
            "      description: Placed.\n",
            "      description: Placed.\n      x-message-kind: command\n");
    Files.writeString(
        file,
        Files.readString(file)
            .replace(
                "components:\n  operationTraits",
                """
                  alsoOnOrder:
                    action: receive
                    description: Too.
                    channel: {$ref: '#/channels/orders'}
                    messages: [{$ref: '#/channels/orders/messages/placed'}]
                    x-delivery: at-least-once
                    x-dead-letter: dead
                components:
                  operationTraits"""));

    assertThat(lint(LINTER, file)).contains("lint-command-receiver /operations/alsoOnOrder");
  }

  @Test
  void a_bare_contract_lacks_much() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("bare.yaml"),
            """
            asyncapi: 3.0.0
            info: {title: Bare, version: 1.0.0}
            channels:
              order.paid.v1:
                address: order.paid.v1
                messages:
                  orderPaid: {$ref: '#/components/messages/OrderPaid'}
            operations:
              onOrderPaid:
                action: receive
                channel: {$ref: '#/channels/order.paid.v1'}
                messages: [{$ref: '#/channels/order.paid.v1/messages/orderPaid'}]
            components:
              messages:
                OrderPaid:
                  payload: {type: object, properties: {orderId: {type: string}}}
            """);

    Checked checked = Contracts.offline().check(file);
    assertThat(checked.findings()).isEmpty();
    assertThat(LINTER.lint(checked))
        .extracting(Finding::ruleId)
        .contains(
            "lint-owner",
            "lint-contact",
            "lint-slo",
            "lint-error-budget",
            "lint-delivery",
            "lint-ttl",
            "lint-ordering-key",
            "lint-idempotency-key",
            "lint-dead-letter",
            "lint-max-bytes",
            "lint-type-version",
            "lint-content-type",
            "lint-description",
            "lint-example")
        .doesNotContain("lint-address-version", "lint-naming", "lint-critical");
  }

  @Test
  void a_file_changes_severities() throws IOException {
    Path bare = Shop.changed(folder, "  x-owner: {team: shop, contact: shop@example.com}\n", "");
    Path config =
        Files.writeString(
            folder.resolve("lint.yaml"),
            "rules:\n  lint-owner: info\n  lint-ttl: off\n  lint-example: 'off'\n");

    List<Finding> findings = LINTER.configured(config).lint(Contracts.offline().check(bare));

    assertThat(findings).extracting(Finding::ruleId).doesNotContain("lint-ttl", "lint-example");
    assertThat(findings)
        .filteredOn(f -> f.ruleId().equals("lint-owner"))
        .extracting(Finding::severity)
        .containsExactly(Severity.INFO);
  }

  @Test
  void a_wrong_file_of_severities_is_told_whole() throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("lint.yaml"),
            "rules: {lint-ownr: error, lint-slo: fatal}\nignore: [x]\n");

    assertThatThrownBy(() -> LINTER.configured(config))
        .isInstanceOf(ContractException.class)
        .hasMessageStartingWith("SP-CONTRACT-004")
        .hasMessageContaining("did you mean 'lint-owner'?")
        .hasMessageContaining("not 'fatal'")
        .hasMessageContaining("'ignore' is not known");
    assertThatThrownBy(() -> LINTER.configured(folder.resolve("none.yaml")))
        .hasMessageContaining("there is no such file");
  }

  @Test
  void a_waiver_silences_its_rule_there_and_below_until_its_end() throws IOException {
    String waiver = "[{rule: lint-ttl, reason: kept for the auditors, expires: %s}]";
    String at = "        name: com.example.order.cancelled.v1\n";
    Path file =
        Shop.changed(
            folder, at, at + "        x-waivers: " + waiver.formatted("2026-06-30") + "\n");

    assertThat(lint(LINTER, file)).noneMatch(f -> f.startsWith("lint-ttl"));
    assertThat(lint(LINTER.on(LocalDate.of(2026, 7, 1)), file))
        .contains(
            "lint-ttl /channels/orders/messages/cancelled",
            "lint-waiver-expired /channels/orders/messages/cancelled/x-waivers/0");
  }

  @Test
  void a_waiver_counts_in_another_file_too() throws IOException {
    Path file = Shop.changed(folder, "defaultContentType: application/json\n", "");
    String bill = "lint-content-type /messages/Bill";
    assertThat(lint(LINTER, file)).contains(bill);

    Path shared = file.resolveSibling("common/schemas.yaml");
    String waiver =
        "    x-waivers: [{rule: lint-content-type, reason: the schema says it, expires:"
            + " 2027-01-01}]\n";
    Files.writeString(
        shared, Files.readString(shared).replace("    description: Billed.\n", waiver));

    assertThat(lint(LINTER, file)).doesNotContain(bill).noneMatch(f -> f.contains("waiver"));
  }

  @Test
  void a_waiver_in_info_holds_for_the_whole_document() throws IOException {
    Path file =
        Shop.changed(
            folder,
            "  tags: [{name: shop}]\n",
            """
              x-waivers:
                - {rule: lint-ttl, reason: kept for the auditors, expires: 2027-01-01}
                - {rule: lint-owner, reason: kept for the auditors, expires: 2027-01-01}
            """);

    assertThat(lint(LINTER, file))
        .noneMatch(f -> f.startsWith("lint-ttl"))
        .contains("lint-waiver-unused /info/x-waivers/1");
  }

  @Test
  void a_waiver_without_rule_reason_or_end_does_not_count() throws IOException {
    Path file =
        Shop.changed(
            folder,
            "  tags: [{name: shop}]\n",
            """
              x-waivers:
                - {rule: lint-ttl, expires: 2027-01-01}
                - {rule: lint-ttl, reason: 'no', expires: 2027-01-01}
                - {rule: lint-ttl, reason: for ever and a day}
                - {rule: lint-nothing, reason: for ever and a day, expires: 2027-01-01}
            """);

    assertThat(lint(LINTER, file))
        .contains(
            "lint-ttl /channels/orders/messages/cancelled",
            "lint-waiver /info/x-waivers/0",
            "lint-waiver /info/x-waivers/1",
            "lint-waiver /info/x-waivers/2",
            "lint-waiver /info/x-waivers/3");
  }

  @Test
  void errors_of_the_specification_cannot_be_waived() throws IOException {
    Path file =
        Shop.changed(
            folder,
            "  title: Shop\n",
            "  x-waivers: [{rule: schema-required, reason: we like it so, expires: 2027-01-01}]\n");

    assertThat(lint(LINTER, file))
        .contains("schema-required /info", "lint-waiver /info/x-waivers/0");
  }
}
