package io.stagepost.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.ConfigurationException;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.Topology;
import io.stagepost.schema.Json;
import io.stagepost.testkit.fixture.RabbitFixture;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import io.stagepost.testkit.fixture.TcpProxy;
import java.time.Duration;
import java.time.Instant;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Delays by the durable road. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeferTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Duration DELAY = Duration.ofSeconds(25);

  record Note(String text) {}

  /** A handling: which attempt, and when. */
  record Handling(int attempt, Instant time) {}

  private final String channel = "notes-" + UUID.randomUUID().toString().substring(0, 8);
  private final EventType<Note> note =
      EventType.of("test.note.v1", Note.class)
          .source("urn:test:notes")
          .channel(channel)
          .key(Note::text)
          .codec(Json.codec());
  private final Queue<Handling> handled = new ConcurrentLinkedQueue<>();

  private Messaging start(Version version) {
    return start(AmqpTransport.builder().uris(RabbitFixture.shared(version).uri()));
  }

  private Messaging start(AmqpTransport.Builder transport) {
    Messaging messaging = Messaging.over(transport.partitions(2).group(channel, "reader").build());
    messaging
        .subscribe("reader")
        .policy(
            Policy.defaults()
                .retry(Retry.exponential(Duration.ofMillis(100), Duration.ofMinutes(1)).attempts(3))
                .defer(Duration.ofSeconds(1)))
        .on(
            note,
            (event, context) -> {
              handled.add(new Handling(context.attempt(), Instant.now()));
              return context.attempt() == 1 ? Outcome.retryAfter(DELAY) : Outcome.done();
            })
        .start();
    return messaging;
  }

  /** Messages of the delay queues, as the broker counts them: those that a member has. */
  private long held(RabbitFixture broker) {
    return count(broker, "messages_unacknowledged", ".");
  }

  private long count(RabbitFixture broker, String what, String queues) {
    return broker
        .ctl("list_queues", "name", what)
        .lines()
        .filter(line -> line.startsWith(channel + ".reader.delay.") && line.contains(queues))
        .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf('\t') + 1).trim()))
        .sum();
  }

  @ParameterizedTest
  @EnumSource
  void d03_a_deferred_event_waits_through_a_restart_at_the_broker(Version version) {
    RabbitFixture broker = RabbitFixture.shared(version);
    try (Messaging messaging = start(version)) {
      messaging.publish(note.event(new Note("later"))).join();
      await().atMost(PATIENCE).until(() -> !handled.isEmpty());
      await()
          .atMost(PATIENCE)
          .until(
              () -> messaging.health().subscriptions().stream().allMatch(s -> s.inFlight() == 0));
      // the broker's own count is some seconds old
      await().during(Duration.ofSeconds(6)).atMost(PATIENCE).until(() -> held(broker) == 0);
    }
    try (Messaging messaging = start(version)) {
      await().atMost(PATIENCE).until(() -> handled.size() == 2);
      assertThat(messaging.health().subscriptions()).isNotEmpty();
    }
    Handling first = handled.remove();
    Handling second = handled.remove();
    assertThat(second.attempt()).isEqualTo(2);
    assertThat(second.time()).isAfterOrEqualTo(first.time().plus(DELAY));
  }

  /** Before 4.3: it lies where nobody receives, and comes back to whoever is there then. */
  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_0_MNESIA"})
  void d03_a_deferred_event_goes_down_a_ladder_of_queues_over_the_death_of_its_member(
      Version version) {
    RabbitFixture broker = RabbitFixture.shared(version);
    String address = broker.host() + ":" + broker.port();
    try (TcpProxy way = TcpProxy.open()) {
      way.leadTo(address);
      String uri = Permitted.uri(broker, channel, "reader").replace(address, way.address());
      Messaging dying = start(AmqpTransport.builder().uris(uri));
      dying.publish(note.event(new Note("later"))).join();
      await().atMost(PATIENCE).until(() -> count(broker, "messages", ".after-10s") == 1);
      way.leadNowhere();
      way.cut();
      await().atMost(PATIENCE).until(() -> count(broker, "messages", ".reader.delay.0") == 1);
      try (Messaging heir = start(version)) {
        await().atMost(PATIENCE).until(() -> handled.size() == 2);
        assertThat(heir.health().subscriptions()).isNotEmpty();
      }
      dying.close();
    }
    Handling first = handled.remove();
    Handling second = handled.remove();
    assertThat(second.attempt()).isEqualTo(2);
    assertThat(second.time())
        .isBetween(first.time().plus(DELAY), first.time().plus(DELAY).plus(DELAY));
  }

  @Test
  void d19_what_is_missing_of_the_ladder_is_told_at_start() {
    RabbitFixture broker = RabbitFixture.shared(Version.V4_0);
    start(Version.V4_0).close();
    AmqpTransport.Builder verifying =
        AmqpTransport.builder().uris(broker.uri()).topology(Topology.VERIFY);
    start(verifying).close();
    String unused = broker.ctl("delete_queue", channel + ".reader.delay.reader.delay.after-60s");

    assertThatThrownBy(() -> start(verifying))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("SP-AMQP-032")
        .hasMessageContaining(".after-60s");
  }
}
