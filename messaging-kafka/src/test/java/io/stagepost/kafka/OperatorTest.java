package io.stagepost.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Receipt;
import io.stagepost.Subscription;
import io.stagepost.Topology;
import io.stagepost.schema.Json;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What operators do to topics and groups that a subscription reads. */
@Timeout(600)
@Execution(ExecutionMode.CONCURRENT)
class OperatorTest {
  record Step(String key, int number) {}

  private final String channel = Broker.unique("steps");
  private final String group = Broker.unique("group");
  private final TopicPartition first = new TopicPartition(channel, 0);
  private final EventType<Step> step =
      EventType.of("test.step.v1", Step.class)
          .source("urn:test:operator")
          .channel(channel)
          .key(Step::key)
          .codec(Json.codec());
  private final Deque<Messaging> open = new ArrayDeque<>();
  private final List<Integer> handled = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    open.forEach(Messaging::close);
  }

  /** One that looks for new partitions and topics twice a second, and creates none. */
  private Messaging member(Protocol protocol) {
    Messaging member =
        Messaging.over(
            protocol
                .on(Broker.builder())
                .topology(Topology.NONE)
                .property("metadata.max.age.ms", "500")
                .build());
    open.push(member);
    return member;
  }

  private Subscription subscribe(Messaging member) {
    return member.subscribe(group).on(step, event -> handled.add(event.data().number())).start();
  }

  private void publish(Messaging messaging, int from, int to) {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int n = from; n < to; n++) {
      receipts.add(messaging.publish(step.event(new Step("key-" + n % 10, n))));
    }
    receipts.forEach(Broker::get);
  }

  /** These and no others; some may be handled again. */
  private void awaitHandled(int from, int to) {
    List<Integer> expected = IntStream.range(from, to).boxed().toList();
    await().atMost(Duration.ofMinutes(1)).until(() -> handled.containsAll(expected));
    assertThat(handled).isSubsetOf(expected);
  }

  private static <T> T done(KafkaFuture<T> asked) {
    return Broker.get(asked.toCompletionStage().toCompletableFuture());
  }

  private void delete() {
    done(Broker.admin().deleteTopics(List.of(channel)).all());
    await().until(() -> !Broker.exists(channel));
  }

  // ---- topics

  @ParameterizedTest
  @EnumSource
  void a_topic_that_was_deleted_is_read_from_its_beginning_once_it_is_there_again(
      Protocol protocol) {
    Broker.create(channel, 2, Map.of());
    protocol.prepare(group, Duration.ofSeconds(30));
    try (Told told = new Told()) {
      Subscription subscription = subscribe(member(protocol));
      publish(member(protocol), 0, 20);
      awaitHandled(0, 20);
      await().until(() -> Broker.committedSum(group, channel) == 20);

      delete();
      await().atMost(Duration.ofMinutes(1)).until(() -> told.count("handed over", group) > 0);
      assertThat(subscription.state()).isEqualTo(Subscription.State.RUNNING);
      Broker.create(channel, 2, Map.of());
      publish(member(protocol), 20, 70);
      awaitHandled(0, 70);
      await().until(() -> Broker.committedSum(group, channel) == 50);
    }
  }

  /** The group may not have noticed: then its position is behind the end of the new topic. */
  @ParameterizedTest
  @EnumSource
  void a_topic_that_is_made_again_at_once_and_is_shorter_is_read_from_its_beginning(
      Protocol protocol) {
    Broker.create(channel, 1, Map.of());
    subscribe(member(protocol));
    publish(member(protocol), 0, 20);
    awaitHandled(0, 20);
    await().until(() -> Broker.committedSum(group, channel) == 20);

    delete();
    Broker.create(channel, 1, Map.of());
    publish(member(protocol), 20, 30);
    awaitHandled(0, 30);
    await().until(() -> Broker.committedSum(group, channel) == 10);
  }

  @ParameterizedTest
  @EnumSource
  void a_topic_that_is_missing_at_start_is_read_once_it_is_there(Protocol protocol) {
    Subscription subscription = subscribe(member(protocol));
    await()
        .during(Duration.ofSeconds(1))
        .until(() -> subscription.state() == Subscription.State.RUNNING);
    Broker.create(channel, 2, Map.of());
    publish(member(protocol), 0, 10);
    awaitHandled(0, 10);
  }

  /**
   * Right after partitions were added a publish there may get no answer: it is published again, as
   * its failure says.
   */
  @ParameterizedTest
  @EnumSource
  void d03_partitions_added_under_load_are_read_from_their_beginning_and_lose_nothing(
      Protocol protocol) {
    Broker.create(channel, 2, Map.of());
    protocol.prepare(group, Duration.ofSeconds(30));
    subscribe(member(protocol));
    subscribe(member(protocol));
    Messaging publisher =
        Messaging.builder(
                Broker.builder()
                    .topology(Topology.NONE)
                    .property("metadata.max.age.ms", "500")
                    .build())
            .publishTimeout(Duration.ofSeconds(5))
            .build();
    open.push(publisher);
    publish(publisher, 0, 100);
    done(Broker.admin().createPartitions(Map.of(channel, NewPartitions.increaseTo(6))).all());
    Set<String> used = new HashSet<>();
    int next = 100;
    while (used.size() < 5) {
      for (int n = next; n < next + 50; n++) {
        String position = publishUntilConfirmed(publisher, n);
        used.add(position.substring(0, position.indexOf('/')));
      }
      next += 50;
    }
    awaitHandled(0, next);
    long stored = Broker.stored(channel).size();
    await().until(() -> Broker.committedSum(group, channel) == stored);
  }

  private String publishUntilConfirmed(Messaging messaging, int number) {
    String position = "";
    while (position.isEmpty()) {
      position =
          Broker.get(
              messaging
                  .publish(step.event(new Step("key-" + number % 10, number)))
                  .handle((receipt, failure) -> failure == null ? receipt.position() : ""));
    }
    return position;
  }

  // ---- offsets

  private void reset(long offset) {
    done(
        Broker.admin()
            .alterConsumerGroupOffsets(group, Map.of(first, new OffsetAndMetadata(offset)))
            .all());
  }

  @ParameterizedTest
  @EnumSource
  void offsets_that_an_operator_resets_backwards_repeat_and_forwards_skip(Protocol protocol) {
    Broker.create(channel, 1, Map.of());
    Messaging publisher = member(protocol);
    Subscription before = subscribe(member(protocol));
    publish(publisher, 0, 20);
    awaitHandled(0, 20);
    assertThatThrownBy(() -> reset(5))
        .as("the broker refuses it while the group has members")
        .hasRootCauseInstanceOf(UnknownMemberIdException.class);
    before.close();
    handled.clear();

    reset(5);
    Subscription backwards = subscribe(member(protocol));
    awaitHandled(5, 20);
    backwards.close();
    handled.clear();

    publish(publisher, 20, 30);
    reset(25);
    subscribe(member(protocol));
    awaitHandled(25, 30);
    await().until(() -> Broker.committedSum(group, channel) == 30);
  }

  @ParameterizedTest
  @EnumSource
  void records_that_are_deleted_before_they_were_read_are_passed_over(Protocol protocol) {
    Broker.create(channel, 1, Map.of());
    Messaging publisher = member(protocol);
    Subscription subscription = subscribe(member(protocol));
    publish(publisher, 0, 5);
    awaitHandled(0, 5);
    subscription.pause();
    publish(publisher, 5, 605); // more than is read ahead
    await().during(Duration.ofSeconds(2)).until(() -> handled.size() == 5);
    publish(publisher, 605, 1_100);
    done(Broker.admin().deleteRecords(Map.of(first, RecordsToDelete.beforeOffset(1_000))).all());
    subscription.resume();
    await().until(() -> Broker.committedSum(group, channel) == 1_100);
    assertThat(handled).containsAll(IntStream.range(1_000, 1_100).boxed().toList());
    assertThat(handled).doesNotContain(700, 900, 999);
  }
}
