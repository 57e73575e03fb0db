package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.Backlog;
import io.stagepost.ConfigurationException;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.Subscription;
import io.stagepost.Topology;
import io.stagepost.schema.Json;
import io.stagepost.spi.Need;
import io.stagepost.spi.StoredMessage;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(600)
class KafkaTopologyTest {
  private final List<KafkaTransport> open = new ArrayList<>();

  private KafkaTransport transport(KafkaTransport.Builder builder) {
    KafkaTransport transport = builder.build();
    open.add(transport);
    return transport;
  }

  @AfterEach
  void close() {
    open.forEach(KafkaTransport::close);
  }

  @Test
  void auto_create_creates_what_is_missing_and_leaves_what_is_there() {
    String there = Broker.topic("there", 2);
    String missing = Broker.unique("missing");
    KafkaTransport transport = transport(Broker.builder().partitions(5));
    assertThat(provisioned(transport, List.of(there, missing, missing))).isEmpty();
    assertThat(partitions(there)).isEqualTo(2);
    assertThat(partitions(missing)).isEqualTo(5);
    assertThat(provisioned(transport, List.of(there, missing))).isEmpty();
  }

  @Test
  void several_may_create_the_same_topics_at_once() {
    List<String> topics = IntStream.range(0, 5).mapToObj(i -> Broker.unique("raced")).toList();
    List<CompletableFuture<List<String>>> racing =
        IntStream.range(0, 4)
            .mapToObj(i -> transport(Broker.builder()))
            .map(each -> CompletableFuture.supplyAsync(() -> provisioned(each, topics)))
            .toList();
    racing.forEach(each -> assertThat(Broker.get(each)).isEmpty());
    topics.forEach(topic -> assertThat(Broker.exists(topic)).isTrue());
  }

  @Test
  void auto_create_tells_what_the_broker_refuses() {
    String topic = Broker.unique("refused");
    assertThat(provisioned(transport(Broker.builder().replicationFactor(3)), List.of(topic)))
        .singleElement()
        .asString()
        .startsWith("SP-KAFKA-007")
        .contains(topic)
        .contains("replicationFactor");
  }

  @Test
  void verify_names_each_missing_topic_with_the_command_that_creates_it() {
    String there = Broker.topic("there", 1);
    String one = Broker.unique("missing");
    String two = Broker.unique("missing");
    assertThat(
            provisioned(
                transport(Broker.builder().topology(Topology.VERIFY)), List.of(one, there, two)))
        .hasSize(2)
        .allMatch(problem -> problem.startsWith("SP-KAFKA-004"))
        .allMatch(
            problem -> problem.contains("kafka-topics.sh --bootstrap-server " + Broker.ADDRESS))
        .anyMatch(problem -> problem.contains("--create --topic " + one))
        .anyMatch(problem -> problem.contains("--create --topic " + two));
    assertThat(Broker.exists(one)).isFalse();
  }

  @Test
  void none_does_not_look() {
    String missing = Broker.unique("missing");
    assertThat(provisioned(transport(Broker.builder().topology(Topology.NONE)), List.of(missing)))
        .isEmpty();
    assertThat(Broker.exists(missing)).isFalse();
  }

  @Test
  void an_illegal_name_is_a_problem_in_every_mode() {
    for (Topology topology : Topology.values()) {
      assertThat(provisioned(transport(Broker.builder().topology(topology)), List.of("no good")))
          .singleElement()
          .asString()
          .startsWith("SP-KAFKA-003")
          .contains("\"no good\"")
          .contains("a-z, A-Z, 0-9, '.', '_' and '-'")
          .contains("249");
    }
  }

