package io.stagepost.kafka;

import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.kafka.KafkaFailures.Finding;
import io.stagepost.spi.TopologyAdmin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** Provisions topics and tells the lag of a consumer group. Thread-safe. */
final class KafkaTopology implements TopologyAdmin {
  private final Topology topology;
  private final Topics topics;
  private final Supplier<Admin> admin;
  private final KafkaFailures failures;
  private final Duration timeout;

  KafkaTopology(
      Topology topology,
      Topics topics,
      Supplier<Admin> admin,
      KafkaFailures failures,
      Duration timeout) {
    this.topology = topology;
    this.topics = topics;
    this.admin = admin;
    this.failures = failures;
    this.timeout = timeout;
  }

  @Override
  public List<String> provision(Collection<String> addresses) {
    List<String> problems = new ArrayList<>();
    List<String> legal = new ArrayList<>();
    for (String address : new LinkedHashSet<>(addresses)) {
      if (Topics.isLegal(address)) {
        legal.add(address);
      } else {
        problems.add(failures.illegalName(address, null).problem());
      }
    }
    if (topology == Topology.NONE) {
      return problems;
    }
    legal.forEach(topics::doubt); // asks about all of them at once; the answers are shared
    long deadline = System.nanoTime() + timeout.toNanos();
    for (String address : legal) {
      Finding wrong =
          topics.require(address, Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
      if (wrong != null) {
        problems.add(wrong.problem());
        if (wrong.refused() == null) {
          break; // the broker does not answer, and would not for the others
        }
      }
    }
    return problems;
  }

  @Override
  public Map<String, Long> lag(String subscription, Collection<String> addresses) {
    Map<String, Long> lag = new LinkedHashMap<>();
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    Map<TopicPartition, OffsetSpec> beginnings = new HashMap<>();
    for (String address : addresses) {
      lag.put(address, 0L);
      for (TopicPartition partition : partitions(address)) {
        ends.put(partition, OffsetSpec.latest());
        beginnings.put(partition, OffsetSpec.earliest());
      }
    }
    var group = new ListConsumerGroupOffsetsSpec().topicPartitions(ends.keySet());
    Map<TopicPartition, OffsetAndMetadata> committed =
        ask(
            "the group " + subscription,
            client ->
                client
                    .listConsumerGroupOffsets(Map.of(subscription, group))
                    .partitionsToOffsetAndMetadata(subscription));
    Map<TopicPartition, ListOffsetsResultInfo> first = offsets(beginnings);
    offsets(ends)
        .forEach(
            (partition, end) -> {
              OffsetAndMetadata next = committed.get(partition);
              ListOffsetsResultInfo beginning = first.get(partition);
              long from = beginning == null ? 0 : beginning.offset();
              if (next != null) {
                from = Math.max(from, next.offset());
              }
              lag.merge(partition.topic(), Math.max(0, end.offset() - from), Long::sum);
            });
    return lag;
  }

  /** The partitions of a topic. */
  List<TopicPartition> partitions(String topic) {
    TopicDescription description =
        requireNonNull(
            ask(
                    "the topic " + topic,
                    client -> client.describeTopics(List.of(topic)).allTopicNames())
                .get(topic));
    return description.partitions().stream()
        .map(partition -> new TopicPartition(topic, partition.partition()))
        .toList();
  }

  private Map<TopicPartition, ListOffsetsResultInfo> offsets(
      Map<TopicPartition, OffsetSpec> which) {
    return ask(
        "the offsets of " + which.keySet(),
        client ->
            client.listOffsets(which, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED)).all());
  }

  private <T> T ask(String what, Function<Admin, KafkaFuture<T>> question) {
    try {
      return question.apply(admin.get()).get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException failure) {
      throw failed(what, failure);
    } catch (TimeoutException late) {
      throw failed(what, late);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw failed(what, interrupted);
    }
  }

  private MessagingException failed(String what, Throwable failure) {
    return failures.looking(what, failure).exception();
  }
}
