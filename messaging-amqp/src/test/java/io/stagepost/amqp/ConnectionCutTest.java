package io.stagepost.amqp;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishUnknownException;
import io.stagepost.Receipt;
import io.stagepost.Topology;
import io.stagepost.schema.Json;
import io.stagepost.testkit.fixture.RabbitFixture;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import io.stagepost.testkit.fixture.TcpProxy;
import io.stagepost.testkit.fixture.TcpProxy.Way;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A connection that is cut, at each point of what is said over it. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConnectionCutTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** At so many points, evenly over a whole conversation, in either direction. */
  private static final int POINTS = 16;

  private static final int KEYS = 3;

  record Note(String key, int number) {}

  private final String channel = "cut-" + UUID.randomUUID().toString().substring(0, 8);
  private final EventType<Note> type =
      EventType.of("test.note.v1", Note.class)
          .source("urn:test:notes")
          .channel(channel)
          .key(Note::key)
          .codec(Json.codec());
  private final TcpProxy way = TcpProxy.open();

  /** By key, the numbers that were handled, in the order in which handlers began. */
  private final Map<String, List<Integer>> starts = new ConcurrentHashMap<>();

  private int published;

  @AfterEach
  void close() {
    way.close();
  }

  private void leadTo(RabbitFixture broker) {
    way.leadTo(broker.host() + ":" + broker.port());
  }

  private AmqpTransport.Builder direct(RabbitFixture broker) {
    return AmqpTransport.builder().uris(broker.uri()).partitions(2).group(channel, "reader");
  }

  private AmqpTransport.Builder overTheWay(RabbitFixture broker) {
    String uri = broker.uri().replace(broker.host() + ":" + broker.port(), way.address());
    return direct(broker).uris(uri);
  }

  private Note next() {
    int number = published++;
    return new Note("key-" + number % KEYS, number);
  }

  private List<CompletableFuture<Receipt>> publish(Messaging messaging, int count) {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      receipts.add(messaging.publish(type.event(next())));
    }
    return receipts;
  }

  private void handle(Note note) {
    starts.computeIfAbsent(note.key(), key -> new CopyOnWriteArrayList<>()).add(note.number());
  }

  private long startsOf(int number) {
    List<Integer> ofKey = starts.getOrDefault("key-" + number % KEYS, List.of());
    return ofKey.stream().filter(each -> each == number).count();
  }

  private boolean allHandled() {
    for (int number = 0; number < published; number++) {
      if (startsOf(number) == 0) {
        return false;
      }
    }
    return true;
  }

  private void assertFirstStartsInOrder() {
    assertThat(starts)
        .allSatisfy((key, numbers) -> assertThat(numbers.stream().distinct()).isSorted());
  }

  /** All that was published so far is handled, at most so often, and in order. */
  private void readAll(RabbitFixture broker, int atMost) {
    try (Messaging reading = Messaging.over(direct(broker).build())) {
      reading.subscribe("reader").on(type, event -> handle(event.data())).start();
      await().atMost(PATIENCE).until(this::allHandled);
    }
    assertFirstStartsInOrder();
    for (int number = 0; number < published; number++) {
      assertThat(startsOf(number)).as("%s", number).isLessThanOrEqualTo(atMost);
    }
  }

  /** Repeats a conversation, which is cut each time, but the first, at another point. */
  private void cutEverywhere(Runnable conversation) {
    long before = way.carried(Way.TO_TARGET);
    long alsoBefore = way.carried(Way.TO_CLIENT);
    conversation.run();
    long toTarget = way.carried(Way.TO_TARGET) - before;
    long toClient = way.carried(Way.TO_CLIENT) - alsoBefore;
    int cuts = 0;
    for (int point = 0; point < POINTS; point++) {
      cuts += cutAfter(Way.TO_TARGET, toTarget * point / POINTS, conversation);
      cuts += cutAfter(Way.TO_CLIENT, toClient * point / POINTS, conversation);
    }
    assertThat(cuts).as("of %s cuts, those which came to pass", 2 * POINTS).isGreaterThan(POINTS);
  }

  private int cutAfter(Way to, long bytes, Runnable conversation) {
    CompletableFuture<Void> cut = way.cutAfter(to, bytes);
    conversation.run();
    return cut.isDone() ? 1 : 0;
  }

  // ---- publishing

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d01_d04_wherever_publishing_is_cut_all_is_stored_in_order_at_most_twice(Version version) {
    RabbitFixture broker = RabbitFixture.shared(version);
    leadTo(broker);
    try (Messaging declaring = Messaging.over(direct(broker).build())) {
      publish(declaring, 1).forEach(CompletableFuture::join);
    }
    cutEverywhere(() -> publishOverTheWay(broker));
    readAll(broker, 2);
  }

  private void publishOverTheWay(RabbitFixture broker) {
    try (Messaging publishing = Messaging.over(overTheWay(broker).build())) {
      publish(publishing, 6).forEach(CompletableFuture::join);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d01_d04_what_was_sent_and_not_confirmed_is_sent_again(Version version) {
    RabbitFixture broker = RabbitFixture.shared(version);
    try (Messaging publishing = Messaging.over(overTheWay(broker).build())) {
      List<CompletableFuture<Receipt>> early = publish(publishing, 6); // leads nowhere yet
      leadTo(broker);
      early.forEach(CompletableFuture::join);

      CompletableFuture<Void> cut = way.cutAfter(Way.TO_CLIENT, 0);
      List<CompletableFuture<Receipt>> receipts = publish(publishing, 60);
      cut.join();
      receipts.forEach(CompletableFuture::join);
    }
    readAll(broker, 2);
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d01_without_an_answer_in_time_what_was_sent_is_unknown_and_the_rest_rejected(
      Version version) {
    RabbitFixture broker = RabbitFixture.shared(version);
    leadTo(broker);
    try (Messaging publishing =
        Messaging.builder(overTheWay(broker).build())
            .publishTimeout(Duration.ofSeconds(5))
            .build()) {
      await()
          .atMost(PATIENCE)
          .ignoreExceptionsInstanceOf(CompletionException.class) // declaring takes its time
          .until(
              () -> {
                publish(publishing, 1).forEach(CompletableFuture::join);
                return true;
              });
      way.leadNowhere();
      CompletableFuture<Void> cut = way.cutAfter(Way.TO_CLIENT, 0);
      int perhaps = published;
      CompletableFuture<Receipt> sent = publish(publishing, 1).get(0);
      cut.join();
      assertThat(failure(sent))
          .isInstanceOf(PublishUnknownException.class)
          .hasMessageStartingWith("SP-AMQP-006")
          .hasMessageContaining(channel);
      int never = published; // by now the loss has been noticed
      CompletableFuture<Receipt> notSent = publish(publishing, 1).get(0);
      assertThat(failure(notSent))
          .isInstanceOf(PublishRejectedException.class)
          .hasMessageStartingWith("SP-AMQP-012")
          .hasMessageContaining(channel);
      leadTo(broker);
      int last = published;
      await()
          .atMost(PATIENCE)
          .ignoreExceptionsInstanceOf(CompletionException.class)
          .until(
              () -> {
                publish(publishing, 1).forEach(CompletableFuture::join);
                return true;
              });
      try (Messaging reading = Messaging.over(direct(broker).build())) {
        reading.subscribe("reader").on(type, event -> handle(event.data())).start();
        await().atMost(PATIENCE).until(() -> startsOf(published - 1) > 0);
        await().atMost(PATIENCE).until(() -> startsOf(perhaps) > 0);
      }
      assertThat(last).isGreaterThan(never);
      assertThat(startsOf(never)).isZero();
      assertThat(startsOf(perhaps)).isEqualTo(1);
    }
  }

  private static Throwable failure(CompletableFuture<Receipt> publish) {
    try {
      return new AssertionError(publish.join());
    } catch (CompletionException failed) {
      return requireNonNull(failed.getCause());
    }
  }

  // ---- settling

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d03_d04_d11_when_the_accept_does_not_reach_the_broker_it_is_handled_once_more(
      Version version) {
    RabbitFixture broker = RabbitFixture.shared(version);
    leadTo(broker);
    int cutAt = 4;
    AtomicReference<CompletableFuture<Void>> cut = new AtomicReference<>();
    try (Messaging publishing = Messaging.over(direct(broker).build());
        Messaging reading = Messaging.over(overTheWay(broker).build())) {
      publish(publishing, 20).forEach(CompletableFuture::join);
      reading
          .subscribe("reader")
          .on(
              type,
              event -> {
                handle(event.data());
                if (event.data().number() == cutAt && cut.get() == null) {
                  cut.set(way.cutAfter(Way.TO_TARGET, 0)); // before it is settled
                }
              })
          .start();
      await().atMost(PATIENCE).until(() -> allHandled() && startsOf(cutAt) > 1);
      requireNonNull(cut.get()).join();
    }
    assertThat(startsOf(cutAt)).isEqualTo(2);
    readAll(broker, 2); // and what it left, if it left something
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d03_d04_wherever_consuming_is_cut_all_is_handled_in_order(Version version) {
    RabbitFixture broker = RabbitFixture.shared(version);
    leadTo(broker);
    try (Messaging publishing = Messaging.over(direct(broker).build())) {
      publish(publishing, 1).forEach(CompletableFuture::join);
      cutEverywhere(() -> handleOverTheWay(broker, publishing));
    }
    readAll(broker, 8); // what one cut left unsettled may meet the next one, and that the one after
  }

  private void handleOverTheWay(RabbitFixture broker, Messaging publishing) {
    publish(publishing, 6).forEach(CompletableFuture::join);
    try (Messaging reading = Messaging.over(overTheWay(broker).topology(Topology.NONE).build())) {
      reading.subscribe("reader").on(type, event -> handle(event.data())).start();
      await().atMost(PATIENCE).until(this::allHandled);
    }
  }
}
