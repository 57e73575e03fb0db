package io.stagepost.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.spi.Need;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Test;

/** What no single broker can show: topics of several replicas, and those that may not be seen. */
class TopicCheckTest {
  private final TopicCheck check =
      new TopicCheck(
          Optional.of(2), Optional.empty(), Set.of(), Integer.MAX_VALUE, "localhost:9092");
  private final List<String> problems = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  private void compare(int replicas, Map<String, Config> configs) {
    List<Node> nodes =
        IntStream.range(0, replicas).mapToObj(i -> new Node(i, "localhost", 9092 + i)).toList();
    TopicDescription topic =
        new TopicDescription(
            "orders", false, List.of(new TopicPartitionInfo(0, nodes.get(0), nodes, nodes)));
    check.compare(topic, List.of(Need.channel("orders")), configs, problems, warnings);
  }

  private static Map<String, Config> inSync(int least) {
    return Map.of(
        "orders", new Config(List.of(new ConfigEntry("min.insync.replicas", "" + least))));
  }

  @Test
  void d01_three_replicas_of_which_one_confirms_alone_are_a_warning() {
    compare(3, inSync(1));
    assertThat(problems).isEmpty();
    assertThat(warnings)
        .anySatisfy(
            warning ->
                assertThat(warning)
                    .startsWith("SP-KAFKA-055")
                    .contains("3 replicas", "min.insync.replicas=1", "min.insync.replicas=2"));
  }

  @Test
  void two_that_confirm_or_one_replica_alone_are_none() {
    compare(3, inSync(2));
    compare(1, inSync(1));
    assertThat(warnings).noneMatch(warning -> warning.startsWith("SP-KAFKA-055"));
  }

  @Test
  void without_its_configuration_a_topic_is_still_compared_by_its_shape() {
    compare(3, Map.of());
    assertThat(problems).isEmpty();
    assertThat(warnings).singleElement().asString().startsWith("SP-KAFKA-056");
  }

  @Test
  void what_may_not_be_seen_is_told_with_what_was_not_checked() {
    assertThat(new KafkaFailures("localhost:9092").notSeen(List.of("orders", "payments")))
        .startsWith("SP-KAFKA-057")
        .contains("orders, payments", "DescribeConfigs", "localhost:9092", "max.message.bytes");
  }
}
