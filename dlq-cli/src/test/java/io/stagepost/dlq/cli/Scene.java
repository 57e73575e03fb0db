package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.Context;
import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Retry;
import io.stagepost.amqp.AmqpTransport;
import io.stagepost.dlq.Filter;
import io.stagepost.dlq.Group;
import io.stagepost.dlq.Letters;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.RabbitFixture;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A shop whose payments fail: a subscription of the library that gave up its events, and a few
 * messages that some other program sent. Made once for each broker.
 */
final class Scene {
  /** How many letters there are. */
  static final int LETTERS = 11;

  private static final Map<Broker, Scene> MADE = new EnumMap<>(Broker.class);

  /** A broker of the build. */
  enum Broker {
    KAFKA,
    RABBITMQ;

    String url() {
      return this == KAFKA
          ? "kafka://" + KafkaFixture.shared().bootstrapServers()
          : RabbitFixture.shared(RabbitFixture.Version.V4_3).uri();
    }

    Transport connect() {
      return this == KAFKA
          ? KafkaTransport.builder()
              .bootstrapServers(KafkaFixture.shared().bootstrapServers())
              .partitions(1)
              .build()
          : AmqpTransport.to(url());
    }

    private Header secret() {
      return new Header("authorization", "Bearer 4711".getBytes(UTF_8));
    }

    private Header binary() {
      byte[] bytes = {(byte) 0xca, (byte) 0xfe, 0, 1};
      return new Header(this == KAFKA ? "picture" : "amqp:property:binary:picture", bytes);
    }
  }

  private static final Codec TEXT =
      new Codec() {
        @Override
        public <T> Encoded encode(EventType<T> type, T data) {
          return Encoded.of(data.toString().getBytes(UTF_8), "application/json");
        }

        @Override
        public <T> T decode(EventType<T> type, Encoded encoded) {
          return type.payload().cast(new String(encoded.bytes(), UTF_8));
        }
      };

  final Broker broker;

  /** As long as "orders", so that tables with it look as those with that. */
  final String channel = "o" + UUID.randomUUID().toString().substring(0, 5);

  final String address = channel + ".payments.dead-letter";

  /** As long as the usual one. */
  final String ledger = channel + "-ledger-of-dlq";

  private Scene(Broker broker) {
    this.broker = broker;
  }

  /** The scene at a broker. */
  static synchronized Scene at(Broker broker) {
    return MADE.computeIfAbsent(broker, any -> new Scene(broker).play());
  }

  /** Another one, which nobody else looks at. */
  static Scene alone(Broker broker) {
    return new Scene(broker).play();
  }

  private Scene play() {
    EventType<String> placed =
        EventType.of("com.example.order.placed.v1", String.class)
            .source("urn:shop")
            .channel(channel)
            .key(json -> json.replaceAll(".*\"order\":\"([^\"]*)\".*", "$1"))
            .codec(TEXT);
    try (Transport tool = broker.connect();
        Messaging messaging = Messaging.over(broker.connect())) {
      messaging
          .subscribe("payments")
          .policy(policy -> policy.retry(Retry.defaults().attempts(1)))
          .limits(limits -> limits.concurrency(1)) // so that letters lie in the order of events
          .on(placed, Scene::pay)
          .start();
      for (int i = 0; i < 12; i++) {
        var unused = messaging.publish(placed.event(order(i))).join();
      }
      try (Sender sender = tool.sender(Duration.ofSeconds(10))) {
        Message secret =
            tool.encode(address, "o-99", cloudEvent())
                .with(List.of(broker.secret(), broker.binary()));
        var first = sender.send(secret.to(channel)).join();
        byte[] junk = {(byte) 0xff, (byte) 0xfe, 'j', 'u', 'n', 'k', 0, 1};
        var second = sender.send(new Message(channel, null, List.of(), junk)).join();
        assertThat(first).isNotNull();
        assertThat(second).isNotNull();
      }
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () ->
                  assertThat(
                          Letters.on(tool).groups(address, Filter.all()).stream()
                              .mapToLong(Group::letters)
                              .sum())
                      .isEqualTo(LETTERS));
    }
    return this;
  }

  private static String order(int i) {
    return "{\"order\":\"o-" + i + "\",\"amount\":" + 10 * i + ".5,\"card\":\"4111-" + i + "\"}";
  }

  private static io.cloudevents.CloudEvent cloudEvent() {
    return io.cloudevents.core.builder.CloudEventBuilder.v1()
        .withId("secret-1")
        .withSource(java.net.URI.create("urn:shop"))
        .withType("com.example.order.placed.v1")
        .withExtension("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .withData("application/json", order(99).getBytes(UTF_8))
        .build();
  }

  private static Outcome pay(Event<String> event, Context context) {
    int number = Integer.parseInt(event.data().replaceAll(".*\"order\":\"o-(\\d+)\".*", "$1"));
    if (number == 99 || number % 4 == 0) {
      return Outcome.deadLetter("no-stock");
    }
    if (number % 4 == 1) {
      throw new IllegalStateException("no price for o-" + number);
    }
    if (number % 4 == 2) {
      return Outcome.deadLetter("card-refused");
    }
    return Outcome.done();
  }

  /** The options that name the broker and its ledger. */
  String[] with(String... args) {
    String[] all = java.util.Arrays.copyOf(args, args.length + 4);
    all[args.length] = "--broker";
    all[args.length + 1] = broker.url();
    all[args.length + 2] = "--ledger";
    all[args.length + 3] = ledger;
    return all;
  }
}
