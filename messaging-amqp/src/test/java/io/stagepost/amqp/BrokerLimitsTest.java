package io.stagepost.amqp;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.EventType;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.PublishUnknownException;
import io.stagepost.Receipt;
import io.stagepost.schema.Json;
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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What brokers have too little of. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Execution(ExecutionMode.CONCURRENT)
class BrokerLimitsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private static final int BACKLOG = 500;

  record Note(String key, int number, String ballast) {
    Note(String key, int number) {
      this(key, number, "");
    }
  }

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

  /** What it failed with; null if it was confirmed. */
  private static @Nullable Throwable failure(CompletableFuture<Receipt> publish) {
    try {
      Receipt unused = publish.join();
      return null;
    } catch (CompletionException failed) {
      return requireNonNull(failed.getCause());
    }
  }

  /**
   * Nothing is taken in, while consumers go on with what is there, for longer than a member is
   * silent; when there is room again all goes on.
   */
  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d01_without_disk_space_publishes_end_at_their_timeout_and_consumers_go_on(
      Version version, @TempDir Path directory) {
    String channel = unique("disk");
    EventType<Note> type = notes(channel);
    Set<Integer> handled = ConcurrentHashMap.newKeySet();
    AtomicLong latest = new AtomicLong();
    AtomicLong longestGap = new AtomicLong();
    CompletableFuture<Void> alarmed = new CompletableFuture<>();
    try (RabbitFixture broker = RabbitFixture.start(directory, version, Map.of());
        Messaging consuming =
            Messaging.over(AmqpTransport.builder().uris(broker.uri()).partitions(1).build());
        Messaging publishing =
            Messaging.builder(
                    AmqpTransport.builder()
                        .uris(broker.uri())
                        .partitions(1)
                        .group(channel, "reader")
                        .build())
                .publishTimeout(Duration.ofSeconds(5))
                .build()) {
      consuming
          .subscribe("reader")
          .policy(Policy.defaults().timeout(Duration.ofMinutes(5)))
          .onAsync(
              type,
              (event, context) ->
                  alarmed.thenApplyAsync(
                      unused -> {
                        long now = System.nanoTime();
                        long before = latest.getAndSet(now);
                        longestGap.accumulateAndGet(before == 0 ? 0 : now - before, Math::max);
                        handled.add(event.data().number());
                        return Outcome.done();
                      },
                      CompletableFuture.delayedExecutor(60, TimeUnit.MILLISECONDS)))
          .start();
      List<CompletableFuture<Receipt>> stored = new ArrayList<>();
      for (int n = 0; n < BACKLOG; n++) {
        stored.add(publishing.publish(type.event(new Note("key", n))));
      }
      stored.forEach(CompletableFuture::join);
      String unused = broker.ctl("set_disk_free_limit", "1000000GB");
      await().atMost(PATIENCE).until(() -> alarms(broker).contains("disk"));
      alarmed.complete(null);

      List<CompletableFuture<Receipt>> waiting = new ArrayList<>();
      for (int n = BACKLOG; n < BACKLOG + 10; n++) {
        waiting.add(publishing.publish(type.event(new Note("key", n))));
      }
      Set<Integer> perhaps = ConcurrentHashMap.newKeySet();
      for (int i = 0; i < waiting.size(); i++) {
        Throwable failure = failure(waiting.get(i));
        if (failure instanceof PublishUnknownException) {
          assertThat(failure).hasMessageStartingWith("SP-AMQP-006");
          perhaps.add(BACKLOG + i);
        } else {
          assertThat(failure)
              .isInstanceOf(PublishRejectedException.class)
              .hasMessageStartingWith("SP-AMQP-012")
              .hasMessageContaining("alarm");
        }
      }
      assertThat(perhaps).as("most were not sent").hasSizeLessThan(waiting.size());

      await().atMost(PATIENCE).until(() -> handled.size() >= BACKLOG);
      assertThat(alarms(broker)).contains("disk");
      assertThat(Duration.ofNanos(longestGap.get())).isLessThan(Duration.ofSeconds(20));

      String unusedToo = broker.ctl("set_disk_free_limit", "1MB");
      int last = BACKLOG + 10;
      await()
          .atMost(PATIENCE)
          .until(() -> failure(publishing.publish(type.event(new Note("key", last)))) == null);
      await().atMost(PATIENCE).until(() -> handled.contains(last));
      handled.removeAll(perhaps);
      assertThat(handled).as("what was rejected is not stored").hasSize(BACKLOG + 1);
    }
  }

  /**
   * What needs no answer of the broker's goes on without: one whose connection is cut comes back,
   * one that is new begins, and both close quickly.
   */
  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d03_d10_an_alarm_keeps_nobody_from_starting_coming_back_and_closing(
      Version version, @TempDir Path directory) {
    String channel = unique("alarm");
    EventType<Note> type = notes(channel);
    Set<Integer> former = ConcurrentHashMap.newKeySet();
    Set<Integer> later = ConcurrentHashMap.newKeySet();
    CompletableFuture<Void> cut = new CompletableFuture<>();
    try (RabbitFixture broker = RabbitFixture.start(directory, version, Map.of());
        TcpProxy way = TcpProxy.open();
        Messaging publishing =
            Messaging.over(AmqpTransport.builder().uris(broker.uri()).partitions(4).build())) {
      String address = broker.host() + ":" + broker.port();
      way.leadTo(address);
      Messaging comingBack =
          Messaging.over(
              AmqpTransport.builder()
                  .uris(broker.uri().replace(address, way.address()))
                  .partitions(4)
                  .group(channel, "later")
                  .build());
      comingBack
          .subscribe("former")
          .limits(Limits.defaults().inFlight(10)) // the others are lost with the connection
          .onAsync(
              type,
              (event, context) ->
                  cut.thenApply(
                      unused -> {
                        former.add(event.data().number());
                        return Outcome.done();
                      }))
          .start();
      List<CompletableFuture<Receipt>> stored = new ArrayList<>();
      for (int n = 0; n < BACKLOG; n++) {
        stored.add(publishing.publish(type.event(new Note("key-" + n % 40, n))));
      }
      stored.forEach(CompletableFuture::join);
      await()
          .atMost(PATIENCE)
          .until(
              () -> comingBack.health().subscriptions().stream().allMatch(s -> s.inFlight() == 10));
      String unused = broker.ctl("set_disk_free_limit", "1000000GB");
      await().atMost(PATIENCE).until(() -> alarms(broker).contains("disk"));

      way.cut();
      cut.complete(null);
      await().atMost(PATIENCE).until(() -> former.size() == BACKLOG);

      Messaging starting =
          Messaging.over(AmqpTransport.builder().uris(broker.uri()).partitions(4).build());
      starting.subscribe("later").on(type, event -> later.add(event.data().number())).start();
      await().atMost(PATIENCE).until(() -> later.size() == BACKLOG);

      assertThat(alarms(broker)).contains("disk");
      long began = System.nanoTime();
      comingBack.close();
      starting.close();
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(8));

      await().atMost(PATIENCE).until(() -> lying(broker, channel) == 0);
      String unusedToo = broker.ctl("set_disk_free_limit", "1MB");
    }
  }

  /**
   * What may kill the process must be written down first, which cannot be while there is an alarm.
   */
  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d03_what_may_kill_the_process_waits_for_the_end_of_an_alarm_and_the_others_do_not(
      Version version, @TempDir Path directory) {
    EventType<Note> suspicious = notes(unique("suspicious"));
    EventType<Note> harmless = notes(unique("harmless"));
    List<CompletableFuture<Outcome>> runs = new CopyOnWriteArrayList<>();
    Set<Integer> handled = ConcurrentHashMap.newKeySet();
    OwnProcess process = new OwnProcess();
    try (RabbitFixture broker = RabbitFixture.start(directory, version, Map.of());
        TcpProxy way = TcpProxy.open()) {
      String address = broker.host() + ":" + broker.port();
      way.leadTo(address);
      try (Messaging cut =
              Messaging.over(
                  AmqpTransport.builder()
                      .uris(broker.uri().replace(address, way.address()))
                      .process(process)
                      .partitions(1)
                      .build());
          Messaging other =
              Messaging.over(
                  AmqpTransport.builder()
                      .uris(broker.uri())
                      .process(process)
                      .partitions(1)
                      .group(harmless.channel(), "reader")
                      .build())) {
        cut.subscribe("reader")
            .onAsync(
                suspicious,
                (event, context) -> {
                  CompletableFuture<Outcome> run = new CompletableFuture<>();
                  runs.add(run);
                  return run;
                })
            .start();
        Receipt unused = cut.publish(suspicious.event(new Note("key", 0))).join();
        List<CompletableFuture<Receipt>> stored = new ArrayList<>();
        for (int n = 0; n < 20; n++) {
          stored.add(other.publish(harmless.event(new Note("key", n))));
        }
        stored.forEach(CompletableFuture::join);
        for (int losses = 1; losses <= 3; losses++) {
          int begun = losses;
          await().atMost(PATIENCE).until(() -> runs.size() == begun);
          if (losses == 3) {
            String unusedAlso = broker.ctl("set_disk_free_limit", "1000000GB");
            await().atMost(PATIENCE).until(() -> alarms(broker).contains("disk"));
          }
          way.cut();
          runs.get(losses - 1).complete(Outcome.done()); // too late
        }
        await().atMost(PATIENCE).until(() -> process.alone().availablePermits() == 0);

        other.subscribe("reader").on(harmless, event -> handled.add(event.data().number())).start();
        await().atMost(PATIENCE).until(() -> handled.size() == 20);
        assertThat(runs).as("it is not handled unwritten").hasSize(3);
        assertThat(alarms(broker)).contains("disk");

        String unusedToo = broker.ctl("set_disk_free_limit", "1MB");
        await().atMost(PATIENCE).until(() -> runs.size() == 4);
        runs.get(3).complete(Outcome.done());
        await().atMost(PATIENCE).until(() -> process.alone().availablePermits() == 1);
      }
    }
  }

  /** To declare it, the broker must be asked, which has no answer meanwhile. */
  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d01_a_publish_to_an_exchange_that_is_missing_waits_for_the_end_of_an_alarm(
      Version version, @TempDir Path directory) {
    EventType<Note> rejected = notes(unique("rejected"));
    EventType<Note> waiting = notes(unique("waiting"));
    try (RabbitFixture broker = RabbitFixture.start(directory, version, Map.of());
        Messaging hasty =
            Messaging.builder(AmqpTransport.to(broker.uri()))
                .publishTimeout(Duration.ofSeconds(14)) // longer than a question may take
                .build();
        Messaging patient =
            Messaging.builder(
                    AmqpTransport.builder()
                        .uris(broker.uri())
                        .group(waiting.channel(), "reader")
                        .build())
                .publishTimeout(PATIENCE)
                .build()) {
      String unused = broker.ctl("set_disk_free_limit", "1000000GB");
      await().atMost(PATIENCE).until(() -> alarms(broker).contains("disk"));

      CompletableFuture<Receipt> stored = patient.publish(waiting.event(new Note("key", 0)));
      assertThat(failure(hasty.publish(rejected.event(new Note("key", 0)))))
          .isInstanceOf(PublishRejectedException.class)
          .hasMessageStartingWith("SP-AMQP-012");
      assertThat(stored).isNotDone();

      String unusedToo = broker.ctl("set_disk_free_limit", "1MB");
      assertThat(failure(stored)).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d19_another_number_of_partitions_is_refused_after_an_alarm_that_hid_it_at_start(
      Version version, @TempDir Path directory) {
    EventType<Note> type = notes(unique("partitions"));
    try (RabbitFixture broker = RabbitFixture.start(directory, version, Map.of())) {
      try (Messaging former =
          Messaging.over(AmqpTransport.builder().uris(broker.uri()).partitions(2).build())) {
        former.subscribe("reader").on(type, event -> {}).start();
        assertThat(former.health().subscriptions()).isNotEmpty();
      }
      String unused = broker.ctl("set_disk_free_limit", "1000000GB");
      await().atMost(PATIENCE).until(() -> alarms(broker).contains("disk"));
      try (Messaging other =
          Messaging.over(AmqpTransport.builder().uris(broker.uri()).partitions(4).build())) {
        other.subscribe("reader").on(type, event -> {}).start();
        String unusedToo = broker.ctl("set_disk_free_limit", "1MB");
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    other.health().subscriptions().stream()
                        .anyMatch(s -> String.valueOf(s.obstacle()).startsWith("SP-AMQP-055")));
        assertThat(broker.ctl("list_queues", "name"))
            .contains(type.channel() + ".reader.01")
            .doesNotContain(type.channel() + ".reader.02", type.channel() + ".reader.03");
      }
    }
  }

  /** Messages of the channel's subscriptions, as the broker counts them. */
  private static long lying(RabbitFixture broker, String channel) {
    return broker
        .ctl("list_queues", "name", "messages")
        .lines()
        .filter(line -> line.startsWith(channel + ".") && !line.contains("suspects"))
        .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf('\t') + 1).trim()))
        .sum();
  }

  private static String alarms(RabbitFixture broker) {
    return broker.ctl("eval", "rabbit_alarm:get_alarms().");
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d01_a_message_that_is_larger_than_the_broker_takes_is_rejected_and_the_others_are_not(
      Version version, @TempDir Path directory) {
    String channel = unique("large");
    EventType<Note> type = notes(channel);
    Set<Integer> handled = ConcurrentHashMap.newKeySet();
    try (RabbitFixture broker =
            RabbitFixture.start(directory, version, Map.of("max_message_size", "100000"));
        Messaging messaging = Messaging.over(AmqpTransport.to(broker.uri()))) {
      messaging.subscribe("reader").on(type, event -> handled.add(event.data().number())).start();
      List<CompletableFuture<Receipt>> published = new ArrayList<>();
      for (int n = 0; n < 20; n++) {
        String ballast = "x".repeat(n == 7 ? 100_000 : n == 13 ? 10_000_000 : 95_000);
        published.add(messaging.publish(type.event(new Note("key", n, ballast))));
      }
      for (int n = 0; n < 20; n++) {
        Throwable failure = failure(published.get(n));
        if (n == 7 || n == 13) {
          assertThat(failure)
              .isInstanceOfSatisfying(
                  PublishRejectedException.class,
                  refused -> assertThat(refused.fault()).isEqualTo(Fault.MESSAGE))
              .hasMessageStartingWith("SP-AMQP-008")
              .hasMessageContaining("for " + channel);
        } else {
          assertThat(failure).isNull();
        }
      }
      await().atMost(PATIENCE).until(() -> handled.size() == 18);
      assertThat(handled).doesNotContain(7, 13);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d01_when_a_queue_is_full_publishes_are_rejected_until_it_has_room(Version version) {
    RabbitFixture broker = RabbitFixture.shared(version);
    String channel = unique("full");
    EventType<Note> type = notes(channel);
    Set<Integer> handled = ConcurrentHashMap.newKeySet();
    Set<Integer> confirmed = ConcurrentHashMap.newKeySet();
    String unused =
        broker.ctl(
            "set_policy",
            channel,
            "^" + channel + "\\.reader\\.",
            "{\"max-length\":5}",
            "--apply-to",
            "queues");
    try (Messaging messaging =
        Messaging.over(
            AmqpTransport.builder()
                .uris(broker.uri())
                .partitions(1)
                .group(channel, "reader")
                .build())) {
      Throwable failure = null;
      int next = 0;
      for (; failure == null && next < 1_000; next++) { // the broker counts a little later
        failure = failure(messaging.publish(type.event(new Note("key", next))));
        if (failure == null) {
          confirmed.add(next);
        }
      }
      assertThat(failure)
          .isInstanceOfSatisfying(
              PublishRejectedException.class,
              refused -> assertThat(refused.fault()).isEqualTo(Fault.SURROUNDINGS))
          .hasMessageStartingWith("SP-AMQP-005");
      assertThat(confirmed.size()).isBetween(5, 50);

      messaging.subscribe("reader").on(type, event -> handled.add(event.data().number())).start();
      await().atMost(PATIENCE).until(() -> handled.containsAll(confirmed));
      int last = next;
      await()
          .atMost(PATIENCE)
          .until(() -> failure(messaging.publish(type.event(new Note("key", last)))) == null);
      await().atMost(PATIENCE).until(() -> handled.contains(last));
      confirmed.add(last);
      assertThat(handled).as("what was rejected is not stored").isEqualTo(confirmed);
    } finally {
      String unusedToo = broker.ctl("clear_policy", channel);
    }
  }
}
