package io.stagepost.dlq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.Outcome;
import io.stagepost.Policy;
import io.stagepost.Retry;
import io.stagepost.Subscription;
import io.stagepost.dlq.Replay.Report;
import io.stagepost.dlq.Replay.Settings;
import io.stagepost.dlq.ReplayOnBrokersTest.Kind;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is known of a canary depends on what the broker tells of those that receive it. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CanaryOnBrokersTest {
  private static final Duration SETTLE = Duration.ofSeconds(6);
  private static final Settings CAREFUL = new Settings(1e6, 10, 2, 100, SETTLE, false, false);

  private final String channel = "notes-" + UUID.randomUUID().toString().substring(0, 8);
  private final String letters = channel + ".reader.dead-letter";
  private final EventType<String> note =
      EventType.of("com.example.note.v1", String.class)
          .source("urn:test")
          .channel(channel)
          .key(text -> text)
          .codec(ReplayOnBrokersTest.TEXT);
  private volatile Outcome outcome = Outcome.deadLetter("broken");

  /** Its consumer is gone, as after a deployment that has failed. */
  @ParameterizedTest
  @EnumSource
  void one_that_nobody_consumes_stops_the_run(Kind kind) {
    try (Messaging messaging = Messaging.over(kind.connect());
        Transport tool = kind.connect();
        Ledger ledger = Ledger.of(tool, channel + ".ledger", "ada@test")) {
      Subscription reader = subscribe(messaging, Policy.defaults());
      die(messaging, tool, 4);
      reader.close();
      Report report = replay(tool, ledger);
      assertThat(report.outcome()).isEqualTo(Report.Outcome.NOT_HANDLED);
      assertThat(report.progress().sent()).isEqualTo(2);
      assertThat(report.remarks())
          .hasSize(1)
          .first()
          .asString()
          .startsWith("2 of 2 were published, none came back")
          .contains("nobody consumes " + channel + " as reader");

      outcome = Outcome.done();
      try (Subscription mended = subscribe(messaging, Policy.defaults())) {
        Report rest = replay(tool, ledger);
        assertThat(rest.outcome()).isEqualTo(Report.Outcome.DONE);
        assertThat(rest.remarks())
            .containsExactly(
                kind == Kind.KAFKA
                    ? "2 of 2 were published, none came back, and none is left to be handled."
                    : "2 of 2 were published, none came back within 6 s. Nothing else was checked,"
                        + " since amqp does not tell whether they were handled.");
        assertThat(mended.state()).isEqualTo(Subscription.State.RUNNING);
      }
    }
  }

  /** It leaves the channel then, and nothing is left there to be handled. */
  @Test
  void one_that_a_handler_puts_aside_is_not_handled() {
    Policy patient =
        Policy.defaults()
            .retry(
                Retry.exponential(Duration.ofSeconds(30), Duration.ofMinutes(1))
                    .maxAge(Duration.ofHours(1)))
            .defer(Duration.ofSeconds(30));
    try (Messaging messaging = Messaging.over(Kind.KAFKA.connect());
        Transport tool = Kind.KAFKA.connect();
        Ledger ledger = Ledger.of(tool, channel + ".ledger", "ada@test");
        Subscription reader = subscribe(messaging, patient)) {
      die(messaging, tool, 3);
      outcome = Outcome.retryAfter(Duration.ofSeconds(40));
      Report report = replay(tool, ledger);
      assertThat(report.remarks()).first().asString().contains("none was handled within 6 s");
      assertThat(report.outcome()).isEqualTo(Report.Outcome.NOT_HANDLED);
      assertThat(reader.state()).isEqualTo(Subscription.State.RUNNING);
    }
  }

  private Subscription subscribe(Messaging messaging, Policy policy) {
    return messaging
        .subscribe("reader")
        .policy(policy)
        .on(note, (event, context) -> outcome)
        .start();
  }

  private void die(Messaging messaging, Transport tool, int events) {
    for (int i = 0; i < events; i++) {
      var unused = messaging.publish(note.event("k" + i)).join();
    }
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                Letters.on(tool).groups(letters, Filter.all()).stream()
                        .mapToLong(Group::letters)
                        .sum()
                    == events);
  }

  private Report replay(Transport tool, Ledger ledger) {
    ledger.provision(letters);
    Plan plan = Planner.of(tool, ledger, "ada@test").plan(letters);
    return new Replay(tool, ledger, plan, CAREFUL).run(progress -> {});
  }
}
