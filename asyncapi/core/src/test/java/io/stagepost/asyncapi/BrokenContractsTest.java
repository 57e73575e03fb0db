package io.stagepost.asyncapi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each way to break a valid contract is told by its rule, at its place, and nothing else is. */
class BrokenContractsTest {
  @TempDir private Path folder;

  /**
   * One change and what it must lead to.
   *
   * @param what says what is broken
   * @param from what is replaced
   * @param to by what
   * @param rule the rule of the only finding
   * @param pointer its pointer
   * @param marker the text that its line must hold
   */
  private record Case(
      String what, String from, String to, String rule, String pointer, String marker) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static Stream<Case> cases() {
    return Stream.of(
        new Case("no info", "  title: Shop\n", "", "schema-required", "/info", "version: 2.0.0"),
        new Case(
            "a version that is a number",
            "version: 2.0.0",
            "version: 2.0",
            "schema-type",
            "/info/version",
            "version: 2.0"),
        new Case(
            "an unknown member",
            "  description: What the shop",
            "  descripton: What the shop",
            "schema-additional-properties",
            "/info/descripton",
            "descripton:"),
        new Case(
            "an unknown member of the document",
            "defaultContentType: application/json",
            "defaultContentTyp: application/json",
            "schema-additional-properties",
            "/defaultContentTyp",
            "defaultContentTyp:"),
        new Case(
            "an action that is none",
            "    action: send",
            "    action: publish",
            "schema-enum",
            "/operations/placeOrder/action",
            "action: publish"),
        new Case(
            "a server without protocol",
            "    protocol: kafka-secure\n",
            "",
            "schema-required",
            "/servers/production",
            "host: broker"),
        new Case(
            "a mail address that is none",
            "contact: {email: shop@example.com}",
            "contact: {email: shop}",
            "schema-format",
            "/info/contact/email",
            "email: shop"),
        new Case(
            "a correlation id that is no expression",
            "correlationId: {location: $message.header#/replyTo}",
            "correlationId: {location: header.replyTo}",
            "schema-pattern",
            "/components/messages/OrderPlaced/correlationId/location",
            "location: header.replyTo"),
        new Case(
            "a schema type that is none",
            "amount: {type: number, minimum: 0.01}",
            "amount: {type: decimal, minimum: 0.01}",
            "schema-enum",
            "/components/schemas/Order/properties/amount/type",
            "type: decimal"),
        new Case(
            "a bound that is no number",
            "amount: {type: number, minimum: 0.01}",
            "amount: {type: number, minimum: x}",
            "schema-type",
            "/components/schemas/Order/properties/amount/minimum",
            "minimum: x"),
        new Case(
            "a security scheme of no type",
            "scram: {type: scramSha512}",
            "scram: {type: scram}",
            "schema-enum",
            "/components/securitySchemes/scram/type",
            "scram: {type: scram}"),
        new Case(
            "a reference to nothing",
            "payload: {$ref: '#/components/schemas/Order'}",
            "payload: {$ref: '#/components/schemas/Ordr'}",
            "ref-dangling",
            "/components/messages/OrderPlaced/payload/$ref",
            "schemas/Ordr"),
        new Case(
            "a reference inside a schema to nothing",
            "items: {$ref: '#/components/schemas/Line'}",
            "items: {$ref: '#/components/schemas/Lines'}",
            "ref-dangling",
            "/components/schemas/Order/properties/lines/items/$ref",
            "schemas/Lines"),
        new Case(
            "a reference to a file that is not there",
            "payload: {$ref: 'common/schemas.yaml#/Cancelled'}",
            "payload: {$ref: 'common/nothing.yaml#/Cancelled'}",
            "ref-unreadable",
            "/channels/orders/messages/cancelled/payload/$ref",
            "common/nothing.yaml"),
        new Case(
            "a reference with a percent sign that is none of an escape",
            "payload: {$ref: 'common/schemas.yaml#/Cancelled'}",
            "payload: {$ref: '%/common%zz.yaml#/Cancelled%'}",
            "ref-unreadable",
            "/channels/orders/messages/cancelled/payload/$ref",
            "common%zz.yaml"),
        new Case(
            "a reference to nothing in another file",
            "bill: {$ref: 'common/schemas.yaml#/messages/Bill'}",
            "bill: {$ref: 'common/schemas.yaml#/messages/Bil'}",
            "ref-dangling",
            "/channels/replies/messages/bill/$ref",
            "messages/Bil'"),
        new Case(
            "a reference to the network",
            "payload: {$ref: 'common/schemas.yaml#/Cancelled'}",
            "payload: {$ref: 'https://example.com/schemas.yaml#/Cancelled'}",
            "ref-remote",
            "/channels/orders/messages/cancelled/payload/$ref",
            "https://example.com"),
        new Case(
            "something beside a reference",
            "$ref: '#/components/messages/OrderPlaced'\n",
            "$ref: '#/components/messages/OrderPlaced'\n        contentType: text/plain\n",
            "ref-sibling",
            "/channels/orders/messages/placed/contentType",
            "contentType: text/plain"),
        new Case(
            "a message of the components in an operation",
            "      - $ref: '#/channels/orders/messages/placed'",
            "      - $ref: '#/components/messages/OrderPlaced'",
            "operation-messages",
            "/operations/placeOrder/messages/0",
            "- $ref: '#/components/messages/OrderPlaced'"),
        new Case(
            "a message of another channel in an operation",
            "      - $ref: '#/channels/orders/messages/placed'",
            "      - $ref: '#/channels/replies/messages/bill'",
            "operation-messages",
            "/operations/placeOrder/messages/0",
            "      - $ref: '#/channels/replies/messages/bill'"),
        new Case(
            "a message of another channel in a reply",
            "        - $ref: '#/channels/replies/messages/bill'",
            "        - $ref: '#/channels/orders/messages/placed'",
            "reply-messages",
            "/operations/placeOrder/reply/messages/0",
            "        - $ref: '#/channels/orders/messages/placed'"),
        new Case(
            "a reply with two addresses",
            "address: null",
            "address: shop.replies.v1",
            "reply-address",
            "/operations/placeOrder/reply/address",
            "address: {location"),
        new Case(
            "a parameter that is not declared",
            "address: shop.{country}.orders.v1",
            "address: shop.{country}.{city}.orders.v1",
            "channel-parameter-undeclared",
            "/channels/orders/address",
            "{city}"),
        new Case(
            "a parameter that is not used",
            "      country: {enum",
            "      city: {}\n      country: {enum",
            "channel-parameter-unused",
            "/channels/orders/parameters/city",
            "city: {}"),
        new Case(
            "an address with a query",
            "address: shop.{country}.orders.v1",
            "address: shop.{country}.orders.v1?x=1",
            "channel-address",
            "/channels/orders/address",
            "?x=1"),
        new Case(
            "a variable that is not declared",
            "host: broker.{region}.example.com:9093",
            "host: '{name}.{region}'",
            "server-variable-undeclared",
            "/servers/production",
            "host: '{name}"),
        new Case(
            "a variable that is not used",
            "host: broker.{region}.example.com:9093",
            "host: broker.example.com:9093",
            "server-variable-unused",
            "/servers/production/variables/region",
            "region: {enum"),
        new Case(
            "a default that is no value",
            "default: eu",
            "default: asia",
            "server-variable-default",
            "/servers/production/variables/region/default",
            "default: asia"),
        new Case(
            "a tag twice",
            "tags: [{name: shop}]",
            "tags: [{name: shop}, {name: shop, description: again}]",
            "tag-unique",
            "/info/tags/1",
            "name: shop, description"),
        new Case(
            "two channels of one address",
            "  replies:\n",
            "  other: {address: 'shop.{country}.orders.v1', parameters: {country: {}}}\n  replies:\n",
            "channel-address-unique",
            "/channels/other/address",
            "  other: {address"),
        new Case(
            "an example that lacks a field",
            "payload: {orderId: '1', amount: 149.90, country: de,",
            "payload: {orderId: '1', amount: 149.90,",
            "example-payload",
            "/components/messages/OrderPlaced/examples/0/payload",
            "amount: 149.90, lines"),
        new Case(
            "an example with a wrong type, through a reference",
            "quantity: 1}",
            "quantity: one}",
            "example-payload",
            "/components/messages/OrderPlaced/examples/0/payload/lines/0/quantity",
            "quantity: one"),
        new Case(
            "an example that is too small, exactly",
            "amount: 149.90",
            "amount: 0.0099999999999999999999",
            "example-payload",
            "/components/messages/OrderPlaced/examples/0/payload/amount",
            "0.00999"),
        new Case(
            "an example's headers of a wrong type",
            "headers: {tenant: a}",
            "headers: {tenant: 1}",
            "example-headers",
            "/components/messages/OrderPlaced/examples/0/headers/tenant",
            "tenant: 1"),
        new Case(
            "headers that break what a trait says",
            "headers: {tenant: a}",
            "headers: {ce_type: other}",
            "example-headers",
            "/components/messages/OrderPlaced/examples/0/headers/ce_type",
            "ce_type: other"),
        new Case(
            "a schema in another file",
            "examples:\n          - payload: {orderId: '1', country: de}",
            "examples:\n          - payload: {country: de}",
            "example-payload",
            "/channels/orders/messages/cancelled/examples/0/payload",
            "- payload: {country: de}"),
        new Case(
            "a key twice",
            "    description: Replies.\n",
            "    description: Replies.\n    description: Again.\n",
            "duplicate-key",
            "/channels/replies/description",
            "Again."),
        new Case(
            "version 2",
            "asyncapi: 3.1.0",
            "asyncapi: 2.6.0",
            "asyncapi-version",
            "/asyncapi",
            "asyncapi: 2.6.0"),
        new Case(
            "a version to come",
            "asyncapi: 3.1.0",
            "asyncapi: 3.2.0",
            "asyncapi-version",
            "/asyncapi",
            "asyncapi: 3.2.0"),
        new Case("a tab", "  title: Shop\n", "  title:\n\t- Shop\n", "syntax", "", "\t- Shop"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void is_told_by_rule_and_place(Case broken) throws IOException {
    Path file = Shop.changed(folder, broken.from(), broken.to());

    List<Finding> findings = Contracts.offline().check(file).findings();

    assertThat(findings).as("findings").hasSize(1);
    Finding finding = findings.get(0);
    assertThat(finding.ruleId()).isEqualTo(broken.rule());
    assertThat(finding.pointer()).isEqualTo(broken.pointer());
    assertThat(Files.readAllLines(file).get(finding.line() - 1)).contains(broken.marker());
    assertThat(finding.remedy()).isNotBlank();
  }

  @Test
  void the_contract_that_is_broken_here_is_whole() {
    assertThat(Contracts.offline().check(Shop.FILE).findings()).isEmpty();
  }

  @Test
  void everything_is_told_at_once() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("all.yaml"),
            """
            asyncapi: 3.0.0
            info: {title: t}
            channels:
              a: {address: 5, messages: {m: {payload: {$ref: '#/x'}}}}
              b: {adress: b}
            operations:
              o: {action: send, channel: {$ref: '#/channels/a'}, messages: [{$ref: '#/channels/b'}]}
            """);

    assertThat(Contracts.offline().check(file).findings())
        .extracting(f -> f.line() + " " + f.ruleId())
        .containsExactly(
            "2 schema-required",
            "4 schema-type",
            "4 ref-dangling",
            "5 schema-additional-properties",
            "7 operation-messages");
  }

  @Test
  void what_is_wrong_in_another_file_is_told_there() throws IOException {
    Path file = Shop.changed(folder, "title: Shop", "title: Other shop");
    Path other = folder.resolve("common/schemas.yaml");
    Files.writeString(
        other, Files.readString(other).replace("description: Billed.", "descripton: Billed."));

    assertThat(Contracts.offline().check(file).findings())
        .extracting(f -> f.file() + ":" + f.line() + " " + f.ruleId() + " " + f.pointer())
        .containsExactly(other + ":10 schema-additional-properties /messages/Bill/descripton");
  }

  @Test
  void a_schema_deep_in_another_file_is_looked_at_too() throws IOException {
    Path file = Shop.changed(folder, "title: Shop", "title: Other shop");
    Path other = folder.resolve("common/schemas.yaml");
    Files.writeString(
        other, Files.readString(other).replace("Country: {type: string}", "Country: {type: text}"));

    assertThat(Contracts.offline().check(file).findings())
        .extracting(f -> f.line() + " " + f.ruleId() + " " + f.pointer())
        .containsExactly("7 schema-enum /Country/type");
  }

  @Test
  void a_schema_of_2020_12_is_looked_at() throws IOException {
    Path file =
        Shop.changed(
            folder,
            "payload: {$ref: 'common/schemas.yaml#/Cancelled'}",
            "payload: {schemaFormat: application/schema+json;version=2020-12, schema:"
                + " {prefixItems: {type: string}, unevaluatedProperties: false}}");

    assertThat(Contracts.offline().check(file).findings())
        .extracting(f -> f.ruleId() + " " + f.pointer())
        .containsExactly(
            "schema-type /channels/orders/messages/cancelled/payload/schema/prefixItems");
  }

  @Test
  void an_example_is_held_against_a_schema_behind_multi_format_objects() throws IOException {
    String shared = "schemaFormat: application/schema+json;version=2020-12, schema: ";
    Path file =
        Shop.changed(
            folder,
            "payload: {$ref: 'common/schemas.yaml#/Cancelled'}",
            "payload: {" + shared + "{$ref: '#/components/schemas/Cancelled'}}");
    Files.writeString(
        file,
        Files.readString(file)
            .replace(
                "    Line:\n",
                "    Cancelled: {"
                    + shared
                    + "{type: object, properties: {orderId: {type: integer},"
                    + " country: {$ref: '#/components/schemas/Country'}},"
                    + " unevaluatedProperties: false}}\n"
                    + "    Country: {"
                    + shared
                    + "{enum: [fr]}}\n"
                    + "    Line:\n"));

    assertThat(Contracts.offline().check(file).findings())
        .extracting(f -> f.ruleId() + " " + f.pointer())
        .containsExactlyInAnyOrder(
            "example-payload /channels/orders/messages/cancelled/examples/0/payload/orderId",
            "example-payload /channels/orders/messages/cancelled/examples/0/payload/country");
  }

  @Test
  void multi_format_objects_without_a_schema_in_them_are_told() throws IOException {
    Path file =
        Shop.changed(
            folder,
            "payload: {$ref: 'common/schemas.yaml#/Cancelled'}",
            "payload: {schemaFormat: application/schema+json;version=draft-07, schema:"
                + " {$ref: '#/channels/orders/messages/cancelled/payload'}}");

    assertThat(Contracts.offline().check(file).findings())
        .extracting(f -> f.ruleId() + " " + f.pointer())
        .contains("ref-cycle /channels/orders/messages/cancelled/payload");
  }

  @Test
  void what_stands_beside_a_reference_is_not_checked() throws IOException {
    Path file =
        Shop.changed(
            folder,
            "payload: {$ref: 'common/schemas.yaml#/Cancelled'}",
            "payload: {type: object, properties: {at: {$ref: 'common/schemas.yaml#/Cancelled',"
                + " description: {no: text}}}}");

    assertThat(Contracts.offline().check(file).findings()).isEmpty();
  }

  @Test
  void of_alternatives_within_alternatives_the_one_that_was_meant_is_told() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("a.yaml"),
            """
            asyncapi: 3.0.0
            info: {title: T, version: 1.0.0}
            components: {securitySchemes: {key: {type: httpApiKey, in: header}}}
            """);

