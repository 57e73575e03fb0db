package io.stagepost.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.ConfigurationException;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.Topology;
import io.stagepost.schema.Json;
import io.stagepost.spi.Need;
import io.stagepost.spi.TopologyReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is said at start of topics that exist and are not as they must be. */
@Timeout(600)
class TopicVerificationTest {
  private static final Duration HORIZON = Duration.ofDays(14);

  record Note(String text) {}

  private final List<KafkaTransport> open = new ArrayList<>();

  private TopologyReport report(KafkaTransport.Builder builder, Need... needs) {
    KafkaTransport transport = builder.build();
    open.add(transport);
    return transport.topology().provision(List.of(needs));
  }

  @AfterEach
  void close() {
    open.forEach(KafkaTransport::close);
  }

  private static KafkaTransport.Builder verifying() {
    return Broker.builder().topology(Topology.VERIFY);
  }

  @Test
  void d19_a_compacted_topic_is_a_problem_unless_it_is_meant() {
    for (String policy : List.of("compact", "compact,delete")) {
      String topic = Broker.topic("compacted", 1, Map.of("cleanup.policy", policy));
      for (KafkaTransport.Builder builder : List.of(verifying(), Broker.builder())) {
        TopologyReport report = report(builder, Need.channel(topic));
        assertThat(report.problems())
            .singleElement()
            .asString()
            .startsWith("SP-KAFKA-050")
            .contains(topic, "cleanup.policy=" + policy)
            .contains("kafka-configs.sh --bootstrap-server " + Broker.ADDRESS)
            .contains("cleanup.policy=delete");
        assertThat(report.warnings()).isEmpty();
      }
      assertThat(report(verifying().compacted(topic), Need.channel(topic)).problems()).isEmpty();
    }
  }

  @Test
  void dead_letters_that_are_kept_too_short_are_a_warning() {
    String channel = Broker.topic("channel", 1);
    Map<String, String> large = Map.of("max.message.bytes", "2000000");
    String days = Broker.topic("dead", 1, with(large, "retention.ms", "604800000"));
    String bytes =
        Broker.topic("dead", 1, with(large, "retention.ms", "-1", "retention.bytes", "1"));
    String enough = Broker.topic("dead", 1, with(large, "retention.ms", "1209600000"));
    TopologyReport report =
        report(
            verifying(),
            Need.channel(channel),
            Need.deadLetters(days, channel, HORIZON),
            Need.deadLetters(bytes, channel, HORIZON),
            Need.deadLetters(enough, channel, HORIZON));
    assertThat(report.problems()).isEmpty();
    assertThat(report.warnings())
        .hasSize(2)
        .allMatch(warning -> warning.startsWith("SP-KAFKA-051") && warning.contains("PT336H"))
        .anyMatch(warning -> warning.contains(days) && warning.contains("retention.ms=604800000"))
        .anyMatch(warning -> warning.contains(bytes) && warning.contains("retention.bytes=1;"));
  }

  /** A segment goes as a whole, so that its first events are kept longer than retention.ms. */
  @Test
  void d07_a_channel_that_keeps_events_longer_than_the_inbox_remembers_is_a_warning() {
    String day = "86400000";
    Map<String, String> daily = Map.of("segment.ms", day, "retention.ms", day);
    String fits = Broker.topic("channel", 1, daily);
    String forEver = Broker.topic("channel", 1, Map.of("retention.ms", "-1"));
    Duration window = Duration.ofDays(2);
    assertThat(report(verifying(), Need.channel(fits).keepsAtMost(window)).warnings()).isEmpty();
    TopologyReport report =
        report(
            verifying(),
            Need.channel(fits).keepsAtMost(window.minusSeconds(1)),
            Need.channel(forEver).keepsAtMost(window));
    assertThat(report.problems()).isEmpty();
    assertThat(report.warnings())
        .hasSize(2)
        .allMatch(warning -> warning.startsWith("SP-KAFKA-052"))
        .anyMatch(warning -> warning.contains(fits) && warning.contains("segment.ms=" + day))
        .anyMatch(warning -> warning.contains(forEver) && warning.contains("for ever"));
  }

  @Test
  void d06_dead_letters_that_take_less_than_their_channel_are_a_problem() {
    String channel = Broker.topic("channel", 1, Map.of("max.message.bytes", "3000000"));
    Map<String, String> kept = Map.of("retention.ms", "-1");
    String small = Broker.topic("dead", 1, kept);
    String tight = Broker.topic("dead", 1, with(kept, "max.message.bytes", "3000000"));
    String fits = Broker.topic("dead", 1, with(kept, "max.message.bytes", "3065536"));
    KafkaTransport.Builder able = verifying().producerProperty("max.request.size", "3065536");
    assertThat(
            report(able, Need.channel(channel), Need.deadLetters(fits, channel, HORIZON))
                .warnings())
        .isEmpty();
    TopologyReport report =
        report(
            able,
            Need.channel(channel),
            Need.deadLetters(small, channel, HORIZON),
            Need.deadLetters(tight, channel, HORIZON));
    assertThat(report.problems())
        .singleElement()
        .asString()
        .startsWith("SP-KAFKA-053")
        .contains(small, "max.message.bytes=1048588", channel, "3000000", "=3065536");
    assertThat(report.warnings())
        .singleElement()
        .asString()
        .startsWith("SP-KAFKA-054")
        .contains(tight);
    assertThat(
            report(verifying(), Need.channel(channel), Need.deadLetters(fits, channel, HORIZON))
                .warnings())
        .singleElement()
        .asString()
        .startsWith("SP-KAFKA-054")
        .contains("producerProperty(\"max.request.size\", \"3065536\")");
  }

