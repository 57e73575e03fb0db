package io.stagepost.amqp;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.MessagingException;
import io.stagepost.Receipt;
import io.stagepost.schema.Json;
import io.stagepost.spi.Need;
import io.stagepost.spi.TopologyReport;
import io.stagepost.testkit.fixture.RabbitFixture;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import io.stagepost.testkit.fixture.TcpProxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What brokers and operators do. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BrokerTroubleTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private static final Duration YOUNG = Duration.ofSeconds(5);

  record Note(String key, int number) {}

  private static EventType<Note> notes(String channel) {
    return EventType.of("test.note.v1", Note.class)
        .source("urn:test:notes")
        .channel(channel)
        .key(Note::key)
        .codec(Json.codec());
  }

  private static String unique(String hint) {
    return hint + "-" + UUID.randomUUID().toString().substring(0, 8);
  }

  private static Throwable failure(CompletableFuture<Receipt> publish) {
    try {
      return new AssertionError(publish.join());
    } catch (CompletionException failed) {
      return requireNonNull(failed.getCause());
    }
  }

  /** Nothing that was confirmed is lost, and first starts of a key follow its order. */
  @Test
  void d01_d03_d04_the_broker_is_killed_under_load_and_comes_back(@TempDir Path directory)
      throws Exception {
    RabbitFixture broker = RabbitFixture.start(directory);
    try {
      String channel = unique("killed");
      EventType<Note> type = notes(channel);
      Map<String, List<Integer>> firstStarts = new ConcurrentHashMap<>();
      Map<String, Set<Integer>> seen = new ConcurrentHashMap<>();
      try (Messaging messaging =
          Messaging.builder(AmqpTransport.to(broker.uri())).publishTimeout(PATIENCE).build()) {
        messaging
            .subscribe("reader")
            .on(
                type,
                event -> {
                  Note note = event.data();
                  if (seen.computeIfAbsent(note.key(), key -> ConcurrentHashMap.newKeySet())
                      .add(note.number())) {
                    firstStarts
                        .computeIfAbsent(note.key(), key -> new ArrayList<>())
                        .add(note.number());
                  }
                })
            .start();
        long began = System.nanoTime();
        int count = 0;
        while (System.nanoTime() - began < YOUNG.toNanos()) { // such queues do not outlive a kill
          publish(messaging, type, count, count + 20);
          count += 20;
        }
        List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
        int killed = count + 1_000;
        int total = killed + 1_000;
        for (int n = count; n < total; n++) {
          receipts.add(messaging.publish(type.event(new Note("key-" + n % 20, n))));
          if (n == killed) {
            ProcessHandle.of(broker.pid().orElseThrow()).orElseThrow().destroyForcibly();
            broker.close();
            broker = RabbitFixture.start(directory);
          }
        }
        receipts.forEach(CompletableFuture::join);
        await()
            .atMost(PATIENCE)
            .until(() -> seen.values().stream().mapToInt(Set::size).sum() == total);
      }
      assertThat(firstStarts.values()).allSatisfy(numbers -> assertThat(numbers).isSorted());
    } finally {
      broker.close();
    }
  }

  private static void publish(Messaging messaging, EventType<Note> type, int from, int to) {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int n = from; n < to; n++) {
      receipts.add(messaging.publish(type.event(new Note("key-" + n % 20, n))));
    }
    receipts.forEach(CompletableFuture::join);
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d02_an_exchange_that_is_missing_fails_and_the_other_addresses_live_on(Version version) {
    String there = unique("there");
    String missing = unique("missing");
    String uri = RabbitFixture.shared(version).uri();
    try (Messaging ready =
            Messaging.over(AmqpTransport.builder().uris(uri).group(there, "reader").build());
        Messaging messaging =
            Messaging.over(
                AmqpTransport.builder().uris(uri).topology(io.stagepost.Topology.NONE).build())) {
      ready.publish(notes(there).event(new Note("a", 0))).join();
      messaging.publish(notes(there).event(new Note("a", 1))).join();

      assertThat(failure(messaging.publish(notes(missing).event(new Note("a", 2)))))
          .isInstanceOf(MessagingException.class)
          .hasMessageStartingWith("SP-AMQP-003");

      messaging.publish(notes(there).event(new Note("a", 3))).join();
    }
  }

  @Test
  void a_password_that_is_wrong_is_told_when_publishing_and_at_start() {
    RabbitFixture broker = RabbitFixture.shared();
    String uri = broker.uri().replace(":" + broker.password() + "@", ":wrong@");
    try (AmqpTransport transport = AmqpTransport.to(uri);
        Messaging messaging =
            Messaging.builder(transport).publishTimeout(Duration.ofSeconds(5)).build()) {
      String channel = unique("denied");
      assertThat(failure(messaging.publish(notes(channel).event(new Note("a", 1)))))
          .hasMessageStartingWith("SP-AMQP-042")
          .hasMessageNotContaining("wrong");
      assertThat(transport.topology().provision(List.of(Need.channel(channel))).problems())
          .singleElement()
          .asString()
          .startsWith("SP-AMQP-042");
    }
  }

  @Test
  void a_lag_that_cannot_be_told_says_why() {
    String channel = unique("unknown");
    try (AmqpTransport transport = AmqpTransport.to(RabbitFixture.shared().uri());
        TcpProxy nowhere = TcpProxy.open();
        AmqpTransport away = AmqpTransport.to("amqp://" + nowhere.address())) {
      assertThatThrownBy(() -> transport.topology().lag("reader", List.of(channel)))
          .isInstanceOf(MessagingException.class)
          .hasMessageStartingWith("SP-AMQP-032 The queue " + channel + ".reader.00 does not exist");
      assertThatThrownBy(() -> away.topology().lag("reader", List.of(channel)))
          .isInstanceOf(MessagingException.class)
          .hasMessageStartingWith("SP-AMQP-001");
    }
  }

  @Test
  void a_queue_with_other_arguments_is_told_with_all_that_differs() {
    String channel = unique("other");
    String uri = RabbitFixture.shared().uri();
    Need need = Need.channel(channel).consumedBy("reader");
    try (AmqpTransport ours = AmqpTransport.builder().uris(uri).partitions(1).build();
        AmqpTransport unkeyed = AmqpTransport.builder().uris(uri).unkeyed(channel).build()) {
      // a queue of the name that the other's exchange has is no trouble; one of another kind is
      assertThat(unkeyed.topology().provision(List.of(need)).problems()).isEmpty();
      assertThat(ours.topology().provision(List.of(need)).problems()).isEmpty();
    }
    String shape = unique("shape");
    try (AmqpTransport keyed = AmqpTransport.builder().uris(uri).partitions(1).build();
        AmqpTransport unkeyed = AmqpTransport.builder().uris(uri).unkeyed(shape).build()) {
      assertThat(
              keyed
                  .topology()
                  .provision(List.of(Need.channel(shape).consumedBy("reader")))
                  .problems())
          .isEmpty();
      TopologyReport report =
          unkeyed.topology().provision(List.of(Need.channel(shape).consumedBy("reader.00")));
      assertThat(report.problems())
          .singleElement()
          .asString()
          .startsWith("SP-AMQP-010")
          .contains("x-single-active-consumer is true, needed is not set");
    }
  }

  @Test
  void a_queue_that_is_deleted_under_its_consumer_is_declared_again() {
    RabbitFixture broker = RabbitFixture.shared();
    String channel = unique("deleted");
    Set<Integer> handled = ConcurrentHashMap.newKeySet();
    try (Messaging messaging =
        Messaging.over(AmqpTransport.builder().uris(broker.uri()).partitions(1).build())) {
      messaging
          .subscribe("reader")
          .on(notes(channel), event -> handled.add(event.data().number()))
          .start();
      messaging.publish(notes(channel).event(new Note("a", 1))).join();
      await().atMost(PATIENCE).until(() -> handled.contains(1));

      String unused = broker.ctl("delete_queue", channel + ".reader.00");

      await()
          .atMost(PATIENCE)
          .ignoreExceptionsInstanceOf(CompletionException.class) // nobody gets it meanwhile
          .untilAsserted(
              () -> {
                Receipt stored = messaging.publish(notes(channel).event(new Note("a", 2))).join();
                assertThat(stored.address()).isEqualTo(channel);
                assertThat(handled).contains(2);
              });
    }
  }
}
