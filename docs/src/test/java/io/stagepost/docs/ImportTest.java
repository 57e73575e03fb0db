package io.stagepost.docs;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.cli.ContractCommand;
import io.stagepost.asyncapi.generate.Generator;
import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.Schema.Reference;
import io.stagepost.schema.SchemaRegistry;
import io.stagepost.schema.registry.RestRegistry;
import io.stagepost.testkit.fixture.SchemaRegistryFixture;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** {@code contract import} with a real registry, and the page in the docs that shows it. */
class ImportTest {
  private static final String PAGE = "docs/contracts/import.md";
  private static final String URL = SchemaRegistryFixture.shared().url();

  private static final String ORDER =
      """
      {"type": "record", "name": "OrderPlaced", "namespace": "com.example.bookshop", "fields": [
        {"name": "orderId", "type": "string"},
        {"name": "total", "type": "com.example.bookshop.Money"}]}""";

  private static final String MONEY =
      """
      {"type": "record", "name": "Money", "namespace": "com.example.bookshop", "fields": [
        {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}},
        {"name": "currency", "type": "string"}]}""";

  private static final String ADDRESS =
      """
      {"type": "object", "required": ["city"], "properties": {"city": {"$ref": "#/definitions/City"}},
       "definitions": {"City": {"type": "string", "minLength": 1}}}""";

  private static final String CUSTOMER =
      """
      {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Customer", "type": "object",
       "properties": {"home": {"$ref": "address.json"}}}""";

  private static final String CENTS =
      """
      syntax = "proto3";
      package com.example;

      message Money {
        int64 cents = 1;
      }
      """;

  private static final String PAID =
      """
      syntax = "proto3";
      package com.example;

      import "money.proto";

      message Paid {
        Money total = 1;
      }
      """;

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void register() {
    try (SchemaRegistry registry = RestRegistry.at(URL)) {
      register(registry, "com.example.bookshop.Money", Format.AVRO, MONEY);
      register(
          registry,
          "bookshop.orders.v1-value",
          Format.AVRO,
          ORDER,
          new Reference("com.example.bookshop.Money", "com.example.bookshop.Money", 1));
      register(registry, "bookshop.orders.v1-key", Format.AVRO, "\"string\"");
      register(registry, "imported.address", Format.JSON, ADDRESS);
      register(
          registry,
          "imported.customers-value",
          Format.JSON,
          CUSTOMER,
          new Reference("address.json", "imported.address", 1));
      register(registry, "imported.money", Format.PROTOBUF, CENTS);
      register(
          registry,
          "imported.payments-com.example.Paid",
          Format.PROTOBUF,
          PAID,
          new Reference("money.proto", "imported.money", 1));
    }
  }

  private static void register(
      SchemaRegistry registry, String subject, Format format, String text, Reference... others) {
    assertThat(registry.register(subject, new Schema(format, text, List.of(others)), false).id())
        .isPositive();
  }

  private int run(String... args) {
    return ContractCommand.run(new PrintWriter(out), new PrintWriter(err), args);
  }

  @Test
  void the_page_shows_what_is_imported_and_told() throws IOException {
    String page = Documents.read(PAGE);
    Path topics = Files.writeString(folder.resolve("topics.txt"), block(page, "Topic: "));
    Path file = folder.resolve("bookshop.asyncapi.yaml");

    int code =
        run(
            "import",
            "--registry",
            URL,
            "--topics",
            topics.toString(),
            "--include",
            "*bookshop.*",
            "--title",
            "Bookshop",
            "--owner",
            "bookshop",
            "--server",
            "kafka://localhost:9092",
            "-o",
            file.toString());

    assertThat(code).as("%s", err).isZero();
    assertThat(
            Files.readString(file)
                .replace(URL, "http://localhost:8080/apis/ccompat/v7")
                .replaceAll(" id: \\d+", " id: 7"))
        .isEqualTo(block(page, "# Made by"));
    assertThat(
            err.toString()
                .replace(folder + "/", "")
                .lines()
                .filter(line -> !line.contains("not included")))
        .isEqualTo(block(page, "contract: ").lines().toList());
  }

  /** A block of the page, by how it begins. */
  private static String block(String page, String start) {
    for (String block : page.split("```\\w*\n", -1)) {
      if (block.startsWith(start)) {
        return block;
      }
    }
    throw new AssertionError("no block that begins with " + start);
  }

  @Test
  void all_formats_of_a_real_registry_are_imported_with_their_references() throws IOException {
    Path file = folder.resolve("bookshop.asyncapi.yaml");

    assertThat(
            run(
                "import",
                "--registry",
                URL,
                "--include",
                "imported.*",
                "--include",
                "bookshop.*",
                "--title",
                "Bookshop",
                "-o",
                file.toString()))
        .as("%s", err)
        .isZero();

    Contract contract = Contracts.offline().read(file);
    assertThat(contract.channels().values())
        .extracting(Channel::address)
        .containsExactly("bookshop.orders.v1", "imported.customers", "imported.payments");
    assertThat(
            JsonMapper.shared()
                .readTree(payload(contract, "bookshopOrdersV1", "OrderPlaced").text())
                .at("/fields/1/type/fields/1/name")
                .stringValue())
        .isEqualTo("currency");
    assertThat(payload(contract, "importedCustomers", "Customer").text()).contains("minLength");
    assertThat(payload(contract, "importedPayments", "Paid").text()).contains("Money total = 1;");
    assertThat(err.toString()).contains("imports money.proto");
    assertThat(Generator.of("com.example.bookshop").generate(List.of(contract)).findings())
        .extracting("ruleId")
        .contains("generate-format") // of Protobuf, for which there is protoc
        .doesNotContain("generate-avro", "generate-tree", "generate-event-type");
  }

  private static Payload payload(Contract contract, String channel, String key) {
    Message message =
        requireNonNull(requireNonNull(contract.channels().get(channel)).messages().get(key));
    return requireNonNull(message.payload());
  }
}
