package io.stagepost.asyncapi.importing;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.Severity;
import io.stagepost.asyncapi.tree.MalformedException;
import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.TreeReader;
import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.Schema.Reference;
import io.stagepost.schema.registry.InMemoryRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Which subject becomes what, and what its schema looks like then. */
class ImporterTest {
  private static final Heading HEADING =
      new Heading("Shop", "1.0.0", null, "shop", null, null, Heading.Action.SEND);

  private static final String MONEY =
      """
      {"type": "record", "name": "Money", "namespace": "com.example",
       "fields": [{"name": "amount", "type": "long"}]}""";

  private static final String PLACED =
      """
      {"type": "record", "name": "OrderPlaced", "namespace": "com.example", "x-own": [1.50],
       "fields": [{"name": "id", "type": "string"}]}""";

  @TempDir private Path folder;

  private final InMemoryRegistry registry = new InMemoryRegistry();

  private void register(String subject, Format format, String text, Reference... references) {
    registry.register(subject, new Schema(format, text, List.of(references)), false);
  }

  private Imported imported(Collection<Topic> topics) {
    return Importer.read(registry, topics, name -> true, HEADING);
  }

  private Imported imported() {
    return Importer.read(registry, null, name -> true, HEADING);
  }

  private Contract contract(Imported imported) {
    try {
      Path file = Files.writeString(folder.resolve("a.yaml"), imported.yaml());
      Checked checked = Contracts.offline().check(file);
      assertThat(checked.findings())
          .as(imported.yaml())
          .noneMatch(finding -> finding.severity() == Severity.ERROR);
      return checked.contract().orElseThrow();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Channel only(Contract contract) {
    assertThat(contract.channels()).hasSize(1);
    return contract.channels().values().iterator().next();
  }

  private static Message message(Channel channel, String key) {
    return requireNonNull(channel.messages().get(key), () -> key + " in " + channel.messages());
  }

  private static Payload payload(Message message) {
    return requireNonNull(message.payload());
  }

  private static JsonNode json(String text) {
    return JsonMapper.shared().readTree(text);
  }

  private static String written(@Nullable Node node) {
    return Payload.of("application/vnd.apache.avro", requireNonNull(node)).text();
  }

  // ---- subjects and topics

  @Test
  void a_subject_of_a_topic_is_the_message_of_its_channel() {
    register("shop.orders.v1-value", Format.AVRO, PLACED);

    Imported imported = imported();
    Contract contract = contract(imported);

    Channel channel = only(contract);
    assertThat(channel.key()).isEqualTo("shopOrdersV1");
    assertThat(channel.address()).isEqualTo("shop.orders.v1");
    Message message = message(channel, "OrderPlaced");
    assertThat(message.name()).isEqualTo("com.example.OrderPlaced");
    assertThat(message.contentType()).isEqualTo("application/avro");
    assertThat(message.eventType()).isEqualTo("com.example.order.placed.v1");
    assertThat(payload(message).format()).isEqualTo(Payload.Format.AVRO);
    assertThat(json(payload(message).text())).isEqualTo(json(PLACED));
    assertThat(requireNonNull(message.bindings().get("kafka")).text("schemaLookupStrategy"))
        .isEqualTo("TopicNameStrategy");
    assertThat(written(message.extensions().get("x-schema-registry")))
        .isEqualTo("{\"value\":{\"subject\":\"shop.orders.v1-value\",\"version\":1}}");
    assertThat(contract.operations()).containsOnlyKeys("sendShopOrdersV1");
    assertThat(imported.channels()).isEqualTo(1);
    assertThat(imported.messages()).isEqualTo(1);
    assertThat(imported.leftOut()).isEmpty();
    assertThat(imported.failures()).isEmpty();
  }

  @Test
  void what_a_schema_says_of_itself_describes_the_message() {
    register("a-value", Format.JSON, "{\"title\": \"A\", \"description\": \"Somebody: left.\"}");
    register(
        "b-value",
        Format.AVRO,
        "{\"type\": \"fixed\", \"name\": \"B\", \"size\": 2, \"doc\": \"Two bytes.\"}");

    Contract contract = contract(imported());

    assertThat(message(requireNonNull(contract.channels().get("a")), "A").description())
        .isEqualTo("Somebody: left.");
    assertThat(message(requireNonNull(contract.channels().get("b")), "B").description())
        .isEqualTo("Two bytes.");
  }

  @Test
  void the_newest_version_is_the_one() {
    register("a-value", Format.JSON, "{\"title\": \"A\"}");
    register("a-value", Format.JSON, "{\"title\": \"A\", \"type\": \"object\"}");

    Message message = message(only(contract(imported())), "A");

    assertThat(json(payload(message).text()))
        .isEqualTo(json("{\"title\":\"A\",\"type\":\"object\"}"));
    assertThat(written(message.extensions().get("x-schema-registry"))).contains("\"version\":2");
  }

  @Test
  void several_records_of_one_topic_are_messages_of_one_channel() {
    register("orders-com.example.OrderPlaced", Format.AVRO, PLACED);
    register("orders-com.example.Money", Format.AVRO, MONEY);

    Channel channel = only(contract(imported()));

    assertThat(channel.address()).isEqualTo("orders");
    assertThat(channel.messages()).containsOnlyKeys("Money", "OrderPlaced");
    assertThat(written(message(channel, "Money").bindings().get("kafka")))
        .contains("TopicRecordNameStrategy");
  }

  @Test
  void a_record_without_topic_is_a_message_of_no_channel_and_told() {
    register("com.example.OrderPlaced", Format.AVRO, PLACED);

    Imported imported = imported();

    Contract contract = contract(imported);
    assertThat(contract.channels()).isEmpty();
    assertThat(contract.messages()).containsOnlyKeys("OrderPlaced");
    assertThat(imported.notes())
        .singleElement()
        .asString()
        .contains("com.example.OrderPlaced names no topic (RecordNameStrategy)")
        .contains("#/components/messages/OrderPlaced");
    assertThat(imported.yaml()).contains("# Which channels carry it?");
  }

  @Test
  void a_subject_may_have_the_name_of_its_topic() {
    register("orders", Format.AVRO, PLACED);

    Channel channel = only(contract(imported(List.of(Topic.named("orders")))));

    assertThat(channel.messages()).containsOnlyKeys("OrderPlaced");
    assertThat(imported().leftOut())
        .containsExactly(entry("subjects whose names tell no topic", List.of("orders")));
  }

  @Test
  void keys_go_to_the_bindings_of_the_messages() {
    register("a-key", Format.AVRO, "\"string\"");
    register("a-value", Format.AVRO, PLACED);
    register("b-key", Format.JSON, "{\"type\": \"integer\"}");
    register("b-value", Format.AVRO, PLACED);
    register("c-key", Format.AVRO, MONEY);
    register("c-value", Format.AVRO, PLACED);
    register("d-key", Format.AVRO, "\"string\"");

    Imported imported = imported();
    Contract contract = contract(imported);

    assertThat(kafka(contract, "a")).contains("\"key\":{\"type\":\"string\"}");
    assertThat(kafka(contract, "b")).contains("\"key\":{\"type\":\"integer\"}");
    assertThat(kafka(contract, "c"))
        .contains("\"x-key\":{\"schemaFormat\":\"application/vnd.apach");
    assertThat(contract.channels()).containsKey("d");
    assertThat(imported.leftOut())
        .containsExactly(entry("schemas of keys, without one of values", List.of("d-key")));
  }

  private static String kafka(Contract contract, String channel) {
    Message message = message(requireNonNull(contract.channels().get(channel)), "OrderPlaced");
    return written(message.bindings().get("kafka"));
  }

  @Test
  void topics_bring_partitions_replicas_and_settings_and_their_schemas_may_be_missing() {
    Imported imported =
        imported(
            List.of(
                new Topic(
                    "orders.v1",
                    6,
                    3,
                    Map.of(
                        "cleanup.policy", "compact,delete",
                        "retention.ms", "-1",
                        "min.insync.replicas", "2")),
                Topic.named("payments")));

    Contract contract = contract(imported);
    assertThat(written(requireNonNull(contract.channels().get("ordersV1")).bindings().get("kafka")))
        .isEqualTo(
            "{\"partitions\":6,\"replicas\":3,\"topicConfiguration\":{\"cleanup.policy\":[\"compact\","
                + "\"delete\"],\"retention.ms\":-1},\"bindingVersion\":\"0.5.0\"}");
    assertThat(requireNonNull(contract.channels().get("payments")).bindings()).isEmpty();
    assertThat(imported.yaml()).contains("# Which messages? No schema was imported.");
  }

  @Test
  void what_is_left_out_is_told_with_the_reason() {
    register("__internal-value", Format.AVRO, PLACED);
    register("orders-value", Format.AVRO, PLACED);
    register("gone-value", Format.AVRO, PLACED);
    register("no topic-value", Format.AVRO, PLACED);
    register("whatever", Format.AVRO, PLACED);

    Imported imported =
        imported(
            List.of(
                Topic.named("orders"),
                Topic.named("orders-dlq"),
                Topic.named("__consumer_offsets")));

    assertThat(contract(imported).channels()).containsOnlyKeys("orders");
    assertThat(imported.leftOut())
        .containsOnly(
            entry("internal topics", List.of("__consumer_offsets")),
            entry("topics of retries, dead letters and parking", List.of("orders-dlq")),
            entry("subjects of topics that are left out", List.of("__internal-value")),
            entry("subjects of topics that are not in the list", List.of("gone-value")),
            entry("subjects of what cannot be a topic", List.of("no topic-value")),
            entry("subjects whose names tell no topic", List.of("whatever")));
  }

  @Test
  void only_what_is_included_is_imported() {
    register("shop.orders-value", Format.AVRO, PLACED);
    register("bank.orders-value", Format.AVRO, PLACED);

    Imported imported = Importer.read(registry, null, name -> name.startsWith("shop."), HEADING);

    assertThat(contract(imported).channels()).containsOnlyKeys("shopOrders");
    assertThat(imported.leftOut())
        .containsExactly(entry("not included", List.of("bank.orders-value")));
  }

  @Test
  void a_schema_that_is_none_is_told_and_keeps_no_other_from_being_imported() {
    register("a-value", Format.PROTOBUF, "message {");
    register("b-value", Format.AVRO, PLACED);

    Imported imported = imported();

    assertThat(contract(imported).channels()).containsOnlyKeys("b");
    assertThat(imported.failures())
        .singleElement()
        .asString()
        .startsWith("a-value: SP-CONTRACT-021 Version 1 of the subject a-value cannot be read as");
  }

  @Test
  void what_cannot_be_read_matters_only_if_it_may_be_wanted() {
    register("a-value", Format.PROTOBUF, "message {");
    register("b-value", Format.AVRO, PLACED);

    Imported imported = Importer.read(registry, null, "b"::equals, HEADING);

    assertThat(imported.failures()).isEmpty();
    assertThat(imported.leftOut())
        .containsExactly(
            entry("cannot be read, and not included by their names", List.of("a-value")));
  }

  @Test
  void names_that_become_the_same_key_are_told_apart() {
    Imported imported = imported(List.of(Topic.named("a.b"), Topic.named("a-b"), Topic.named("1")));

    assertThat(contract(imported).channels()).containsOnlyKeys("1", "aB", "aB2");
  }

  // ---- schemas

  @Test
  void what_an_avro_schema_refers_to_stands_inside_it() {
    register("com.example.Money", Format.AVRO, MONEY);
    register(
        "paid-value",
        Format.AVRO,
        """
        {"type": "record", "name": "Paid", "namespace": "com.example", "fields": [
          {"name": "total", "type": "Money"}, {"name": "tip", "type": "com.example.Money"}]}""",
        new Reference("com.example.Money", "com.example.Money", 1));

    Imported imported = imported();

    JsonNode paid = json(payload(message(only(contract(imported)), "Paid")).text());
    assertThat(paid.at("/fields/0/type/fields/0/name").stringValue()).isEqualTo("amount");
    assertThat(paid.at("/fields/1/type").stringValue()).endsWith("Money");
    assertThat(imported.leftOut())
        .containsExactly(entry("only parts of other schemas", List.of("com.example.Money")));
  }

  @Test
  void references_of_a_json_schema_lead_where_they_led() {
    register(
        "address",
        Format.JSON,
        """
        {"$id": "https://example.com/address.json", "type": "object",
         "properties": {"country": {"$ref": "#/definitions/Country"}},
         "required": ["country"], "definitions": {"Country": {"enum": ["de", "fr"]}}}""");
    register(
        "customers-value",
        Format.JSON,
        """
        {"$schema": "http://json-schema.org/draft-07/schema#", "$id": "https://example.com/customer.json",
         "title": "Customer", "type": "object",
         "properties": {
           "home": {"$ref": "address.json"},
           "born": {"$ref": "https://example.com/address.json#/definitions/Country"},
           "parent": {"$ref": "#"}, "name": {"$ref": "#/definitions/Name"},
           "$ref": {"const": {"$ref": "#/never"}}},
         "definitions": {"Name": {"type": "string", "minLength": 1}}}""",
        new Reference("https://example.com/address.json", "address", 1));

    Payload payload = payload(message(only(contract(imported())), "Customer"));

    assertThat(payload.format()).isEqualTo(Payload.Format.JSON_SCHEMA_07);
    assertThat(
            wrong(payload, "{\"home\": {\"country\": \"de\"}, \"born\": \"fr\", \"name\": \"A\"}"))
        .isZero();
    assertThat(wrong(payload, "{\"home\": {\"country\": \"xx\"}}")).isOne();
    assertThat(wrong(payload, "{\"home\": {}}")).isOne();
    assertThat(wrong(payload, "{\"born\": \"xx\"}")).isOne();
    assertThat(wrong(payload, "{\"parent\": {\"parent\": {\"name\": \"\"}}}")).isOne();
    assertThat(wrong(payload, "{\"$ref\": {\"$ref\": \"#/never\"}}")).isZero();
  }

  private static int wrong(Payload payload, String json) {
    try {
      return payload
          .check(
              TreeReader.read(
                      "a.json", json.getBytes(StandardCharsets.UTF_8), TreeReader.Language.JSON)
                  .root(),
              "test")
          .size();
    } catch (MalformedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void a_json_schema_may_be_nothing_but_a_reference_to_its_own_definition() {
    register(
        "a-value",
        Format.JSON,
        """
        {"$ref": "#/definitions/Order", "definitions": {"Order":
          {"type": "object", "properties": {"of": {"$ref": "#/definitions/Order"}}}}}""");

    Payload payload = payload(message(only(contract(imported())), "A"));

    assertThat(wrong(payload, "{\"of\": {\"of\": {}}}")).isZero();
    assertThat(wrong(payload, "{\"of\": {\"of\": 1}}")).isOne();
  }

  @Test
  void a_schema_that_several_refer_to_is_written_once() {
    register("part", Format.JSON, "{\"type\": \"string\"}");
    for (String topic : List.of("a", "b")) {
      register(
          topic + "-value",
          Format.JSON,
          "{\"title\": \"T\", \"properties\": {\"p\": {\"$ref\": \"part.json\"}}}",
          new Reference("part.json", "part", 1));
    }

    assertThat(imported().yaml())
        .containsOnlyOnce("    Part:\n")
        .contains("$ref: '#/components/schemas/Part/schema'");
  }

  @ParameterizedTest
  @CsvSource({
    "http://json-schema.org/draft-07/schema#, draft-07",
    "https://json-schema.org/draft/2020-12/schema, draft-2020-12",
    "http://json-schema.org/draft-04/schema#, draft-04"
  })
  void the_draft_is_the_one_that_the_schema_says(String said, String draft) {
    register("a-value", Format.JSON, "{\"$schema\": \"" + said + "\"}");

    assertThat(payload(message(only(contract(imported())), "A")).schemaFormat())
        .isEqualTo("application/schema+json;version=" + draft);
  }

  @Test
  void protobuf_stays_text_and_what_it_imports_stands_beside_it() {
    String text =
        """
        syntax = "proto3";
        package com.example;
        import "money.proto";
        // "Quoted": #not a comment
        message Paid {
          Money total = 1;
        }
        """;
    register(
        "money",
        Format.PROTOBUF,
        "syntax = \"proto3\";\npackage com.example;\nmessage Money {\n  int64 amount = 1;\n}\n");
    register("paid-value", Format.PROTOBUF, text, new Reference("money.proto", "money", 1));

    Imported imported = imported();

    Message message = message(only(contract(imported)), "Paid");
    assertThat(message.name()).isEqualTo("com.example.Paid");
    assertThat(payload(message).schemaFormat())
        .isEqualTo("application/vnd.google.protobuf;version=3");
    assertThat(payload(message).text().strip()).isEqualTo(text.strip());
    assertThat(imported.yaml()).contains("    Money:\n").contains("int64 amount = 1;");
    assertThat(imported.notes()).singleElement().asString().contains("imports money.proto");
  }

  // ---- the rest of the document

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "com.example.OrderPlaced, orders, com.example.order.placed.v1",
        "com.example.v2.OrderPlaced, orders, com.example.order.placed.v2",
        "com.example.order.placed.v3, orders, com.example.order.placed.v3",
        "Order placed, shop.orders.v2, shop.orders.order.placed.v2",
        "HTTPCall, calls, calls.http.call.v1",
        "-, shop.orders.v2, shop.orders.v2",
        "-, orders, orders.v1",
        "com.example.OrderPlaced, -, com.example.order.placed.v1"
      })
  void event_types_are_guessed_from_names(String name, String topic, String type) {
    assertThat(Words.eventType(name, topic)).isEqualTo(type);
  }

  @Test
  void server_and_registry_are_in_the_bindings_and_ids_with_them() {
    register("a-value", Format.AVRO, PLACED);
    Heading heading =
        new Heading(
            null,
            "2.0.0",
            "urn:example:shop",
            null,
            URI.create("kafka-secure://broker:9093"),
            "https://registry.example.com/apis/ccompat/v7",
            Heading.Action.RECEIVE);

    Imported imported = Importer.read(registry, null, name -> true, heading);
    Contract contract = contract(imported);

    assertThat(contract.servers().values())
        .singleElement()
        .satisfies(
            server -> {
              assertThat(server.host()).isEqualTo("broker:9093");
              assertThat(server.protocol()).isEqualTo("kafka-secure");
            });
    assertThat(imported.yaml())
        .contains("schemaRegistryUrl: https://registry.example.com/apis/ccompat/v7")
        .contains("schemaRegistryVendor: apicurio")
        .contains("id: " + registry.latest("a-value").id())
        .contains("# What is the application called?")
        .contains("# Whose is it? Add x-owner.");
    assertThat(contract.operations()).containsOnlyKeys("receiveA");
  }

  @Test
  void the_same_input_gives_the_same_text() {
    for (String name : List.of("c", "a", "b")) {
      register(name + "-value", Format.AVRO, PLACED);
    }
    InMemoryRegistry other = new InMemoryRegistry();
    for (String name : List.of("a", "b", "c")) {
      other.register(name + "-value", Schema.of(Format.AVRO, PLACED), false);
    }

    assertThat(imported().yaml())
        .isEqualTo(Importer.read(other, null, name -> true, HEADING).yaml())
        .containsSubsequence("  a:\n", "  b:\n", "  c:\n");
  }

  @Test
  void nothing_is_told_to_be_nothing() {
    assertThat(imported().isEmpty()).isTrue();
  }
}
