package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.Backlog;
import io.stagepost.dlq.FailureReport.Writer;
import io.stagepost.dlq.Replay.Report.Outcome;
import io.stagepost.dlq.Replay.Settings;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.fixture.KafkaFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.IntegerDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.DeadLetterPublishingRecoverer;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.kafka.support.serializer.ErrorHandlingDeserializer;
import org.springframework.util.backoff.FixedBackOff;

/** Letters that Spring for Apache Kafka has written, with its defaults. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SpringLettersTest {
  private static final String SERVERS = KafkaFixture.shared().bootstrapServers();
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final String orders = "orders-" + UUID.randomUUID().toString().substring(0, 8);
  private final String letters = orders + "-dlt";
  private final DefaultKafkaProducerFactory<byte[], byte[]> producers =
      new DefaultKafkaProducerFactory<>(
          Map.of("bootstrap.servers", SERVERS),
          new ByteArraySerializer(),
          new ByteArraySerializer());
  private final KafkaTemplate<byte[], byte[]> template = new KafkaTemplate<>(producers);
  private final Transport tool =
      KafkaTransport.builder().bootstrapServers(SERVERS).allowPlaintext().build();
  private final Ledger ledger = Ledger.of(tool, orders + ".ledger", "ada@test");
  private final Queue<ConsumerRecord<byte[], ?>> handled = new ConcurrentLinkedQueue<>();
  private final Set<String> broken = ConcurrentHashMap.newKeySet();

  static final class NoStockException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoStockException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  @BeforeEach
  void topics() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", SERVERS))) {
      admin
          .createTopics(
              List.of(new NewTopic(orders, 2, (short) 1), new NewTopic(letters, 2, (short) 1)))
          .all()
          .get();
    }
    ledger.provision(letters);
  }

  @AfterEach
  void close() {
    producers.destroy();
    ledger.close();
    tool.close();
  }

  @Test
  void they_are_grouped_shown_planned_and_replayed_to_where_they_came_from() throws Exception {
    broken.addAll(Set.of("stock", "price"));
    var container = container(new DefaultKafkaConsumerFactory<>(consumer(), bytes(), bytes()));
    container.start();
    try {
      for (int i = 0; i < 30; i++) {
        publish("k" + i % 5, i % 3 == 0 ? "stock" : i % 3 == 1 ? "price" : "fine");
      }
      awaitLetters(20);

      assertThat(Letters.on(tool).groups(letters, Filter.all()))
          .extracting(
              group ->
                  group.fingerprint().reason()
                      + " "
                      + group.fingerprint().frame().replaceAll(".*\\.", "")
                      + " "
                      + group.letters())
          .containsExactlyInAnyOrder("NoStockException reserve 10", "ArithmeticException sell 10");
      Letter letter = first();
      FailureReport failure = letter.failure();
      assertThat(failure.writer()).isEqualTo(Writer.SPRING_KAFKA);
      assertThat(failure.subscription()).isEqualTo("billing-" + orders);
      assertThat(failure.originAddress()).isEqualTo(orders);
      assertThat(failure.originPartition()).isEqualTo(letter.at().partition());
      assertThat(Long.parseLong(String.valueOf(failure.originPosition()))).isBetween(0L, 29L);
      assertThat(failure.attempts()).isEqualTo(3);
      assertThat(failure.message()).isNotBlank();

      broken.clear();
      Plan plan =
          Planner.of(tool, ledger, "ada@test")
              .choosing(Filter.all().exception("NoStockException"))
              .plan(letters);
      assertThat(plan.destinations()).isEqualTo(Map.of(orders, 10L));
      assertThat(replay(plan)).isEqualTo(Outcome.DONE);
      await().atMost(PATIENCE).until(() -> handled.size() == 20);
      assertThat(handled.stream().filter(each -> each.headers().lastHeader(Outgoing.RUN) != null))
          .hasSize(10)
          .allSatisfy(
              replayed -> {
                assertThat((byte[]) replayed.value()).isEqualTo("stock".getBytes(UTF_8));
                assertThat(replayed.headers().lastHeader("binary").value())
                    .isEqualTo(new byte[] {0, -1, -128});
                assertThat(replayed.headers().toArray())
                    .extracting(Header::key)
                    .noneMatch(name -> name.startsWith("kafka_dlt"));
              });
    } finally {
      container.stop();
    }
  }

  @Test
  void one_that_dies_again_is_counted_and_stops_a_canary() throws Exception {
    broken.add("stock");
    var container = container(new DefaultKafkaConsumerFactory<>(consumer(), bytes(), bytes()));
    container.start();
    try {
      publish("k", "stock");
      publish("k", "stock");
      awaitLetters(2);
      Settings careful = new Settings(1e6, 10, 1, 100, Duration.ofSeconds(30), false, false);
      Plan plan = Planner.of(tool, ledger, "ada@test").plan(letters);
      assertThat(new Replay(tool, ledger, plan, careful).run(progress -> {}).outcome())
          .isEqualTo(Outcome.CAME_BACK);
      List<Integer> replays = new ArrayList<>();
      Letters.on(tool)
          .read(letters, Filter.all(), letter -> replays.add(letter.failure().replays()));
      assertThat(replays).containsExactly(0, 0, 1);
      Plan worn =
          Planner.of(tool, ledger, "ada@test").on(Terms.replay().maxReplays(1)).plan(letters);
      assertThat(worn.destinations()).isEqualTo(Map.of(orders, 1L, letters + "-parking-lot", 1L));
      assertThat(worn.parkedLetters()).isEqualTo(1);
    } finally {
      container.stop();
    }
  }

  @Test
  void what_spring_could_not_deserialize_is_replayed_with_its_bytes() throws Exception {
    var container =
        container(
            new DefaultKafkaConsumerFactory<>(
                consumer(), bytes(), new ErrorHandlingDeserializer<>(new IntegerDeserializer())));
    container.start();
    byte[] unreadable = {1, 2, 3, -1, 0};
    try {
      var unused = template.send(orders, 0, "k".getBytes(UTF_8), unreadable).get();
      awaitLetters(1);
    } finally {
      container.stop();
    }
    Letter letter = first();
    assertThat(letter.failure().exception()).endsWith(".DeserializationException");
    assertThat(letter.message().body()).isEqualTo(unreadable);
    Plan plan = Planner.of(tool, ledger, "ada@test").plan(letters);
    assertThat(replay(plan)).isEqualTo(Outcome.DONE);
    List<byte[]> bodies = new ArrayList<>();
    tool.browser().browse(orders, stored -> bodies.add(stored.message().body()));
    assertThat(bodies).hasSize(2).allMatch(body -> Arrays.equals(body, unreadable));
  }

  // ---- the Spring application

  private Map<String, Object> consumer() {
    return Map.of(
        "bootstrap.servers",
        SERVERS,
        "group.id",
        "billing-" + orders,
        "auto.offset.reset",
        "earliest");
  }

  private static ByteArrayDeserializer bytes() {
    return new ByteArrayDeserializer();
  }

  private <V> KafkaMessageListenerContainer<byte[], V> container(
      DefaultKafkaConsumerFactory<byte[], V> consumers) {
    ContainerProperties properties = new ContainerProperties(orders);
    properties.setDeliveryAttemptHeader(true);
    properties.setMessageListener((MessageListener<byte[], V>) this::handle);
    KafkaMessageListenerContainer<byte[], V> container =
        new KafkaMessageListenerContainer<>(consumers, properties);
    container.setCommonErrorHandler(
        new DefaultErrorHandler(
            new DeadLetterPublishingRecoverer(template), new FixedBackOff(0, 2)));
    return container;
  }

  private void handle(ConsumerRecord<byte[], ?> order) {
    String what = new String((byte[]) order.value(), UTF_8);
    if (broken.contains(what)) {
      if (what.equals("stock")) {
        reserve();
      }
      sell();
    }
    handled.add(order);
  }

  private static void reserve() {
    throw new NoStockException("none left", new IllegalStateException("the shelf is empty"));
  }

  private static void sell() {
    throw new ArithmeticException("/ by zero");
  }

  private void publish(String key, String what) throws Exception {
    ProducerRecord<byte[], byte[]> order =
        new ProducerRecord<>(orders, key.getBytes(UTF_8), what.getBytes(UTF_8));
    order.headers().add("binary", new byte[] {0, -1, -128});
    var unused = template.send(order).get();
  }

  // ---- the tool

  private void awaitLetters(long count) {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                tool.topology().depth(List.of(letters)).stream().mapToLong(Backlog::messages).sum()
                    == count);
  }

  private Letter first() {
    List<Letter> one = new ArrayList<>();
    Letters.on(tool)
        .read(
            letters,
            Filter.all(),
            letter -> {
              one.add(letter);
              return false;
            });
    return one.get(0);
  }

  private Outcome replay(Plan plan) {
    return new Replay(tool, ledger, plan, Settings.defaults()).run(progress -> {}).outcome();
  }
}
