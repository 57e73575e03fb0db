package io.stagepost.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.qpid.protonj2.client.Client;
import com.rabbitmq.qpid.protonj2.client.ConnectionOptions;
import com.rabbitmq.qpid.protonj2.client.Message;
import com.rabbitmq.qpid.protonj2.client.Sender;
import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.schema.Json;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.testkit.fixture.RabbitFixture;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What programs without us publish to a channel, by AMQP 0.9.1 or 1.0, from their exchange to our
 * handlers.
 */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OtherProgramsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String TYPE = "com.example.order.paid.v1";

  record Paid(String orderId, BigDecimal amount) {}

  /** A program: what it publishes has a content type, properties of the application, and a body. */
  interface Program extends AutoCloseable {
    void publish(@Nullable String contentType, Map<String, Object> properties, byte[] body)
        throws Exception;

    @Override
    void close() throws IOException;
  }

  /** Speaks AMQP 0.9.1. */
  private static final class Old implements Program {
    private final com.rabbitmq.client.Connection connection;
    private final Channel channel;
    private final String exchange;

    Old(RabbitFixture broker, String exchange) throws Exception {
      ConnectionFactory factory = new ConnectionFactory();
      factory.setUri(broker.uri());
      this.connection = factory.newConnection();
      this.channel = connection.createChannel();
      var unused = channel.confirmSelect();
      this.exchange = exchange;
    }

    @Override
    public void publish(@Nullable String contentType, Map<String, Object> properties, byte[] body)
        throws Exception {
      channel.basicPublish(
          exchange,
          "",
          true,
          new BasicProperties.Builder().contentType(contentType).headers(properties).build(),
          body);
      channel.waitForConfirmsOrDie(PATIENCE.toMillis());
    }

    @Override
    public void close() throws IOException {
      connection.close();
    }
  }

  /** Speaks AMQP 1.0, by a client that writes what it is told. */
  private static final class New implements Program {
    private final Client client = Client.create();
    private final Sender sender;

    New(RabbitFixture broker, String exchange) throws Exception {
      var connection =
          client.connect(
              broker.host(),
              broker.port(),
              new ConnectionOptions()
                  .virtualHost("vhost:" + broker.virtualHost())
                  .user(broker.username())
                  .password(broker.password()));
      this.sender = connection.openSender("/exchanges/" + exchange);
    }

    @Override
    public void publish(@Nullable String contentType, Map<String, Object> properties, byte[] body)
        throws Exception {
      Message<byte[]> message = Message.create(body);
      if (contentType != null) {
        message.contentType(contentType);
      }
      for (Map.Entry<String, Object> each : properties.entrySet()) {
        if (each.getKey().startsWith("x-")) {
          message.annotation(each.getKey(), each.getValue());
        } else {
          message.property(each.getKey(), each.getValue());
        }
      }
      assertThat(
              sender
                  .send(message)
                  .awaitSettlement(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                  .remoteState()
                  .isAccepted())
          .isTrue();
    }

    @Override
    public void close() {
      client.close();
    }
  }

  private final String channel = "others-" + UUID.randomUUID().toString().substring(0, 8);
  private final String deadLetters = channel + ".reader.dead-letter";
  private final EventType<Paid> type =
      EventType.of(TYPE, Paid.class)
          .source("urn:test:payments")
          .channel(channel)
          .key(Paid::orderId)
          .codec(Json.codec());
  private final Map<String, Event<Paid>> handled = new ConcurrentHashMap<>();
  private final List<String> order = new CopyOnWriteArrayList<>();

  private Messaging subscribed(RabbitFixture broker) {
    Messaging messaging =
        Messaging.over(AmqpTransport.builder().uris(broker.uri()).partitions(4).build());
    messaging
        .subscribe("reader")
        .on(
            type,
            event -> {
              order.add(event.id());
              handled.put(event.id(), event);
            })
        .start();
    return messaging;
  }

  private static Map<String, Object> binary(String prefix, String id) {
    Map<String, Object> properties = new HashMap<>();
    properties.put(prefix + "specversion", "1.0");
    properties.put(prefix + "id", id);
    properties.put(prefix + "source", "urn:shop:payments");
    properties.put(prefix + "type", TYPE);
    properties.put(prefix + "subject", "order/938475");
    properties.put(prefix + "time", "2026-03-03T14:23:44Z");
    properties.put(prefix + "dataschema", "https://events.example/order-paid-v1.json");
    properties.put(prefix + "partitionkey", "938475");
    properties.put(prefix + "tenant", "blue");
    properties.put(prefix + "attempt", 5L);
    properties.put(prefix + "test", true);
    properties.put("trace", "of another kind");
    return properties;
  }

  private static final String DATA =
      "{\"orderId\": \"938475\", \"amount\": 149.90, \"paymentMethod\": \"card\"}";

  private static String structured(String id) {
    return "{\"specversion\": \"1.0\", \"id\": \""
        + id
        + "\", \"source\": \"urn:shop:payments\", \"type\": \""
        + TYPE
        + "\", \"subject\": \"order/938475\", \"time\": \"2026-03-03T14:23:44Z\","
        + " \"dataschema\": \"https://events.example/order-paid-v1.json\","
        + " \"datacontenttype\": \"application/json\", \"partitionkey\": \"938475\","
        + " \"tenant\": \"blue\", \"attempt\": 5, \"test\": true, \"data\": "
        + DATA
        + "}";
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void events_of_other_programs_are_handled_with_all_their_attributes(Version version)
      throws Exception {
    RabbitFixture broker = RabbitFixture.shared(version);
    List<String> ids = new ArrayList<>();
    try (Messaging messaging = subscribed(broker);
        Program old = new Old(broker, channel);
        Program fresh = new New(broker, channel)) {
      for (Program program : List.of(old, fresh)) {
        String by = program == old ? "0.9.1" : "1.0";
        for (String prefix : List.of("cloudEvents_", "cloudEvents:")) {
          String id = by + " " + prefix;
          ids.add(id);
          program.publish("application/json", binary(prefix, id), DATA.getBytes(UTF_8));
        }
        String id = by + " structured";
        ids.add(id);
        program.publish(
            "application/cloudevents+json; charset=utf-8",
            Map.of("trace", "of another kind"),
            structured(id).getBytes(UTF_8));
        List<String> batch = List.of(by + " batch 1", by + " batch 2");
        ids.addAll(batch);
        program.publish(
            "application/cloudevents-batch+json",
            Map.of(),
            batch.stream().map(OtherProgramsTest::structured).toList().toString().getBytes(UTF_8));
      }
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(handled).containsOnlyKeys(ids));
      assertThat(messaging.transport().topology().depth(List.of(deadLetters)))
          .singleElement()
          .satisfies(backlog -> assertThat(backlog.messages()).isZero());
    }
    assertThat(handled.values())
        .allSatisfy(
            event -> {
              assertThat(event.source()).isEqualTo(URI.create("urn:shop:payments"));
              assertThat(event.subject()).isEqualTo("order/938475");
              assertThat(event.time()).isEqualTo(OffsetDateTime.parse("2026-03-03T14:23:44Z"));
              assertThat(event.toCloudEvent().getDataSchema())
                  .isEqualTo(URI.create("https://events.example/order-paid-v1.json"));
              assertThat(event.toCloudEvent().getDataContentType()).isEqualTo("application/json");
              assertThat(event.extension("partitionkey")).isEqualTo("938475");
              assertThat(event.extension("tenant")).isEqualTo("blue");
              assertThat(event.extension("attempt")).isEqualTo(5);
              assertThat(event.extension("test")).isEqualTo(true);
              assertThat(event.extension("trace")).isNull();
              assertThat(event.key()).isEqualTo("938475");
              assertThat(event.data()).isEqualTo(new Paid("938475", new BigDecimal("149.90")));
            });
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d04_what_other_programs_publish_keeps_its_order_per_key(Version version) throws Exception {
    RabbitFixture broker = RabbitFixture.shared(version);
    int each = 50;
    try (Messaging messaging = subscribed(broker);
        Program old = new Old(broker, channel);
        Program fresh = new New(broker, channel)) {
      for (int n = 0; n < each; n++) {
        for (String key : List.of("a", "b", "c")) {
          // the two take turns, for the key is the key whoever writes it
          Program program = n % 2 == 0 ? old : fresh;
          Map<String, Object> properties = binary("cloudEvents_", key + " " + n);
          properties.put("cloudEvents_partitionkey", key);
          properties.put(Layout.KEY, key);
          program.publish("application/json", properties, DATA.getBytes(UTF_8));
        }
      }
      await().atMost(PATIENCE).until(() -> handled.size() == 3 * each);
      assertThat(requireNonNull(handled.get("a 0")).extension("partitionkey")).isEqualTo("a");
      assertThat(messaging.health().subscriptions()).hasSize(1);
    }
    for (String key : List.of("a", "b", "c")) {
      assertThat(order.stream().filter(id -> id.startsWith(key)).distinct())
          .extracting(id -> Integer.valueOf(id.substring(2)))
          .hasSize(each)
          .isSorted();
    }
  }

  /** A message that is no event. */
  private record Plain(
      String name, @Nullable String contentType, Map<String, Object> properties, byte[] body) {}

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d05_d14_messages_that_are_no_events_become_dead_letters_as_they_are(Version version)
      throws Exception {
    RabbitFixture broker = RabbitFixture.shared(version);
    byte[] noise = new byte[3_000];
    new Random(7).nextBytes(noise);
    Map<String, Object> half = binary("cloudEvents_", "half");
    half.remove("cloudEvents_source");
    Map<String, Object> future = binary("cloudEvents_", "future");
    future.put("cloudEvents_specversion", "9.0");
    List<Plain> plain =
        List.of(
            new Plain("json", "application/json", Map.of(), DATA.getBytes(UTF_8)),
            new Plain("noise", null, Map.of("colour", "blue", Layout.KEY, "k"), noise),
            new Plain("empty", null, Map.of(), new byte[0]),
            new Plain("half an event", "application/json", half, DATA.getBytes(UTF_8)),
            new Plain("of the future", "application/json", future, DATA.getBytes(UTF_8)),
            new Plain("broken", "application/cloudevents+json", Map.of(), "{".getBytes(UTF_8)),
            new Plain(
                "broken data",
                "application/json",
                binary("cloudEvents_", "broken data"),
                "{\"orderId\":".getBytes(UTF_8)),
            new Plain("of a format that we lack", "application/cloudevents+avro", Map.of(), noise));
    try (Messaging messaging = subscribed(broker);
        Program old = new Old(broker, channel);
        Program fresh = new New(broker, channel)) {
      List<String> names = new ArrayList<>();
      for (Program program : List.of(old, fresh)) {
        String by = program == old ? "0.9.1 " : "1.0 ";
        for (Plain each : plain) {
          Map<String, Object> properties = new HashMap<>(each.properties());
          properties.put("name", by + each.name());
          names.add(by + each.name());
          program.publish(each.contentType(), properties, each.body());
        }
        program.publish(
            "application/json", binary("cloudEvents_", by + "good"), DATA.getBytes(UTF_8));
      }
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(handled).containsOnlyKeys("0.9.1 good", "1.0 good"));
      Map<String, io.stagepost.spi.Message> dead = new HashMap<>();
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                dead.clear();
                messaging
                    .transport()
                    .browser()
                    .browse(
                        deadLetters,
                        stored ->
                            dead.put(
                                new String(requireNonNull(stored.message().header("name")), UTF_8),
                                stored.message()));
                assertThat(dead).containsOnlyKeys(names);
              });
      for (String by : List.of("0.9.1 ", "1.0 ")) {
        for (Plain each : plain) {
          assertAsItWas(requireNonNull(dead.get(by + each.name())), by, each);
        }
      }
    }
  }

  private static void assertAsItWas(io.stagepost.spi.Message dead, String by, Plain plain) {
    assertThat(dead.body()).as(by + plain.name()).isEqualTo(plain.body());
    byte[] contentType = dead.header("amqp:content-type");
    assertThat(contentType == null ? null : new String(contentType, UTF_8))
        .as(by + plain.name())
        .isEqualTo(plain.contentType());
    assertThat(dead.header(FailureHeaders.REASON)).as(by + plain.name()).isNotNull();
    plain
        .properties()
        .forEach(
            (name, value) -> {
              if (name.equals(Layout.KEY)) {
                assertThat(dead.key()).isEqualTo(value.toString().getBytes(UTF_8));
              } else if (value instanceof String text) {
                assertThat(dead.header(name)).as(name).asString(UTF_8).isEqualTo(text);
              } else {
                String typed = value instanceof Long ? "long:" : "boolean:";
                assertThat(dead.header("amqp:property:" + typed + name))
                    .as(name)
                    .asString(UTF_8)
                    .isEqualTo(value.toString());
              }
            });
  }
}
