package io.stagepost.asyncapi;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.asyncapi.Operation.Action;
import io.stagepost.asyncapi.tree.Node;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The typed view: references followed, traits merged, places and unknown members kept. */
class ContractTest {
  private final Contract contract = Contracts.offline().read(Shop.FILE);

  @TempDir private Path folder;

  private Message placed() {
    return requireNonNull(channel("orders").messages().get("placed"));
  }

  private Channel channel(String key) {
    return requireNonNull(contract.channels().get(key));
  }

  private Operation operation(String key) {
    return requireNonNull(contract.operations().get(key));
  }

  @Test
  void says_what_the_document_says() {
    assertThat(contract.title()).isEqualTo("Shop");
    assertThat(contract.version()).isEqualTo("2.0.0");
    assertThat(contract.specification()).isEqualTo("3.1.0");
    assertThat(contract.channels()).containsOnlyKeys("orders", "replies");
    assertThat(channel("orders").address()).isEqualTo("shop.{country}.orders.v1");
    assertThat(channel("orders").parameters().get("country"))
        .extracting(Parameter::values)
        .isEqualTo(List.of("de", "fr"));
    assertThat(channel("replies").address()).isNull();
    assertThat(channel("orders").servers()).extracting(Server::key).containsExactly("production");
    assertThat(requireNonNull(contract.servers().get("production")).security())
        .extracting(scheme -> scheme.text("type"))
        .containsExactly("scramSha512");
  }

  @Test
  void operations_have_the_messages_they_name_or_all_of_their_channel() {
    assertThat(operation("placeOrder").action()).isEqualTo(Action.SEND);
    assertThat(operation("placeOrder").messages()).containsExactly(placed());
    assertThat(operation("onOrder").messages())
        .extracting(Message::key)
        .containsExactly("placed", "cancelled");
    assertThat(operation("onOrder").channel()).isSameAs(channel("orders"));
  }

  @Test
  void replies_are_followed_into_other_files() {
    Operation.Reply reply = requireNonNull(operation("placeOrder").reply());

    assertThat(reply.address()).isEqualTo("$message.header#/replyTo");
    assertThat(reply.messages()).extracting(Message::name).containsExactly("bill");
    Payload bill = requireNonNull(reply.messages().get(0).payload());
    assertThat(bill.format()).isEqualTo(Payload.Format.AVRO);
    assertThat(bill.text()).contains("\"logicalType\":\"decimal\"");
    assertThat(bill.schema().place().file()).endsWith("Bill.avsc");
  }

  @Test
  void the_object_itself_wins_over_its_traits_and_a_later_trait_over_an_earlier_one() {
    assertThat(placed().contentType()).isEqualTo("application/json");
    assertThat(Terms.of(contract, operation("placeOrder"), placed()).duration("x-ttl"))
        .hasValueSatisfying(ttl -> assertThat(ttl.value()).isEqualTo(Duration.ofDays(1)));
    Node headers = requireNonNull(requireNonNull(placed().headers()).schema().get("properties"));
    assertThat(headers.members()).containsOnlyKeys("tenant", "replyTo", "ce_type");
    assertThat(operation("onOrder").tags()).containsExactly("from-trait");
    assertThat(operation("onOrder").bindings()).containsOnlyKeys("kafka");
  }

  @Test
  void what_comes_from_a_trait_knows_where_it_was_written() throws IOException {
    List<String> lines = Files.readAllLines(Shop.FILE);
    Node idempotency = requireNonNull(placed().extensions().get("x-idempotency-key"));
    Node header = requireNonNull(requireNonNull(placed().headers()).schema().get("properties"));

    assertThat(lines.get(idempotency.place().line() - 1)).contains("x-idempotency-key");
    assertThat(idempotency.pointer())
        .hasToString("/components/messageTraits/events/x-idempotency-key");
    assertThat(requireNonNull(header.get("ce_type")).pointer())
        .hasToString("/components/messageTraits/events/headers/properties/ce_type");
  }

  @Test
  void null_in_the_object_takes_away_what_a_trait_says() throws IOException {
    Path file =
        Shop.changed(folder, "      contentType: application/json\n", "      x-ttl: null\n");
    Contract changed = Contracts.offline().read(file);

    Message message = requireNonNull(changed.messages().get("OrderPlaced"));
    assertThat(message.extensions()).doesNotContainKey("x-ttl").containsKey("x-ordering-key");
    assertThat(message.contentType()).isEqualTo("application/cloudevents+json");
  }

  @Test
  void numbers_stay_exact() {
    Node payload = requireNonNull(placed().examples().get(0).payload());

    assertThat(requireNonNull(payload.get("amount")).number()).hasToString("149.90");
  }

