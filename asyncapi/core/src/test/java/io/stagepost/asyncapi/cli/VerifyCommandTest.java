package io.stagepost.asyncapi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The example of the page, and what breaks it. */
class VerifyCommandTest {
  private static final Path PAGE = Path.of("../../docs/contracts/verify.md");
  private static final Path SHOP = Path.of("src/test/resources/contracts/shop.yaml");

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path shop;
  private Path billing;

  private int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return ContractCommand.run(new PrintWriter(out), new PrintWriter(err), args);
  }

  private int verify() {
    return run("verify", shop.toString(), "--expectations", billing.toString());
  }

  /** The shop, and the expectations that the page shows. */
  @BeforeEach
  void files() throws IOException {
    Path target = Files.createDirectories(folder.resolve("common"));
    for (String each : new String[] {"schemas.yaml", "Bill.avsc"}) {
      Files.copy(SHOP.resolveSibling("common").resolve(each), target.resolve(each));
    }
    shop = Files.copy(SHOP, folder.resolve("shop.yaml"));
    String page = Files.readString(PAGE);
    int at = page.indexOf("expectation: 1");
    assertThat(at).isPositive();
    billing =
        Files.writeString(
            folder.resolve("billing.expectation.yaml"),
            page.substring(at, page.indexOf("```", at)));
  }

  private static void change(Path file, String from, String to) throws IOException {
    String text = Files.readString(file);
    assertThat(text).contains(from);
    Files.writeString(file, text.replace(from, to));
  }

  @Test
  void the_example_of_the_page_is_met() {
    assertThat(verify()).isZero();
    assertThat(out).hasToString("2 files, 0 errors, 0 warnings, 0 notes\n");
    assertThat(run("verify", shop.toString(), "--expectations", folder.toString())).isZero();
    assertThat(out.toString()).startsWith("2 files");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "expect-field-gone; orderId: {type: string}; id: {type: string}; needs /orderId",
        "expect-field-optional; required: [orderId, amount, country]; required: [orderId, country]; needs /amount",
        "expect-field-type; amount: {type: number, minimum: 0.01}; amount: {type: [number, 'null'], minimum: 0.01}; needs /amount",
        "expect-field-optional; required: [sku]; required: [quantity]; needs /lines/*/sku",
        "expect-field-gone; tenant: {type: string}; tenants: {type: string}; needs /tenant",
        "expect-field-type; quantity: {type: integer, minimum: 1}; quantity: {type: number}; needs /lines/*/quantity",
        "expect-example; orderId: {type: string}; orderId: {type: string, minLength: 5}; has an example",
        "expect-message; name: OrderPlaced; x-event-type: other.v1; reads com.example.order.placed.v1",
      })
  void a_contract_that_gives_less_fails_and_names_who_needs_it(
      String rule, String from, String to, String says) throws IOException {
    // The contract's own example would not be valid any more.
    String text = Files.readString(shop);
    int at = text.indexOf("      examples:\n        - name: one");
    Files.writeString(shop, text.substring(0, at) + text.substring(text.indexOf("  schemas:", at)));
    change(shop, from, to);

    assertThat(verify()).isEqualTo(1);
    assertThat(out.toString())
        .contains(billing + ":")
        .contains("error " + rule + ": billing (billing, billing@example.com) " + says);
  }

  @Test
  void values_count_if_the_consumer_says_that_it_knows_no_others() throws IOException {
    change(
        billing,
        "/country: [string, 'null']",
        "/country: {type: string, values: [de, fr], exhaustive: true}");
    assertThat(verify()).isEqualTo(1);
    assertThat(out.toString()).contains("expect-field-values").contains("needs /country");

    change(shop, "country: {type: string}", "country: {type: string, enum: [de, fr]}");
    assertThat(verify()).isZero();

    change(shop, "enum: [de, fr]}\n        lines", "enum: [de, fr, it]}\n        lines");
    assertThat(verify()).isEqualTo(1);
    assertThat(out.toString()).contains("expect-field-values").contains("it");

    change(billing, "exhaustive: true", "exhaustive: false");
    assertThat(verify()).isZero();
  }

  @Test
  void a_message_that_is_no_longer_sent_fails() throws IOException {
    change(shop, "action: send", "action: receive");
    change(
        shop,
        "    reply:\n      address: {location: $message.header#/replyTo}\n      channel: {$ref: '#/channels/replies'}\n      messages:\n        - $ref: '#/channels/replies/messages/bill'\n",
        "");
    assertThat(verify()).isEqualTo(1);
    assertThat(out.toString()).contains("expect-not-sent");
  }

  @Test
  void a_channel_that_is_gone_fails() throws IOException {
    change(billing, "channel: orders", "channel: shop.orders.v0");
    assertThat(verify()).isEqualTo(1);
    assertThat(out.toString())
        .contains(billing + ":")
        .contains("expect-channel")
        .contains("reads from shop.orders.v0");
  }

  @Test
  void fields_in_avro_are_checked_too() throws IOException {
    Files.writeString(
        billing,
        """
        expectation: 1
        consumer: shop
        owner: shop
        reads:
          - channel: replies
            message: bill
            fields: {/amount: string, /id: string}
            examples: [{payload: {}}]
        """);
    assertThat(verify()).isEqualTo(1);
    assertThat(out.toString()).contains("expect-field").contains("expect-example");
  }

  @Test
  void what_is_about_another_contract_is_left_alone() throws IOException {
    change(billing, "contract: Shop", "contract: Warehouse");
    change(billing, "channel: orders", "channel: none");
    assertThat(verify()).isZero();
  }

  @Test
  void a_file_of_another_form_tells_where() throws IOException {
    Files.writeString(
        billing,
        """
        expectation: 1
        consumer: billing
        owner: {team: billing, mail: a@example.com}
        reads:
          - channel: orders
            message: placed
            fields:
              orderId: string
              /amount: {type: decimal}
              /a: {exhaustive: true}
        """);
    assertThat(verify()).isEqualTo(1);
    assertThat(out.toString())
        .contains(billing + ":3:")
        .contains(billing + ":8:")
        .contains(billing + ":9:23: error expect-form")
        .contains(billing + ":10:");
    Files.writeString(billing, "a: [");
    assertThat(verify()).isEqualTo(1);
    assertThat(out.toString()).contains("error syntax");
    Files.writeString(billing, "- 1\n");
    assertThat(verify()).isEqualTo(1);
    Files.writeString(billing, "expectation: 1\nexpectation: 1\n");
    assertThat(verify()).isEqualTo(1);
    assertThat(out.toString()).contains("duplicate-key");
  }

  @Test
  void a_contract_that_is_not_valid_is_told_and_not_verified() throws IOException {
    Files.writeString(shop, "asyncapi: 3.0.0\n");
    assertThat(verify()).isEqualTo(1);
    assertThat(out.toString()).contains("schema-required").doesNotContain("expect-");
  }

  @ParameterizedTest
  @ValueSource(strings = {"text", "json", "sarif", "junit", "github"})
  void every_format_is_printed(String format) throws IOException {
    change(shop, "required: [sku]", "required: [quantity]");
    assertThat(
            run(
                "verify",
                shop.toString(),
                "--format",
                format,
                "--expectations",
                billing.toString()))
        .isEqualTo(1);
    assertThat(out.toString()).contains("expect-field-optional").contains("billing@example.com");
  }

  @Test
  void usage_and_files_that_are_not_there() throws IOException {
    assertThat(run("verify", shop.toString())).isEqualTo(2);
    assertThat(run("verify", "--expectations", billing.toString())).isEqualTo(2);
    String missing = folder.resolve("missing").toString();
    assertThat(run("verify", shop.toString(), "--expectations", missing)).isEqualTo(3);
    assertThat(err.toString()).contains("missing cannot be read: there is no such file");
    assertThat(run("verify", missing, "--expectations", billing.toString())).isEqualTo(3);
    assertThat(err.toString()).contains("SP-CONTRACT-001");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThat(run("verify", shop.toString(), "--expectations", empty.toString())).isZero();
    assertThat(out.toString()).contains("warning expect-nothing");
  }
}
