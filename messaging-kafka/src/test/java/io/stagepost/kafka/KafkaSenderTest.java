package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.MessagingException;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishUnknownException;
import io.stagepost.Receipt;
import io.stagepost.Topology;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(600)
class KafkaSenderTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final KafkaTransport transport = Broker.transport();
  private final KafkaTransport verifying = Broker.builder().topology(Topology.VERIFY).build();
  private final List<AutoCloseable> open = new ArrayList<>(List.of(transport, verifying));

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private Sender sender(KafkaTransport over, Duration timeout) {
    Sender sender = over.sender(timeout);
    open.add(0, sender);
    return sender;
  }

  private static Message message(String topic, String key, int number) {
    return new Message(topic, key.getBytes(UTF_8), List.of(), ("" + number).getBytes(UTF_8));
  }

  private static MessagingException failure(CompletableFuture<Receipt> sent) {
    try {
      throw new AssertionError("accepted as " + sent.get(30, TimeUnit.SECONDS));
    } catch (ExecutionException failure) {
      assertThat(failure.getCause()).isInstanceOf(MessagingException.class);
      return (MessagingException) failure.getCause();
    } catch (Exception unexpected) {
      throw new AssertionError(unexpected);
    }
  }

  private static byte[] body(Message message) {
    byte[] body = message.body();
    return body == null ? new byte[0] : body;
  }

  @Test
  void d02_publishing_to_an_unknown_topic_fails_with_the_remedy() {
    String topic = Broker.unique("missing");
    MessagingException failure = failure(sender(verifying, TIMEOUT).send(message(topic, "key", 1)));
    assertThat(failure)
        .isInstanceOf(PublishRejectedException.class)
        .hasMessageStartingWith("SP-KAFKA-004")
        .hasMessageContaining(topic)
        .hasMessageContaining(Broker.ADDRESS)
        .hasMessageContaining("kafka-topics.sh");
    assertThat(Broker.exists(topic)).isFalse();
  }

  @Test
  void d02_an_unknown_topic_is_looked_for_again_at_the_next_send() {
    String topic = Broker.unique("missing");
    Sender sender = sender(verifying, TIMEOUT);
    assertThat(failure(sender.send(message(topic, "key", 1))).code()).isEqualTo("SP-KAFKA-004");
    Broker.create(topic, 1, Map.of());
    Broker.get(sender.send(message(topic, "key", 1)));
  }

  @Test
  void d02_a_topic_that_was_deleted_is_noticed() {
    String topic = Broker.topic("deleted", 1);
    Sender sender = sender(verifying, Duration.ofSeconds(2));
    Broker.get(sender.send(message(topic, "key", 1)));
    Broker.get(
        Broker.admin()
            .deleteTopics(List.of(topic))
            .all()
            .toCompletionStage()
            .toCompletableFuture());
    // the first may still be unknown: it was sent on the strength of what was known before
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> failure(sender.send(message(topic, "key", 2))).code().equals("SP-KAFKA-004"));
  }

  @Test
  void a_missing_topic_is_created_where_that_is_wanted_once_for_all_who_ask() {
    String topic = Broker.unique("created");
    KafkaTransport creating = Broker.builder().partitions(3).replicationFactor(1).build();
    open.add(creating);
    Sender sender = sender(creating, TIMEOUT);
    List<CompletableFuture<Receipt>> sent =
        IntStream.range(0, 16)
            .parallel()
            .mapToObj(i -> sender.send(message(topic, "key-" + i, i)))
            .toList();
    sent.forEach(Broker::get);
    assertThat(Broker.stored(topic)).hasSize(16);
    assertThat(
            Broker.get(
                    Broker.admin()
                        .describeTopics(List.of(topic))
                        .allTopicNames()
                        .toCompletionStage()
                        .toCompletableFuture())
                .get(topic))
        .isNotNull()
        .extracting(
            description -> description.partitions(), InstanceOfAssertFactories.list(Object.class))
        .hasSize(3);
  }

  /**
   * A broker shows a new topic before it leads its partitions. Were the first batch of a producer
   * refused for that and the second accepted, the first could never be stored any more.
   */
  @Test
  void d04_a_burst_right_after_its_topic_was_created_is_stored_whole_and_in_order() {
    KafkaTransport creating =
        Broker.builder().partitions(8).producerProperty("batch.size", "1").build();
    open.add(creating);
    Sender sender = sender(creating, TIMEOUT);
    for (int round = 0; round < 5; round++) {
      String topic = Broker.unique("burst");
      List<CompletableFuture<Receipt>> sent = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        sent.add(sender.send(message(topic, "key-" + i % 40, i)));
      }
      sent.forEach(Broker::get);
      Map<String, List<Integer>> stored = new java.util.TreeMap<>();
      Broker.stored(topic)
          .forEach(
              each ->
                  stored
                      .computeIfAbsent(
                          new String(key(each.message()), UTF_8), k -> new ArrayList<>())
                      .add(Integer.parseInt(new String(body(each.message()), UTF_8))));
      assertThat(stored).hasSize(40);
      stored.forEach((key, numbers) -> assertThat(numbers).as(key).hasSize(5).isSorted());
    }
  }

  private static byte[] key(Message message) {
    byte[] key = message.key();
    return key == null ? new byte[0] : key;
  }

  @Test
  void d02_an_illegal_topic_name_is_told_with_the_alphabet_and_the_limit() {
    Sender sender = sender(transport, TIMEOUT);
    for (String name : List.of("", ".", "..", "a b", "ä", "a/b", "x".repeat(250))) {
      assertThat(failure(sender.send(message(name, "key", 1))))
          .isInstanceOf(PublishRejectedException.class)
          .hasMessageStartingWith("SP-KAFKA-003")
          .hasMessageContaining("249")
          .hasMessageContaining("a-z, A-Z, 0-9");
    }
  }

  @Test
  void d01_a_message_above_the_producers_limit_is_rejected_with_size_and_limit() {
    String topic = Broker.topic("large", 1);
    Message large = new Message(topic, null, List.of(), new byte[2_000_000]);
    assertThat(failure(sender(transport, TIMEOUT).send(large)))
        .isInstanceOf(PublishRejectedException.class)
        .hasMessageStartingWith("SP-KAFKA-010")
        .hasMessageContaining("2000000 bytes")
        .hasMessageContaining("max.request.size")
        .hasMessageContaining("max.message.bytes");
  }

  @Test
  void d01_a_message_above_the_topics_limit_is_rejected() {
    String topic = Broker.topic("large", 1, Map.of("max.message.bytes", "1000"));
    Message large = new Message(topic, null, List.of(), new byte[2_000]);
    assertThat(failure(sender(transport, TIMEOUT).send(large)))
        .isInstanceOf(PublishRejectedException.class)
        .hasMessageStartingWith("SP-KAFKA-010");
    assertThat(Broker.stored(topic)).isEmpty();
  }

  @Test
  void d01_without_a_broker_a_publish_is_unknown_within_the_timeout() throws Exception {
    int nobody;
    try (ServerSocket socket = new ServerSocket(0)) {
      nobody = socket.getLocalPort();
    }
    KafkaTransport nowhere = KafkaTransport.to("127.0.0.1:" + nobody);
    open.add(nowhere);
    Duration timeout = Duration.ofSeconds(2);
    long began = System.nanoTime();
    assertThat(failure(sender(nowhere, timeout).send(message("topic", "key", 1))))
        .isInstanceOf(PublishUnknownException.class)
        .hasMessageStartingWith("SP-KAFKA-005")
        .hasMessageContaining("127.0.0.1:" + nobody);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(timeout);
  }

  @Test
  void a_send_chained_to_another_does_not_block_the_network_thread() {
    String first = Broker.topic("chain", 1);
    String second = Broker.topic("chain", 1);
    Sender sender = sender(transport, Duration.ofSeconds(4));
    List<CompletableFuture<Receipt>> chained = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      int number = i;
      chained.add(
          sender
              .send(message(first, "key", number))
              .thenCompose(stored -> sender.send(message(second, "key", number))));
    }
    chained.forEach(Broker::get);
    assertThat(Broker.stored(second))
        .extracting(stored -> new String(body(stored.message()), UTF_8))
        .containsExactlyElementsOf(IntStream.range(0, 100).mapToObj(i -> "" + i).toList());
  }

  @Test
  void an_interrupted_caller_gets_a_failed_future_and_stays_interrupted() {
    String topic = Broker.unique("interrupted");
    Sender sender = sender(transport, TIMEOUT);
    Thread.currentThread().interrupt();
    CompletableFuture<Receipt> sent = sender.send(message(topic, "key", 1));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(failure(sent)).isInstanceOf(PublishUnknownException.class);
  }

  /** The batch would otherwise wait far longer than this test does. */
  @Test
  void a_flush_sends_at_once_what_waits_for_more_and_so_does_each_later_one() {
    String topic = Broker.topic("flush", 1);
    KafkaTransport slow = Broker.builder().producerProperty("linger.ms", "600000").build();
    open.add(0, slow);
    Sender sender = sender(slow, Duration.ofMinutes(30));
    for (int round = 0; round < 20; round++) {
      List<CompletableFuture<Receipt>> sent = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        sent.add(sender.send(message(topic, "key", i)));
      }
      sender.flush();
      sent.forEach(Broker::get);
    }
    assertThat(Broker.stored(topic)).hasSize(200);
  }

  @Test
  void closing_waits_for_what_is_under_way_and_refuses_what_comes_later() {
    String topic = Broker.topic("closing", 1);
    Sender sender = transport.sender(TIMEOUT);
    List<CompletableFuture<Receipt>> sent =
        IntStream.range(0, 100).mapToObj(i -> sender.send(message(topic, "key", i))).toList();
    sender.close();
    sender.close();
    assertThat(sent).allMatch(each -> each.isDone() && !each.isCompletedExceptionally());
    assertThat(failure(sender.send(message(topic, "key", 1))))
        .isInstanceOf(PublishRejectedException.class)
        .hasMessageStartingWith("SP-KAFKA-013");
  }

  @Test
  void a_timeout_that_no_producer_can_keep_is_told_at_once() {
    KafkaTransport lingering = Broker.builder().producerProperty("linger.ms", "5000").build();
    open.add(lingering);
    assertThatThrownBy(() -> lingering.sender(Duration.ofSeconds(1)))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-KAFKA-002")
        .hasMessageContaining("linger.ms");
  }

  @Test
  void even_a_short_timeout_makes_a_producer() {
    sender(transport, Duration.ofMillis(1));
    sender(transport, Duration.ofMillis(9));
    sender(transport, Duration.ofDays(1));
  }
}
