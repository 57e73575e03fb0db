package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.MessagingException;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Browser.Selection;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import io.stagepost.spi.StoredMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

@Timeout(600)
@Isolated("it compares the groups of the broker before and after")
class KafkaBrowserTest {
  private final KafkaTransport transport = Broker.transport();
  private final Browser browser = transport.browser();

  @AfterEach
  void close() {
    transport.close();
  }

  @Test
  void browsing_visits_everything_in_order_and_consumes_nothing() {
    String topic = Broker.topic("browse", 2);
    Broker.fill(topic, 0, 700);
    Broker.fill(topic, 1, 600);
    List<String> first = new ArrayList<>();
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
    Broker.fill(topic, 0, 10);
    List<Message> seen = new ArrayList<>();
    IllegalStateException enough = new IllegalStateException("enough");
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

  @Test
  void d03_browsing_joins_no_group_and_moves_no_offset() {
    String topic = Broker.topic("browse", 2);
    Broker.fill(topic, 0, 10);
    Broker.fill(topic, 1, 10);
    Set<String> groups = groups();
    browser.browse(topic, stored -> {});
    browser.browse(Selection.of(topic).from("0", "5").limit(2), stored -> true);
    browser.find(topic, "1", "3");
    transport.topology().depth(List.of(topic));
    assertThat(groups()).isEqualTo(groups);
    for (String group : groups) {
      assertThat(Broker.committed(group, topic)).isEmpty();
    }
  }

  @Test
  void a_visit_begins_at_a_position_and_is_bounded() {
    String topic = Broker.topic("browse", 2);
    Broker.fill(topic, 0, 10);
    Broker.fill(topic, 1, 10);
    assertThat(visited(Selection.of(topic).partition("1"))).isEqualTo(positions("1", 0, 10));
    assertThat(visited(Selection.of(topic).from("0", "7"))).isEqualTo(positions("0", 7, 10));
    assertThat(visited(Selection.of(topic).from("0", "7").limit(2)))
        .isEqualTo(positions("0", 7, 9));
    assertThat(visited(Selection.of(topic).limit(13))).hasSize(13);
    assertThat(visited(Selection.of(topic).limit(0))).isEmpty();
    assertThat(visited(Selection.of(topic).from("0", "10"))).isEmpty();
    assertThat(visited(Selection.of(topic).from("0", "99"))).isEmpty();
  }

  @Test
  void a_visit_begins_at_a_time() {
    String topic = Broker.topic("browse", 2);
    Instant time = Instant.parse("2026-01-01T00:00:00Z");
    try (var producer = Broker.producer(Map.of())) {
      for (int i = 0; i < 10; i++) {
        var unused =
            producer.send(
                new ProducerRecord<>(
                    topic, 0, time.plusSeconds(i).toEpochMilli(), null, new byte[] {1}));
      }
    }
    Broker.fill(topic, 1, 2); // now
    assertThat(visited(Selection.of(topic).since(time.plusSeconds(6)).partition("0")))
        .isEqualTo(positions("0", 6, 10));
    assertThat(visited(Selection.of(topic).since(time.plusMillis(5_001)).limit(4)))
        .hasSize(4)
        .doesNotContain("0/5");
    assertThat(visited(Selection.of(topic).since(time.plus(Duration.ofDays(1)))))
        .isEqualTo(positions("1", 0, 2));
    assertThat(visited(Selection.of(topic).since(Instant.now().plusSeconds(600)))).isEmpty();
  }

  @Test
  void a_message_is_found_by_its_origin() {
    String topic = Broker.topic("browse", 2);
    Broker.fill(topic, 1, 10);
    assertThat(browser.find(topic, "1", "4"))
        .hasValueSatisfying(
            found -> {
              assertThat(body(found)).isEqualTo("4");
              assertThat(found.origin().position()).isEqualTo("4");
              assertThat(found.origin().partition()).isEqualTo("1");
            });
    assertThat(browser.find(topic, "1", "10")).isEmpty();
    assertThat(browser.find(topic, "0", "0")).isEmpty();
    delete(topic, 1, 5);
    assertThat(browser.find(topic, "1", "4")).isEmpty();
    assertThat(browser.find(topic, "1", "5")).isPresent();
  }

  @Test
  void what_is_no_partition_or_position_is_told() {
    String topic = Broker.topic("browse", 2);
    for (Selection wrong :
        List.of(
            Selection.of(topic).partition("2"),
            Selection.of(topic).partition("x"),
            Selection.of(topic).from("0", "-1"),
            Selection.of(topic).from("0", "1.5"))) {
      assertThatThrownBy(() -> visited(wrong))
          .isInstanceOf(MessagingException.class)
          .hasMessageStartingWith("SP-KAFKA-058")
          .hasMessageContaining(topic);
    }
  }

  @Test
  void a_visit_ends_where_the_topic_ended_when_it_began() {
    String topic = Broker.topic("browse", 1);
    Broker.fill(topic, 0, 1_000);
    List<Integer> seen = new ArrayList<>();
    try (var producer = Broker.producer(Map.of())) {
      browser.browse(
          topic,
          stored -> {
            seen.add(Integer.parseInt(stored.origin().position()));
            // as many more as it has seen
            var unused = producer.send(new ProducerRecord<>(topic, 0, null, new byte[] {1}));
          });
    }
    assertThat(seen).containsExactlyElementsOf(IntStream.range(0, 1_000).boxed().toList());
    assertThat(transport.topology().depth(List.of(topic)).get(0).messages()).isEqualTo(2_000);
  }

  @Test
  void what_retention_takes_away_meanwhile_is_passed_over() {
    String topic = Broker.topic("browse", 1);
    try (var producer = Broker.producer(Map.of())) {
      for (int i = 0; i < 400; i++) {
        // more than is fetched ahead
        var unused = producer.send(new ProducerRecord<>(topic, 0, null, new byte[20_000]));
      }
    }
    List<Long> seen = new ArrayList<>();
    browser.browse(
        topic,
        stored -> {
          if (seen.isEmpty()) {
            delete(topic, 0, 390);
          }
          seen.add(Long.parseLong(stored.origin().position()));
        });
    assertThat(seen).isSorted().doesNotHaveDuplicates().hasSizeLessThan(400);
    assertThat(seen)
        .startsWith(0L)
        .endsWith(LongStream.range(390, 400).boxed().toArray(Long[]::new));
  }

  @Test
  void gaps_that_compaction_left_are_passed_over() {
    String topic =
        Broker.topic(
            "browse",
            1,
            Map.of(
                "cleanup.policy",
                "compact",
                "min.cleanable.dirty.ratio",
                "0.001",
                "segment.bytes",
                "1048576",
                "max.compaction.lag.ms",
                "1",
                "delete.retention.ms",
                "0"));
    byte[] key = "key".getBytes(UTF_8);
    try (var producer = Broker.producer(Map.of("batch.size", 1))) {
      for (int i = 0; i < 200; i++) {
        var unused = producer.send(new ProducerRecord<>(topic, 0, key, new byte[20_000]));
      }
    }
    // The last segment is never compacted; of those before it one message at most stays.
    Awaitility.await()
        .atMost(Duration.ofSeconds(45))
        .until(() -> visited(Selection.of(topic)).size() < 100);
    List<String> left = visited(Selection.of(topic));
    assertThat(left).endsWith("0/199");
    assertThat(visited(Selection.of(topic).from("0", "1"))).endsWith("0/199");
    assertThat(browser.find(topic, "0", "0")).isEmpty();
  }

  @Test
  void a_topic_that_is_deleted_meanwhile_ends_the_visit_soon_by_its_name() {
    String topic = Broker.topic("browse", 1);
    try (var producer = Broker.producer(Map.of())) {
      for (int i = 0; i < 400; i++) {
        var unused = producer.send(new ProducerRecord<>(topic, 0, null, new byte[20_000]));
      }
    }
    AtomicBoolean deleted = new AtomicBoolean();
    long began = System.nanoTime();
    assertThatThrownBy(
            () ->
                browser.browse(
                    topic,
                    stored -> {
                      if (!deleted.getAndSet(true)) {
                        Broker.get(
                            Broker.admin()
                                .deleteTopics(List.of(topic))
                                .all()
                                .toCompletionStage()
                                .toCompletableFuture());
                      }
                    }))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-KAFKA-008")
        .hasMessageContaining(topic);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
  }

  // ---- helpers ---------------------------------------------------------------------------------

  private List<String> visited(Selection what) {
    List<String> visited = new ArrayList<>();
    browser.browse(
        what,
        stored -> {
          Origin origin = stored.origin();
          return visited.add(origin.partition() + "/" + origin.position());
        });
    return visited;
  }

  private static List<String> positions(String partition, int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> partition + "/" + i).toList();
  }

  private static String body(StoredMessage stored) {
    return new String(Objects.requireNonNull(stored.message().body()), UTF_8);
  }

  private static void delete(String topic, int partition, long before) {
    Broker.get(
        Broker.admin()
            .deleteRecords(
                Map.of(new TopicPartition(topic, partition), RecordsToDelete.beforeOffset(before)))
            .all()
            .toCompletionStage()
            .toCompletableFuture());
  }

  private static Set<String> groups() {
    return Broker.get(Broker.admin().listGroups().all().toCompletionStage().toCompletableFuture())
        .stream()
        .map(group -> group.groupId())
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
