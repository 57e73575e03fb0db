package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.ConfigurationException;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.schema.Json;
import io.stagepost.spi.Message;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
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
    assertThat(transport.topology().provision(List.of(there, missing, missing))).isEmpty();
    assertThat(partitions(there)).isEqualTo(2);
    assertThat(partitions(missing)).isEqualTo(5);
    assertThat(transport.topology().provision(List.of(there, missing))).isEmpty();
  }

  @Test
  void several_may_create_the_same_topics_at_once() {
    List<String> topics = IntStream.range(0, 5).mapToObj(i -> Broker.unique("raced")).toList();
    List<CompletableFuture<List<String>>> racing =
        IntStream.range(0, 4)
            .mapToObj(i -> transport(Broker.builder()))
            .map(each -> CompletableFuture.supplyAsync(() -> each.topology().provision(topics)))
            .toList();
    racing.forEach(each -> assertThat(Broker.get(each)).isEmpty());
    topics.forEach(topic -> assertThat(Broker.exists(topic)).isTrue());
  }

  @Test
  void auto_create_tells_what_the_broker_refuses() {
    String topic = Broker.unique("refused");
    assertThat(
            transport(Broker.builder().replicationFactor(3)).topology().provision(List.of(topic)))
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
            transport(Broker.builder().topology(Topology.VERIFY))
                .topology()
                .provision(List.of(one, there, two)))
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
    assertThat(
            transport(Broker.builder().topology(Topology.NONE))
                .topology()
                .provision(List.of(missing)))
        .isEmpty();
    assertThat(Broker.exists(missing)).isFalse();
  }

  @Test
  void an_illegal_name_is_a_problem_in_every_mode() {
    for (Topology topology : Topology.values()) {
      assertThat(
              transport(Broker.builder().topology(topology))
                  .topology()
                  .provision(List.of("no good")))
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
      assertThat(transport.topology().provision(List.of("a", "b", "c")))
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

  // ---- lag -------------------------------------------------------------------------------------

  @Test
  void the_lag_counts_from_the_committed_offsets_or_else_from_the_beginning() {
    String topic = Broker.topic("lag", 2);
    String other = Broker.topic("lag", 1);
    String group = Broker.unique("group");
    fill(topic, 0, 10);
    fill(topic, 1, 5);
    KafkaTransport transport = transport(Broker.builder());
    assertThat(transport.topology().lag(group, List.of(topic, other)))
        .containsExactly(Map.entry(topic, 15L), Map.entry(other, 0L));

    Broker.get(
        Broker.admin()
            .alterConsumerGroupOffsets(
                group, Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(7)))
            .all()
            .toCompletionStage()
            .toCompletableFuture());
    assertThat(transport.topology().lag(group, List.of(topic)))
        .containsExactly(Map.entry(topic, 8L));
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

  // ---- browsing --------------------------------------------------------------------------------

  @Test
  void browsing_visits_everything_in_order_and_consumes_nothing() {
    String topic = Broker.topic("browse", 2);
    fill(topic, 0, 700);
    fill(topic, 1, 600);
    List<String> first = new ArrayList<>();
    KafkaTransport transport = transport(Broker.builder());
    transport
        .browser()
        .browse(
            topic,
            stored -> first.add(stored.origin().partition() + "/" + stored.origin().position()));
    assertThat(first).hasSize(1_300);
    for (String partition : List.of("0/", "1/")) {
      assertThat(first.stream().filter(each -> each.startsWith(partition)))
          .containsExactlyElementsOf(
              IntStream.range(0, partition.equals("0/") ? 700 : 600)
                  .mapToObj(i -> partition + i)
                  .toList());
    }
    assertThat(Broker.stored(topic)).hasSize(1_300);
  }

  @Test
  void browsing_ends_behind_the_marks_of_transactions_and_does_not_see_aborted_messages() {
    String topic = Broker.topic("browse", 1);
    try (var producer = Broker.producer(Map.of("transactional.id", Broker.unique("tx")))) {
      producer.initTransactions();
      for (boolean commit : new boolean[] {true, false, true, false}) {
        producer.beginTransaction();
        for (int i = 0; i < 3; i++) {
          var unused = producer.send(new ProducerRecord<>(topic, ("" + commit).getBytes(UTF_8)));
        }
        if (commit) {
          producer.commitTransaction();
        } else {
          producer.abortTransaction();
        }
      }
      // and one that is still open
      producer.beginTransaction();
      var unused = producer.send(new ProducerRecord<>(topic, "open".getBytes(UTF_8)));
      producer.flush();
      assertThat(Broker.stored(topic))
          .hasSize(6)
          .allMatch(stored -> new String(stored.message().body(), UTF_8).equals("true"));
      producer.abortTransaction();
    }
  }

  @Test
  void an_empty_topic_has_nothing_to_browse_and_a_missing_one_is_an_error() {
    assertThat(Broker.stored(Broker.topic("browse", 3))).isEmpty();
    assertThatThrownBy(() -> Broker.stored(Broker.unique("missing")))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-KAFKA-008");
  }

  @Test
  void what_a_visitor_throws_ends_the_visit() {
    String topic = Broker.topic("browse", 1);
    fill(topic, 0, 10);
    List<Message> seen = new ArrayList<>();
    IllegalStateException enough = new IllegalStateException("enough");
    KafkaTransport transport = transport(Broker.builder());
    assertThatThrownBy(
            () ->
                transport
                    .browser()
                    .browse(
                        topic,
                        stored -> {
                          seen.add(stored.message());
                          throw enough;
                        }))
        .isSameAs(enough);
    assertThat(seen).hasSize(1);
  }

  private static void fill(String topic, int partition, int messages) {
    try (var producer = Broker.producer(Map.of())) {
      for (int i = 0; i < messages; i++) {
        var unused =
            producer.send(new ProducerRecord<>(topic, partition, null, ("" + i).getBytes(UTF_8)));
      }
    }
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
