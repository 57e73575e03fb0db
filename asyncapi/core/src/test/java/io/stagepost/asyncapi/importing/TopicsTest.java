package io.stagepost.asyncapi.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.MessagingException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Kafka's own tool prints, and plain lists. */
class TopicsTest {
  @Test
  void what_is_described_has_partitions_replicas_and_settings() {
    String described =
        """
        Topic: orders.v1\tTopicId: N2vUPvGyQ6OSyMSAAXNBvA\tPartitionCount: 6\tReplicationFactor: 3\tConfigs: cleanup.policy=compact,delete,retention.ms=604800000,follower.replication.throttled.replicas=*
        \tTopic: orders.v1\tPartition: 0\tLeader: 1\tReplicas: 1,2,3\tIsr: 1,2,3\tElr: \tLastKnownElr:\s
        Topic: plain\tTopicId: aaa\tPartitionCount: 1\tReplicationFactor: 1\tConfigs:\s
        """;

    assertThat(Topics.parse(described, "a"))
        .containsExactly(
            new Topic(
                "orders.v1",
                6,
                3,
                Map.of(
                    "cleanup.policy", "compact,delete",
                    "retention.ms", "604800000",
                    "follower.replication.throttled.replicas", "*")),
            new Topic("plain", 1, 1, Map.of()));
  }

  @Test
  void older_tools_print_no_spaces_and_no_ids() {
    assertThat(Topics.parse("Topic:a\tPartitionCount:2\tReplicationFactor:1\tConfigs:", "a"))
        .containsExactly(new Topic("a", 2, 1, Map.of()));
  }

  @Test
  void a_list_is_sorted_and_may_have_comments() {
    assertThat(Topics.parse("b\n\n# of last week\n  a\nb\n", "a"))
        .extracting(Topic::name)
        .containsExactly("a", "b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fine\nError while executing topic command : Timed out",
        "fine\nTopic: a\tPartitionCount: many\tReplicationFactor: 1",
        "fine\norders/v1",
        "fine\n\u0000\u0001"
      })
  void a_line_that_is_no_topic_is_told_with_its_number(String text) {
    assertThatThrownBy(() -> Topics.parse(text, "topics.txt"))
        .isInstanceOf(MessagingException.class)
        .hasMessageStartingWith("SP-CONTRACT-020 topics.txt:2 is no topic: ");
  }

  @Test
  void a_list_of_nothing_is_none() {
    assertThatThrownBy(() -> Topics.parse("# nothing\n", "topics.txt"))
        .hasMessageStartingWith("SP-CONTRACT-020 topics.txt names no topic");
  }

  @ParameterizedTest
  @CsvSource({
    "__consumer_offsets, internal topics",
    "_schemas, internal topics",
    "connect-offsets, internal topics",
    "app-KSTREAM-AGGREGATE-STATE-STORE-0000000003-changelog, internal topics",
    "app-by-customer-repartition, internal topics",
    "orders.v1.billing.dead-letter, 'topics of retries, dead letters and parking'",
    "orders.v1.billing.parking-lot, 'topics of retries, dead letters and parking'",
    "orders-dlq, 'topics of retries, dead letters and parking'",
    "orders.DLT, 'topics of retries, dead letters and parking'",
    "orders-retry-5000, 'topics of retries, dead letters and parking'",
    "orders.v1,",
    "payment.retry-requested.v1,",
    "parking-tickets,",
    "change-log,"
  })
  void what_no_application_means_is_told_by_its_name(String name, String reason) {
    assertThat(Topic.unwanted(name)).isEqualTo(reason);
  }
}
