package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.MessagingException;
import io.stagepost.PublishUnknownException;
import io.stagepost.Receipt;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import io.stagepost.testkit.fixture.KafkaFixture;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A broker that is there and does not answer: its process is stopped for a while (SIGSTOP). */
@Timeout(600)
class FrozenBrokerTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(3);

  /** For a busy machine. */
  private static final Duration SLACK = Duration.ofSeconds(1);

  @TempDir static Path data;
  private static KafkaFixture broker;
  private final List<AutoCloseable> open = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    broker = KafkaFixture.start(data);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin
          .createTopics(
              List.of(new NewTopic("known", 1, (short) 1), new NewTopic("ordered", 1, (short) 1)))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @AfterEach
  void close() throws Exception {
    signal("CONT");
    for (AutoCloseable each : open) {
      each.close();
    }
    try (KafkaTransport transport = KafkaTransport.to(broker.bootstrapServers())) {
      await()
          .ignoreExceptions()
          .until(() -> !transport.topology().depth(List.of("known")).isEmpty());
    }
  }

  private static void signal(String name) throws IOException, InterruptedException {
    long pid = broker.pid().orElseThrow();
    assertThat(new ProcessBuilder("kill", "-" + name, "" + pid).start().waitFor()).isZero();
  }

  private Sender sender(KafkaTransport.Builder builder, Duration timeout) {
    KafkaTransport transport = builder.bootstrapServers(broker.bootstrapServers()).build();
    Sender sender = transport.sender(timeout);
    open.add(sender);
    open.add(transport);
    return sender;
  }

  private static Message message(String topic, int number, int size) {
    byte[] body = new byte[size];
    byte[] text = ("" + number).getBytes(UTF_8);
    System.arraycopy(text, 0, body, 0, text.length);
    return new Message(topic, "key".getBytes(UTF_8), List.of(), body);
  }

  /** How a send ended, how long its caller was kept, and how long it took. */
  private record Ended(MessagingException failure, Duration blocked, Duration took) {}

  private static Ended failing(Sender sender, Message message) {
    long began = System.nanoTime();
    CompletableFuture<Receipt> sent = sender.send(message);
    Duration blocked = Duration.ofNanos(System.nanoTime() - began);
    Throwable failure =
        Broker.get(sent.handle((receipt, thrown) -> Objects.requireNonNull(thrown, "" + receipt)));
    assertThat(failure).isInstanceOf(MessagingException.class);
    return new Ended(
        (MessagingException) failure, blocked, Duration.ofNanos(System.nanoTime() - began));
  }

  @Test
  void d01_a_caller_waits_for_metadata_no_longer_than_its_deadline() throws Exception {
    // whatever the properties say
    Sender sender =
        sender(KafkaTransport.builder().producerProperty("max.block.ms", "60000"), TIMEOUT);
    Broker.get(sender.send(message("known", 0, 10)));
    Sender another =
        sender(KafkaTransport.builder().producerProperty("max.block.ms", "60000"), TIMEOUT);
    signal("STOP");
    Ended unseen = failing(another, message("known", 1, 10));
    Ended unasked = failing(sender, message("ordered", 1_000, 10));
    for (Ended each : List.of(unseen, unasked)) {
      assertThat(each.failure()).isInstanceOf(PublishUnknownException.class);
      assertThat(each.blocked()).isLessThan(TIMEOUT);
      assertThat(each.took()).isLessThan(TIMEOUT.plus(SLACK));
    }
  }

  @Test
  void d20_a_caller_waits_for_room_in_the_buffer_no_longer_than_its_deadline() throws Exception {
    Sender sender =
        sender(
            KafkaTransport.builder()
                .producerProperty("buffer.memory", "65536")
                .producerProperty("max.block.ms", "60000"),
            TIMEOUT);
    Broker.get(sender.send(message("known", 0, 10)));
    signal("STOP");
    List<CompletableFuture<Receipt>> filling = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      filling.add(sender.send(message("known", i, 20_000)));
    }
    Ended full = failing(sender, message("known", 4, 20_000));
    assertThat(full.blocked()).isBetween(TIMEOUT.dividedBy(3), TIMEOUT);
    assertThat(full.took()).isLessThan(TIMEOUT.plus(SLACK));
    for (CompletableFuture<Receipt> each : filling) {
      assertThat(each).failsWithin(TIMEOUT.plus(SLACK));
    }
    signal("CONT");
    Broker.get(sender.send(message("known", 5, 20_000))); // there is room again
  }

  /** What got no answer in time is sent again by the producer itself: in order, and stored once. */
  @Test
  void d04_retries_neither_reorder_nor_double_the_events_of_a_key() throws Exception {
    Sender sender =
        sender(
            KafkaTransport.builder()
                .producerProperty("request.timeout.ms", "500")
                .producerProperty("batch.size", "1"),
            Duration.ofSeconds(30));
    Broker.get(sender.send(message("ordered", 0, 10)));
    int number = 1;
    for (int round = 0; round < 3; round++) {
      List<CompletableFuture<Receipt>> sent = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        if (i == 20) {
          signal("STOP");
        }
        sent.add(sender.send(message("ordered", number++, 10)));
      }
      // the requests time out meanwhile, and are made again
      await().during(Duration.ofMillis(1_200)).until(() -> !sent.get(99).isDone());
      signal("CONT");
      sent.forEach(Broker::get);
    }
    List<Integer> stored = new ArrayList<>();
    try (KafkaTransport transport = KafkaTransport.to(broker.bootstrapServers())) {
      transport
          .browser()
          .browse(
              "ordered",
              each ->
                  stored.add(
                      Integer.parseInt(
                          new String(Objects.requireNonNull(each.message().body()), UTF_8)
                              .replace("\0", ""))));
    }
    // what the other test could not send may have arrived after all
    assertThat(stored.stream().filter(each -> each < 1_000))
        .containsExactlyElementsOf(IntStream.range(0, number).boxed().toList());
  }
}
