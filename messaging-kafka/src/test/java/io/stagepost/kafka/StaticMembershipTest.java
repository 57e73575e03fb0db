package io.stagepost.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.spi.Assignment;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Reception;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Members with a {@code group.instance.id}, which the group knows again. */
@Timeout(600)
@Execution(ExecutionMode.CONCURRENT)
class StaticMembershipTest {
  private static final int PARTITIONS = 6;
  private static final Duration SESSION = Duration.ofSeconds(30);

  private final String channel = Broker.unique("static");
  private final String group = Broker.unique("group");
  private final Deque<Member> members = new ArrayDeque<>();

  /** Settles what it gets, and notes from which partitions, and what it had to give up. */
  private final class Member extends Accepting implements AutoCloseable {
    final Set<String> partitions = ConcurrentHashMap.newKeySet();
    final AtomicInteger handled = new AtomicInteger();
    final AtomicInteger givenUp = new AtomicInteger();
    final AtomicInteger lost = new AtomicInteger();
    private final KafkaTransport transport;
    private final Receiver receiver;

    Member(Protocol protocol, String instance) {
      transport =
          protocol
              .on(Broker.builder(), SESSION)
              .consumerProperty("group.instance.id", instance)
              .build();
      receiver =
          transport.receive(new Reception(group, Set.of(channel), Duration.ofSeconds(1)), this);
      members.push(this);
    }

    @Override
    public int offer(List<? extends Delivery> deliveries) {
      for (Delivery delivery : deliveries) {
        partitions.add(delivery.origin().partition());
        handled.incrementAndGet();
        delivery.settle();
      }
      return deliveries.size();
    }

    @Override
    public CompletableFuture<Void> release(Collection<Assignment> assignments) {
      givenUp.addAndGet(assignments.size());
      return super.release(assignments);
    }

    @Override
    public CompletableFuture<Void> lose(Collection<Assignment> assignments) {
      givenUp.addAndGet(assignments.size());
      lost.addAndGet(assignments.size());
      return super.lose(assignments);
    }

    @Override
    public void close() {
      receiver.close();
      transport.close();
    }
  }

  @AfterEach
  void close() {
    members.forEach(Member::close);
  }

  /** One message to each partition. */
  private void write() {
    try (var producer = Broker.producer(Map.of())) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        var unused = producer.send(new ProducerRecord<>(channel, partition, null, new byte[] {1}));
      }
    }
  }

  private void awaitShares(int each, int members) {
    await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () ->
                Protocol.members(group).stream()
                        .filter(member -> member.assignment().topicPartitions().size() == each)
                        .count()
                    == members);
  }

  @ParameterizedTest
  @EnumSource
  void a_member_that_restarts_in_its_session_has_its_partitions_back_and_nobody_else_notices(
      Protocol protocol) {
    Broker.create(channel, PARTITIONS, Map.of());
    protocol.prepare(group, SESSION);
    Member one = new Member(protocol, "one");
    awaitShares(PARTITIONS, 1);
    Member two = new Member(protocol, "two");
    awaitShares(PARTITIONS / 2, 2);
    write();
    await().until(() -> one.handled.get() + two.handled.get() == PARTITIONS);
    await().until(() -> Broker.committedSum(group, channel) == PARTITIONS);
    Set<String> its = new TreeSet<>(two.partitions);
    int before = one.givenUp.get();

    two.close();
    write();
    Member again = new Member(protocol, "two");
    await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> one.handled.get() + two.handled.get() + again.handled.get() == 12);
    assertThat(again.partitions).isEqualTo(its);
    assertThat(one.givenUp).as("what the other had to give up").hasValue(before);
  }

  @ParameterizedTest
  @EnumSource
  void of_two_members_with_one_instance_id_one_stays_out_and_says_so(Protocol protocol) {
    Broker.create(channel, PARTITIONS, Map.of());
    protocol.prepare(group, SESSION);
    try (Told told = new Told()) {
      Member one = new Member(protocol, "twin");
      awaitShares(PARTITIONS, 1);
      write();
      await().until(() -> one.handled.get() == PARTITIONS);
      Member other = new Member(protocol, "twin");
      await().atMost(Duration.ofMinutes(1)).until(() -> told.count("SP-KAFKA-036", group) > 0);
      await()
          .during(Duration.ofSeconds(4))
          .atMost(Duration.ofMinutes(1))
          .until(() -> told.count("SP-KAFKA-03", group) <= 4);
      write();
      await().until(() -> one.handled.get() + other.handled.get() >= 2 * PARTITIONS);
      assertThat(told.count("group.instance.id, twin", group)).isPositive();
      assertThat(one.lost)
          .as("the newer protocol refuses the newcomer, the classic one throws the elder out")
          .hasValue(protocol == Protocol.CONSUMER ? 0 : PARTITIONS);
    }
  }
}
