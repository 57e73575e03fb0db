package io.stagepost.dlq.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.dlq.cli.Scene.Broker;
import io.stagepost.schema.Avro;
import io.stagepost.schema.Protobuf;
import io.stagepost.schema.Schemas;
import io.stagepost.schema.Schemas.Framing;
import io.stagepost.schema.registry.RestRegistry;
import io.stagepost.spi.Codec;
import io.stagepost.testkit.fixture.SchemaRegistryFixture;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Payloads that were written with the schemas of a real registry. */
class PayloadsTest {
  private static final String PAYMENT =
      """
      {"type": "record", "name": "Payment", "namespace": "com.example", "fields": [
        {"name": "order", "type": "string"},
        {"name": "cents", "type": "int"},
        {"name": "card", "type": "string", "x-sensitive": true}]}
      """;

  private final String registry = SchemaRegistryFixture.shared().url();
  private final String channel = "p" + UUID.randomUUID().toString().substring(0, 8);

  /**
   * A payment.
   *
   * @param order whose
   * @param cents how much
   * @param card from where
   */
  record Payment(String order, int cents, String card) {}

  @Test
  void avro_is_decoded_by_the_registry_and_masked() {
    try (RestRegistry schemas = RestRegistry.at(registry)) {
      Codec codec =
          Avro.codec(Schemas.in(schemas).framing(Framing.CONFLUENT_ID).autoRegister())
              .schema(PAYMENT);
      String letter = dead(Payment.class, codec, new Payment("o-1", 995, "4111"));
      JsonNode payload = payload(letter, "--registry", registry);
      assertThat(payload.path("form").asString()).isEqualTo("avro");
      assertThat(payload.at("/data/cents").asInt()).isEqualTo(995);
      assertThat(payload.at("/data/card").asString()).isEqualTo("***");
      JsonNode unmasked = payload(letter, "--registry", registry, "--unmask");
      assertThat(unmasked.at("/data/card").asString()).isEqualTo("4111");
      JsonNode alone = payload(letter);
      assertThat(alone.path("form").asString()).isEqualTo("binary");
      assertThat(alone.path("why").asString()).contains("--registry");
    }
  }

  @Test
  void protobuf_is_decoded_by_the_registry_and_masked() {
    try (RestRegistry schemas = RestRegistry.at(registry)) {
      Codec codec =
          Protobuf.codec(Schemas.in(schemas).framing(Framing.CONFLUENT_ID).autoRegister());
      String letter = dead(Duration.class, codec, Duration.newBuilder().setSeconds(42).build());
      JsonNode unmasked = payload(letter, "--registry", registry, "--unmask");
      assertThat(unmasked.path("form").asString()).as(unmasked.toString()).isEqualTo("protobuf");
      assertThat(unmasked.at("/data/seconds").asInt()).isEqualTo(42);
      assertThat(payload(letter, "--registry", registry).at("/data/seconds").asString())
          .isEqualTo("***");
    }
  }

  private <T> String dead(Class<T> payload, Codec codec, T data) {
    EventType<T> type =
        EventType.of("com.example.payment.v1", payload)
            .source("urn:shop")
            .channel(channel)
            .codec(codec);
    try (Messaging messaging = Messaging.over(Broker.KAFKA.connect())) {
      messaging.subscribe("ledger").on(type, PayloadsTest::refuse).start();
      var unused = messaging.publish(type.event(data)).join();
      String letter = channel + ".ledger.dead-letter@0-0";
      await().until(() -> Cli.run("show", letter, "--broker", Broker.KAFKA.url()).code() == 0);
      return letter;
    }
  }

  private static <T> Outcome refuse(Event<T> event, io.stagepost.Context context) {
    return Outcome.deadLetter("refused");
  }

  private static JsonNode payload(String letter, String... options) {
    String[] args = java.util.Arrays.copyOf(options, options.length + 6);
    System.arraycopy(options, 0, args, 2, options.length);
    args[0] = "show";
    args[1] = letter;
    args[options.length + 2] = "--output";
    args[options.length + 3] = "json";
    args[options.length + 4] = "--broker";
    args[options.length + 5] = Broker.KAFKA.url();
    Cli.Result result = Cli.run(args);
    assertThat(result.code()).as(result.err()).isZero();
    return JsonMapper.builder().build().readTree(result.out()).path("payload");
  }
}