  @Test
  void the_nearest_term_wins_and_knows_its_place() {
    Terms terms = Terms.of(contract, operation("onOrder"), placed());

    assertThat(terms.text("x-dead-letter", "address"))
        .hasValueSatisfying(
            t -> assertThat(t.value()).isEqualTo("{channel}.{subscription}.dead-letter"));
    assertThat(terms.duration("x-timeout"))
        .hasValueSatisfying(t -> assertThat(t.value()).isEqualTo(Duration.ofSeconds(10)));
    assertThat(terms.retry())
        .hasValueSatisfying(
            t ->
                assertThat(t.value())
                    .isEqualTo(
                        new Terms.RetryTerms(
                            8, null, Duration.ofMillis(100), Duration.ofSeconds(30))));
    assertThat(terms.maxBytes()).hasValueSatisfying(t -> assertThat(t.value()).isEqualTo(65_536L));
    assertThat(terms.find("x-owner"))
        .hasValueSatisfying(n -> assertThat(n.pointer().toString()).isEqualTo("/info/x-owner"));
  }

  @Test
  void a_schema_becomes_one_text_whatever_it_refers_to() {
    Payload payload = requireNonNull(placed().payload());

    assertThat(payload.format()).isEqualTo(Payload.Format.ASYNCAPI);
    assertThat(payload.text())
        .contains("\"minimum\":0.01")
        .contains("\"parent\":{\"$ref\":\"#/definitions/d")
        .contains("\"items\":{\"$ref\":\"#/definitions/d")
        .doesNotContain("components");
  }

  @Test
  void protobuf_is_text_from_a_file_or_inline() throws IOException {
    Files.writeString(folder.resolve("order.proto"), "syntax = \"proto3\";\n");
    Path file =
        Files.writeString(
            folder.resolve("a.yaml"),
            """
            asyncapi: 3.0.0
            info: {title: t, version: '1'}
            channels:
              a:
                address: a
                messages:
                  inline:
                    payload:
                      schemaFormat: application/vnd.google.protobuf;version=3
                      schema: |
                        syntax = "proto3";
                  file:
                    payload:
                      schemaFormat: application/vnd.google.protobuf;version=3
                      schema: {$ref: order.proto}
            """);

    Channel channel = requireNonNull(Contracts.offline().read(file).channels().get("a"));
    for (Message message : channel.messages().values()) {
      assertThat(requireNonNull(message.payload()).format()).isEqualTo(Payload.Format.PROTOBUF);
      assertThat(requireNonNull(message.payload()).text()).isEqualTo("syntax = \"proto3\";\n");
    }
  }

  @Test
  void a_bundled_url_is_read_from_its_file() throws IOException {
    Path file =
        Shop.changed(
            folder,
            "{$ref: 'common/schemas.yaml#/Cancelled'}",
            "{$ref: 'https://example.com/s.yaml#/Cancelled'}");
    Contracts contracts =
        Contracts.offline()
            .bundling(
                URI.create("https://example.com/s.yaml"), folder.resolve("common/schemas.yaml"));

    assertThat(contracts.check(file).findings()).isEmpty();
    assertThat(Contracts.offline().check(file).findings())
        .extracting(Finding::ruleId)
        .containsExactly("ref-remote");
  }

  @Test
  void json_schemas_own_schemas_are_bundled() throws IOException {
    Path file =
        Shop.changed(
            folder,
            "{$ref: 'common/schemas.yaml#/Cancelled'}",
            "{$ref: 'http://json-schema.org/draft-07/schema#'}");

    assertThat(Contracts.offline().check(file).findings())
        .extracting(Finding::ruleId)
        .doesNotContain("ref-remote", "ref-dangling");
  }

  @Test
  void json_and_yaml_say_the_same() throws IOException {
    Path json =
        Files.writeString(
            folder.resolve("a.json"),
            """
            {"asyncapi": "3.0.0", "info": {"title": "t", "version": "1"},
            \t"channels": {"a.{id}": {"address": "a.{id}", "parameters": {"id": {}},
            \t\t"messages": {"m": {"payload": {"type": "object"}}}}},
            \t"operations": {"o": {"action": "send", "channel": {"$ref": "#/channels/a.{id}"},
            \t\t"messages": [{"$ref": "#/channels/a.{id}/messages/m"}]}}}
            """);

    Contract read = Contracts.offline().read(json);
    assertThat(requireNonNull(read.operations().get("o")).messages()).hasSize(1);
  }

  @Test
  void a_wrong_contract_is_not_read_and_all_is_told() throws IOException {
    Path file = Shop.changed(folder, "    action: send", "    action: publish");

    assertThatThrownBy(() -> Contracts.offline().read(file))
        .isInstanceOfSatisfying(
            ContractException.class,
            e -> {
              assertThat(e.code()).isEqualTo("SP-CONTRACT-002");
              assertThat(e.findings()).extracting(Finding::ruleId).containsExactly("schema-enum");
            })
        .hasMessageContaining("action: publish".substring(0, 6));
  }
}
