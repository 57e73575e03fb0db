package io.stagepost.asyncapi.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.asyncapi.Finding;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A contract with a bit of everything that schemas can say: what is generated, and what it reads.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EverythingTest {
  private static final Path CONTRACT = Path.of("src/test/resources/contracts/everything.yaml");
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private static final String ORDER =
      """
      {"id":"0b0e7a1c-3f0e-4c56-9a6e-0123456789ab","customer":{"id":7},\
      "lines":[{"sku":"A$","quantity":2,"price":1.50}],"total":149.90,"state":"in-transit",\
      "priority":2,"flag":true,"placed":"2026-03-03T14:23:44Z","ref":"urn:a:b",\
      "since":"10:00:00+01:00","nothing":null,"count":1}""";

  private final Generated generated = Compiled.generated(CONTRACT);
  private Compiled compiled;

  @BeforeAll
  void compile(@TempDir Path folder) {
    compiled = Compiled.of(generated, folder);
  }

  private EventType<?> type(String constant) {
    return compiled.eventType("EverythingAtOnce", constant);
  }

  @Test
  void what_has_no_class_of_its_own_is_told() {
    assertThat(generated.findings())
        .extracting(Finding::ruleId, Finding::pointer)
        .containsExactly(
            tuple("generate-tree", "/components/schemas/order/properties/mixed"),
            tuple("generate-tree", "/components/schemas/order/properties/either"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "PAYMENT|{\"kind\":\"card\",\"orderId\":\"1\",\"number\":\"4\"}",
        "PAYMENT|{\"kind\":\"transfer\",\"orderId\":\"1\",\"iban\":\"DE123\",\"more\":[1.0,null,{}]}",
        "PAYMENT|{\"kind\":\"cash\",\"orderId\":\"1\"}",
        "SHIPMENT|{\"parcel\":\"p\"}",
        "SHIPMENT|{\"pallets\":3,\"next\":{\"pallets\":1,\"next\":{\"parcel\":\"\"}}}",
        "TEMPERATURES|[-273.15,0,1E+2,20.50]",
        "NOTE|null",
        "NOTE|\"1234567890\"",
        "ANYTHING|{\"a\":[149.90,{\"b\":null}]}",
        "NAMES|{\"class\":\"a\",\"Class\":\"b\",\"\":\"c\",\"@type\":\"d\",\"日本\":\"e\",\"/~\":\"f\"}",
        "STRING|{\"value\":\"x\"}",
        "REPLY|{\"name\":\"a\",\"children\":[{\"name\":\"b\",\"children\":[]}]}",
      })
  void comes_back_as_it_was(String constant, String json) {
    String expected = json.replace("1E+2", "100");
    assertThat(Compiled.roundTrip(type(constant), json)).isEqualTo(expected);
  }

  @Test
  void an_order_comes_back_as_it_was() {
    assertThat(Compiled.roundTrip(type("ORDER"), ORDER)).isEqualTo(ORDER);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"total\":149.90,||/total is missing",
        ",\"nothing\":null||/nothing is missing",
        "\"id\":7|\"id\":0|/customer is refused: Order.Customer.id must be at least 1",
        "\"id\":7|\"id\":7.5|/customer/id is not a whole number",
        "\"id\":7|\"id\":\"7\"|/customer/id is a string, not a number",
        "\"id\":7|\"id\":7,\"email\":\"secret\"|Order.Customer.email is not of the pattern",
        "\"id\":7|\"id\":7,\"tags\":[\"a\",\"a\"]|Order.Customer.tags holds an item twice",
        "\"id\":7|\"id\":7,\"tags\":[\"a\",null]|/customer/tags/1 is null, not a string",
        "in-transit|secret|/state is not one of the values that are allowed",
        "2026-03-03T14|secret|/placed is not a date-time",
        "0b0e7a1c|secret|/id is not a UUID",
        "\"quantity\":2|\"quantity\":1001|/lines/0 is refused: Order.LinesItem.quantity must be at most 1000",
        "\"quantity\":2|\"quantity\":99999999999|/lines/0/quantity does not fit into 32 bits",
        "\"price\":1.50|\"price\":1.505|Order.LinesItem.price must be a multiple of 0.01",
        "\"priority\":2|\"priority\":4|Order.priority is none of the values",
        "\"priority\":2|\"priority\":9223372036854775808|/priority does not fit into 64 bits",
        "\"priority\":2|\"priority\":1e999999999|/priority has an exponent beyond 9999",
        "\"count\":1|\"count\":1,\"labels\":{\"secret\":1}|/labels/* is a number, not a string",
        "\"count\":1|\"count\":1,\"count\":1|StreamReadException",
        "\"count\":1|\"count\":1,\"version\":4|Order.version is none of the values",
        "\"count\":1|\"count\":1,\"payment\":{\"kind\":\"secret\"}|/payment is none of its variants",
        "\"count\":1|\"count\":1,\"payment\":{\"kind\":\"card\",\"orderId\":\"1\"}|/payment/number is missing",
        "\"count\":1}|\"count\":1} 1|something follows the value",
        "\"count\":1|\"count\":1,\"ratio\":1e999|/ratio does not fit into a double",
      })
  void what_the_contract_does_not_allow_is_refused_with_its_place_and_without_its_value(
      String from, String to, String message) {
    assertThat(ORDER).contains(from);
    String json = ORDER.replace(from, to == null ? "" : to);

    assertThatThrownBy(() -> Compiled.decoded(type("ORDER"), json))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("secret");
  }

  @Test
  void a_default_stands_for_a_required_property_that_does_not_come() {
    assertThat(Compiled.roundTrip(type("ORDER"), ORDER.replace(",\"count\":1", "")))
        .endsWith("\"count\":7}");
  }

  @Test
  void an_enumeration_that_is_open_keeps_what_it_does_not_know() {
    String json = ORDER.replace("\"priority\"", "\"currency\":\"XXX\",\"priority\"");

    assertThat(Compiled.roundTrip(type("ORDER"), json)).isEqualTo(json);
  }

  @Test
  void what_is_sensitive_is_not_shown() {
    String json = "{\"kind\":\"card\",\"orderId\":\"1\",\"number\":\"4111\",\"cvc\":\"123\"}";

    assertThat(Compiled.decoded(type("PAYMENT"), json).toString())
        .isEqualTo("Card[orderId=1, number=***, additionalProperties=[cvc]]");
  }

  @Test
  void keys_are_computed_from_the_payload_whatever_its_variant() {
    assertThat(key(type("ORDER"), ORDER)).isEqualTo("7");
    assertThat(key(type("PAYMENT"), "{\"kind\":\"cash\",\"orderId\":\"o\"}")).isEqualTo("o");
  }

  private static <T> @Nullable String key(EventType<T> type, String json) {
    return type.source("urn:test").event(Compiled.decoded(type, json)).key();
  }

  @Test
  void random_orders_come_back_with_nothing_lost_and_always_as_the_same_bytes() {
    Random random = new Random(7);
    for (int i = 0; i < 2_000; i++) {
      JsonNode order = MAPPER.readTree(Orders.random(random).toString());

      String once = Compiled.roundTrip(type("ORDER"), order.toString());

      assertThat(MAPPER.readTree(once)).as("%s", order).isEqualTo(order);
      assertThat(Compiled.roundTrip(type("ORDER"), once)).isEqualTo(once);
    }
  }

  @Test
  void handlers_and_publishers_have_the_methods_that_the_contract_means() {
    assertThat(methods("EverythingAtOnceHandlers"))
        .contains(
            "receiveOrder", // order comes at two operations
            "receiveByCountryOrder",
            "anything",
            "bytes",
            "reply",
            "subscribe",
            "subscribeReceive",
            "subscribeReceiveByCountry",
            "subscribeReceiveReply");
    assertThat(methods("EverythingAtOncePublisher"))
        .contains("sendOrder", "sendByCountryOrder", "payment", "reply", "over", "within");
  }

  private List<String> methods(String name) {
    return Arrays.stream(compiled.type(name).getMethods()).map(Method::getName).distinct().toList();
  }

  @Test
  void the_same_contract_gives_the_same_files() {
    assertThat(Compiled.generated(CONTRACT).files()).isEqualTo(generated.files());
  }
}