  @Test
  void a_topic_of_another_shape_than_new_ones_get_is_a_warning() {
    String topic = Broker.topic("shape", 2);
    TopologyReport report =
        report(verifying().partitions(5).replicationFactor(3), Need.channel(topic));
    assertThat(report.problems()).isEmpty();
    assertThat(report.warnings())
        .hasSize(2)
        .allMatch(warning -> warning.startsWith("SP-KAFKA-056") && warning.contains(topic))
        .anyMatch(warning -> warning.contains("2 partitions") && warning.contains("partitions(5)"))
        .anyMatch(
            warning -> warning.contains("1 replicas") && warning.contains("replicationFactor(3)"));
  }

  @Test
  void d19_all_that_differs_is_told_at_once_and_a_warning_stops_nothing() {
    String channel = Broker.topic("all", 2, Map.of("cleanup.policy", "compact"));
    String missing = Broker.unique("missing");
    String dead = Broker.topic("dead", 1, Map.of("max.message.bytes", "1000"));
    TopologyReport report =
        report(
            verifying().partitions(1),
            Need.channel(channel),
            Need.channel(missing),
            Need.channel("no good"),
            Need.deadLetters(dead, channel, HORIZON));
    assertThat(report.problems())
        .extracting(problem -> problem.substring(0, 12))
        .containsExactlyInAnyOrder("SP-KAFKA-003", "SP-KAFKA-004", "SP-KAFKA-050", "SP-KAFKA-053");
    assertThat(report.warnings())
        .extracting(warning -> warning.substring(0, 12))
        .containsExactlyInAnyOrder("SP-KAFKA-051", "SP-KAFKA-056");
  }

  @Test
  void d19_a_subscription_refuses_to_start_for_a_problem_and_shows_its_warnings() {
    EventType<Note> compacted =
        notes(Broker.topic("notes", 1, Map.of("cleanup.policy", "compact")));
    EventType<Note> two = notes(Broker.topic("notes", 2));
    try (Messaging messaging = Messaging.over(Broker.builder().partitions(1).build())) {
      assertThatThrownBy(() -> messaging.subscribe("reader").on(compacted, event -> {}).start())
          .isInstanceOfSatisfying(
              ConfigurationException.class,
              failure ->
                  assertThat(failure.problems())
                      .singleElement()
                      .asString()
                      .startsWith("SP-KAFKA-050"));
      messaging.subscribe("reader").on(two, event -> {}).start();
      assertThat(messaging.describe())
          .contains("  warning: SP-KAFKA-056 The topic " + two.channel());
    }
  }

  @Test
  void what_is_given_up_gets_topics_that_keep_it_and_take_what_the_channel_takes() {
    String channel = Broker.topic("channel", 1, Map.of("max.message.bytes", "3000000"));
    String dead = Broker.unique("dead");
    Need[] needs = {Need.channel(channel), Need.deadLetters(dead, channel, HORIZON)};
    KafkaTransport.Builder able = Broker.builder().producerProperty("max.request.size", "3065536");
    assertThat(report(able, needs)).isEqualTo(new TopologyReport(List.of(), List.of()));
    Config config = config(dead);
    assertThat(config.get("cleanup.policy").value()).isEqualTo("delete");
    assertThat(config.get("retention.ms").value()).isEqualTo("-1");
    assertThat(config.get("retention.bytes").value()).isEqualTo("-1");
    assertThat(config.get("max.message.bytes").value()).isEqualTo("3065536");
  }

  /** With nothing but defaults, the largest event that can be published can be given up. */
  @Test
  void d06_the_largest_event_that_a_channel_takes_becomes_a_dead_letter() {
    EventType<Note> notes = notes(Broker.unique("large"));
    String subscription = Broker.unique("reader");
    String text = "x".repeat(1_048_588 - 600);
    try (Messaging messaging = Messaging.over(Broker.transport())) {
      messaging
          .subscribe(subscription)
          .policy(
              Policy.defaults()
                  .retry(Retry.exponential(Duration.ofMillis(1), Duration.ofMillis(1)).attempts(1)))
          .on(
              notes,
              event -> {
                throw new IllegalStateException("y".repeat(2_000));
              })
          .start();
      Broker.get(messaging.publish(notes.event(new Note(text))));
      String dead = Policy.defaults().deadLetterAddress(notes.channel(), subscription);
      await()
          .atMost(Duration.ofMinutes(1))
          .until(
              () -> messaging.transport().topology().depth(List.of(dead)).get(0).messages() == 1);
      assertThat(messaging.describe()).doesNotContain("warning:");
    }
  }

  private static EventType<Note> notes(String channel) {
    return EventType.of("test.note.v1", Note.class)
        .source("urn:test")
        .channel(channel)
        .codec(Json.codec());
  }

  private static Config config(String topic) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Config config =
        Broker.get(
                Broker.admin()
                    .describeConfigs(List.of(resource))
                    .all()
                    .toCompletionStage()
                    .toCompletableFuture())
            .get(resource);
    assertThat(config).isNotNull();
    return config;
  }

  private static Map<String, String> with(Map<String, String> configs, String... more) {
    Map<String, String> all = new java.util.HashMap<>(configs);
    for (int i = 0; i < more.length; i += 2) {
      all.put(more[i], more[i + 1]);
    }
    return all;
  }
}
