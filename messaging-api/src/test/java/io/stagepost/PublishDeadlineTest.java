package io.stagepost;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.PublishLimits.WhenFull;
import io.stagepost.PublishRejectedException.Fault;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One deadline for each publish. */
@Timeout(60)
class PublishDeadlineTest extends PublishTests {
  @Test
  void d17_an_expired_event_is_refused() {
    Messaging messaging = messaging(upTo(1));
    assertRejected(
        messaging.publish(text.event("late").withExpiry(time.instant())),
        "SP-API-018",
        Fault.MESSAGE);
    assertThat(transport.sent()).isEmpty();
  }

  @Test
  void d17_a_publish_is_unknown_when_its_event_expires_and_counts_until_it_is_answered() {
    Messaging messaging = messaging(upTo(1).whenFull(WhenFull.FAIL));
    CompletableFuture<Receipt> published =
        messaging.publish(text.event("x").withExpiry(time.instant().plusSeconds(3)));
    time.advance(Duration.ofSeconds(2));
    assertThat(published).isNotDone();
    time.advance(Duration.ofSeconds(1));
    assertThat(failure(published))
        .isInstanceOf(PublishUnknownException.class)
        .hasMessageStartingWith("SP-API-026");
    assertThat(messaging.health().publishing().inFlight()).isEqualTo(1);
    transport.sent().get(0).confirm();
    assertThat(messaging.health().publishing().inFlight()).isZero();
  }

  @Test
  void an_ordinary_publish_needs_no_timer() {
    Messaging messaging = messaging(upTo(1));
    send(messaging, "x");
    transport.sent().get(0).confirm();
    begin(messaging.publish(text.event("x").withExpiry(time.instant().plus(TIMEOUT))));
    assertThat(time.pending()).isZero();
  }

  @Test
  void waiting_for_room_ends_at_the_deadline() throws Exception {
    Messaging messaging = messaging(upTo(1));
    send(messaging, "1");
    Thread thread = publishBlocked(messaging, "2");
    time.advance(TIMEOUT.minusNanos(1));
    assertThat(thread.getState()).isEqualTo(Thread.State.WAITING);
    time.advance(Duration.ofNanos(1));
    thread.join();
    assertRejected(blocked.remove(), "SP-API-025", Fault.SURROUNDINGS);
    assertThat(transport.texts()).containsExactly("1");
  }

  @Test
  void the_time_that_it_waited_for_room_is_part_of_its_deadline() throws Exception {
    Messaging messaging = messaging(upTo(1));
    send(messaging, "1");
    Thread thread = publishBlocked(messaging, "2");
    time.advance(Duration.ofSeconds(9));
    transport.sent().get(0).confirm();
    thread.join();
    CompletableFuture<Receipt> second = blocked.remove();
    assertThat(second).isNotDone();
    time.advance(Duration.ofSeconds(1));
    assertThat(failure(second)).isInstanceOf(PublishUnknownException.class);
  }
}