    assertThat(Contracts.offline().check(file).findings())
        .extracting(Finding::message)
        .containsExactly("/components/securitySchemes/key lacks 'name'");
  }

  @Test
  void a_mail_address_may_have_any_top_level_domain() throws IOException {
    Path file = Shop.changed(folder, "{email: shop@example.com}", "{email: shop@team.test}");

    assertThat(Contracts.offline().check(file).findings()).isEmpty();
  }

  @Test
  void a_text_that_is_not_of_its_format_is_an_error_and_is_shown() throws IOException {
    Path file = Shop.changed(folder, "{email: shop@example.com}", "{url: our wiki}");

    Checked checked = Contracts.offline().check(file);

    assertThat(checked.isValid()).isFalse();
    assertThat(checked.findings())
        .extracting(Finding::message)
        .containsExactly("/info/contact/url: 'our wiki' is not of the format uri");
  }

  @Test
  void what_only_components_refer_to_in_other_files_is_checked_too() throws IOException {
    Files.writeString(folder.resolve("bindings.yaml"), "ours: {}\n");
    Files.writeString(folder.resolve("schemas.yaml"), "Item: {type: null}\n");
    Path file =
        Files.writeString(
            folder.resolve("a.yaml"),
            """
            asyncapi: 3.0.0
            info: {title: T, version: 1.0.0}
            components:
              serverBindings: {b: {$ref: bindings.yaml}}
              schemas: {s: {$ref: 'schemas.yaml#/Item'}}
            """);

    assertThat(Contracts.offline().check(file).findings())
        .extracting(f -> f.ruleId() + " " + f.pointer())
        .contains("schema-additional-properties /ours")
        .anyMatch(each -> each.endsWith(" /Item/type"))
        .hasSize(2);
  }

  @Test
  void a_reference_to_a_device_is_not_waited_for() throws IOException {
    Path file =
        Shop.changed(folder, "{$ref: 'common/schemas.yaml#/Cancelled'}", "{$ref: /dev/zero}");

    assertThat(Contracts.offline().check(file).findings())
        .extracting(Finding::message)
        .containsExactly("/dev/zero cannot be read: it is no regular file");
  }

  @Test
  void a_document_of_another_kind_is_told() throws IOException {
    Path file = Files.writeString(folder.resolve("a.yaml"), "openapi: 3.1.0\n");

    assertThat(Contracts.offline().check(file).findings())
        .extracting(Finding::message)
        .containsExactly("this is an OpenAPI document, not an AsyncAPI one");
  }

  @Test
  void an_old_document_is_pointed_to_the_converter() throws IOException {
    Path file = Files.writeString(folder.resolve("a.json"), "{\"asyncapi\": \"2.6.0\"}");

    assertThat(Contracts.offline().check(file).findings())
        .extracting(Finding::remedy)
        .first()
        .asString()
        .contains("converter");
  }
}