  @Test
  void a_broker_that_does_not_answer_is_one_problem_within_the_timeout() throws Exception {
    // accepts connections and never says a word
    try (ServerSocket silent = new ServerSocket(0)) {
      KafkaTransport transport =
          transport(
              KafkaTransport.builder()
                  .bootstrapServers("127.0.0.1:" + silent.getLocalPort())
                  .property("default.api.timeout.ms", "1500")
                  .property("request.timeout.ms", "1000"));
      long began = System.nanoTime();
      assertThat(provisioned(transport, List.of("a", "b", "c")))
          .singleElement()
          .asString()
          .startsWith("SP-KAFKA-005")
          .contains("127.0.0.1:" + silent.getLocalPort())
          .contains("default.api.timeout.ms");
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
    }
  }

  @Test
  void d19_a_subscription_does_not_start_when_its_topics_are_missing() {
    record Note(String text) {}
    EventType<Note> note =
        EventType.of("note", Note.class)
            .source("urn:test")
            .channel(Broker.unique("missing"))
            .codec(Json.codec());
    try (Messaging messaging = Messaging.over(Broker.builder().topology(Topology.VERIFY).build())) {
      assertThatThrownBy(() -> messaging.subscribe("reader").on(note, event -> {}).start())
          .isInstanceOfSatisfying(
              ConfigurationException.class, failure -> assertThat(failure.problems()).hasSize(3));
    }
  }

  private static List<String> provisioned(KafkaTransport transport, List<String> topics) {
    return transport.topology().provision(topics.stream().map(Need::channel).toList()).problems();
  }

  // ---- lag -------------------------------------------------------------------------------------

  @Test
  void the_lag_counts_from_the_committed_offsets_or_else_from_the_beginning() {
    String topic = Broker.topic("lag", 2);
    String other = Broker.topic("lag", 1);
    String group = Broker.unique("group");
    Broker.fill(topic, 0, 10);
    Broker.fill(topic, 1, 5);
    KafkaTransport transport = transport(Broker.builder());
    assertThat(transport.topology().lag(group, List.of(topic, other)))
        .containsExactly(Map.entry(topic, 15L), Map.entry(other, 0L));

    commit(group, topic, Map.of(0, 7L));
    assertThat(transport.topology().lag(group, List.of(topic)))
        .containsExactly(Map.entry(topic, 8L));
  }

  @Test
  void d20_the_backlog_tells_messages_and_the_oldest_of_each_partition() {
    String topic = Broker.topic("backlog", 3);
    String group = Broker.unique("group");
    Broker.fill(topic, 0, 10);
    Broker.fill(topic, 1, 5);
    List<StoredMessage> stored = Broker.stored(topic);
    KafkaTransport transport = transport(Broker.builder());
    commit(group, topic, Map.of(0, 7L, 1, 5L));
    assertThat(transport.topology().backlog(group, List.of(topic)))
        .containsExactly(
            new Backlog(topic, "0", 3, time(stored, "0", "7")),
            new Backlog(topic, "1", 0, null),
            new Backlog(topic, "2", 0, null));
    assertThat(transport.topology().depth(List.of(topic)))
        .containsExactly(
            new Backlog(topic, "0", 10, time(stored, "0", "0")),
            new Backlog(topic, "1", 5, time(stored, "1", "0")),
            new Backlog(topic, "2", 0, null));
    assertThat(Broker.committed(group, topic)).isEqualTo(Map.of(0, 7L, 1, 5L));
  }

  /** Behind marks and what was aborted comes the first message that counts. */
  @Test
  void d20_the_oldest_is_a_message_and_no_mark_nor_aborted_one() {
    String topic = Broker.topic("backlog", 1);
    try (var producer = Broker.producer(Map.of("transactional.id", Broker.unique("tx")))) {
      producer.initTransactions();
      for (String body : List.of("aborted", "committed")) {
        producer.beginTransaction();
        var unused = producer.send(new ProducerRecord<>(topic, body.getBytes(UTF_8)));
        producer.flush();
        if (body.equals("committed")) {
          producer.commitTransaction();
        } else {
          producer.abortTransaction();
        }
      }
    }
    KafkaTransport transport = transport(Broker.builder());
    List<StoredMessage> stored = Broker.stored(topic);
    assertThat(stored).hasSize(1);
    assertThat(transport.topology().depth(List.of(topic)))
        .extracting(Backlog::oldest)
        .containsExactly(stored.get(0).origin().time());
    // only a mark is left: nothing waits, though one offset is not committed
    String group = Broker.unique("group");
    commit(group, topic, Map.of(0, 3L));
    assertThat(transport.topology().backlog(group, List.of(topic)))
        .containsExactly(new Backlog(topic, "0", 1, null));
  }

