package io.stagepost.samples.shop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.amqp.AmqpTransport;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.RabbitFixture;
import java.net.URI;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An event that holds more than its contract says, over real brokers and back. */
class OrderPaidTest {
  private static final Path FOLDER = Path.of("src/test/resources/order-paid");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"kafka", "rabbitmq"})
  void nothing_of_it_is_lost(String broker) throws Exception {
    JsonNode json =
        JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build()
            .readTree(Files.readString(FOLDER.resolve("event.json")));
    CloudEvent original = cloudEvent(json);
    try (URLClassLoader generated = GeneratedCode.of(FOLDER.resolve("contract.yaml"), folder);
        Messaging messaging = Messaging.over(transport(broker))) {
      EventType<?> declared =
          (EventType<?>)
              generated
                  .loadClass(GeneratedCode.PACKAGE + ".OrderEventsApiContract")
                  .getField("ORDER_PAID")
                  .get(null);
      Event<?> received = thereAndBack(messaging, typed(declared, original), original);

      CloudEvent event = received.toCloudEvent();
      assertThat(event.getId()).isEqualTo(original.getId());
      assertThat(event.getSource()).isEqualTo(original.getSource());
      assertThat(event.getSubject()).isEqualTo(original.getSubject());
      assertThat(event.getTime()).isEqualTo(original.getTime());
      assertThat(event.getDataSchema()).isEqualTo(original.getDataSchema());
      assertThat(data(event)).isEqualTo(data(original)).contains("149.90", "paymentMethod");
      assertThat(received.data().toString()).contains("amount=149.90", "paymentMethod=\"card\"");
      assertThat(encodedAnew(received)).isEqualTo(data(original));
    }
  }

  /** The contract does not say the CloudEvents type. */
  private <T> EventType<T> typed(EventType<T> declared, CloudEvent event) {
    return EventType.of(event.getType(), declared.payload())
        .source("urn:test")
        .channel("order.paid." + UUID.randomUUID().toString().substring(0, 8))
        .codec(declared.codec());
  }

  private static <T> Event<T> thereAndBack(
      Messaging messaging, EventType<T> type, CloudEvent original) throws Exception {
    CompletableFuture<Event<T>> received = new CompletableFuture<>();
    var unused =
        messaging
            .subscribe("reader")
            .on(
                type,
                event -> {
                  received.complete(event);
                })
            .start();
    messaging.publish(type.event(original)).join();
    return received.get(60, TimeUnit.SECONDS);
  }

  private static <T> String encodedAnew(Event<T> event) {
    return data(event.type().event(event.data()).toCloudEvent());
  }

  private static String data(CloudEvent event) {
    return new String(Objects.requireNonNull(event.getData()).toBytes(), UTF_8);
  }

  private static CloudEvent cloudEvent(JsonNode json) {
    return CloudEventBuilder.v1()
        .withId(json.get("id").asString())
        .withType(json.get("type").asString())
        .withSource(URI.create(json.get("source").asString()))
        .withSubject(json.get("subject").asString())
        .withTime(OffsetDateTime.parse(json.get("time").asString()))
        .withDataSchema(URI.create(json.get("dataschema").asString()))
        .withData("application/json", json.get("data").toString().getBytes(UTF_8))
        .build();
  }

  private static Transport transport(String broker) {
    return broker.equals("kafka")
        ? KafkaTransport.to(KafkaFixture.shared().bootstrapServers())
        : AmqpTransport.to(RabbitFixture.shared(RabbitFixture.Version.V4_3).uri());
  }
}