  /** What retention took away is no backlog any more. */
  @Test
  void d20_a_backlog_begins_where_the_topic_begins() {
    String topic = Broker.topic("backlog", 1);
    String group = Broker.unique("group");
    Broker.fill(topic, 0, 10);
    List<StoredMessage> stored = Broker.stored(topic);
    commit(group, topic, Map.of(0, 2L));
    Broker.get(
        Broker.admin()
            .deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(6)))
            .all()
            .toCompletionStage()
            .toCompletableFuture());
    assertThat(transport(Broker.builder()).topology().backlog(group, List.of(topic)))
        .containsExactly(new Backlog(topic, "0", 4, time(stored, "0", "6")));
  }

  @Test
  void d20_health_tells_the_lag_and_the_oldest_without_waiting_for_the_broker() {
    record Note(String text) {}
    EventType<Note> note =
        EventType.of("note", Note.class)
            .source("urn:test")
            .channel(Broker.unique("health"))
            .codec(Json.codec());
    CountDownLatch open = new CountDownLatch(1);
    try (Messaging messaging = Messaging.over(Broker.builder().build())) {
      Subscription subscription =
          messaging.subscribe(Broker.unique("slow")).on(note, event -> open.await()).start();
      for (int i = 0; i < 3; i++) {
        Broker.get(messaging.publish(note.event(new Note("" + i))));
      }
      Instant oldest = Broker.stored(note.channel()).get(0).origin().time();
      await().until(() -> subscription.health().lag() != null);
      assertThat(subscription.health().lag())
          .satisfies(
              lag -> {
                assertThat(lag.messages()).isEqualTo(3);
                assertThat(lag.oldest()).isEqualTo(oldest);
                assertThat(lag.asOf()).isBetween(oldest, Instant.now());
              });
      assertThat(subscription.backlog())
          .containsExactly(new Backlog(note.channel(), "0", 3, oldest));
      open.countDown();
    }
  }

  @Test
  void the_lag_of_what_does_not_exist_is_an_error() {
    KafkaTransport transport = transport(Broker.builder());
    assertThatThrownBy(() -> transport.topology().lag("group", List.of(Broker.unique("missing"))))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-KAFKA-008");
    transport.close();
    assertThatThrownBy(() -> transport.topology().lag("group", List.of("any")))
        .hasMessageStartingWith("SP-KAFKA-015");
  }

  private static void commit(String group, String topic, Map<Integer, Long> offsets) {
    Map<TopicPartition, OffsetAndMetadata> all = new HashMap<>();
    offsets.forEach(
        (partition, offset) ->
            all.put(new TopicPartition(topic, partition), new OffsetAndMetadata(offset)));
    Broker.get(
        Broker.admin()
            .alterConsumerGroupOffsets(group, all)
            .all()
            .toCompletionStage()
            .toCompletableFuture());
  }

  private static @Nullable Instant time(
      List<StoredMessage> stored, String partition, String position) {
    return stored.stream()
        .map(StoredMessage::origin)
        .filter(each -> each.partition().equals(partition) && each.position().equals(position))
        .findFirst()
        .orElseThrow()
        .time();
  }

  private static int partitions(String topic) {
    return Broker.get(
            Broker.admin()
                .describeTopics(List.of(topic))
                .allTopicNames()
                .toCompletionStage()
                .toCompletableFuture())
        .values()
        .iterator()
        .next()
        .partitions()
        .size();
  }
}
