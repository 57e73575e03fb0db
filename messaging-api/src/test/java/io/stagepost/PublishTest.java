package io.stagepost;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Health.Pressure;
import io.stagepost.PublishLimits.WhenFull;
import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.spi.Message;
import io.stagepost.spi.Observer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The bounds of publishing, lists, close, and what observers are told. */
@Timeout(60)
class PublishTest extends PublishTests {
  // ---- bounds
  // --------------------------------------------------------------------------------------

  @Test
  void d20_at_the_bound_publishes_wait_and_leave_first_come_first_served() throws Exception {
    Messaging messaging = messaging(upTo(2));
    send(messaging, "1");
    send(messaging, "2");
    Thread third = publishBlocked(messaging, "3");
    Thread fourth = publishBlocked(messaging, "4");
    assertThat(transport.texts()).containsExactly("1", "2");

    transport.sent().get(1).confirm();
    third.join();
    assertThat(transport.texts()).containsExactly("1", "2", "3");
    assertThat(fourth.getState()).isEqualTo(Thread.State.WAITING);

    transport.sent().get(0).confirm();
    fourth.join();
    assertThat(transport.texts()).containsExactly("1", "2", "3", "4");
    transport.sent().forEach(ScriptedTransport.Sent::confirm);
    assertThat(blocked).allMatch(published -> !published.isCompletedExceptionally());
    assertThat(messaging.health().publishing().inFlight()).isZero();
  }

  @Test
  void d20_bytes_are_bounded_too_and_a_message_larger_than_the_bound_goes_alone() throws Exception {
    Messaging messaging = messaging(PublishLimits.defaults().inFlightBytes(10));
    send(messaging, "123456");
    Thread large = publishBlocked(messaging, "a much larger one");
    Thread small = publishBlocked(messaging, "s"); // there would be room, but not before the large
    transport.sent().get(0).confirm();
    large.join();
    assertThat(messaging.health().publishing().inFlightBytes()).isEqualTo(17);
    assertThat(small.getState()).isEqualTo(Thread.State.WAITING);
    transport.sent().get(1).confirm();
    small.join();
    assertThat(transport.texts()).containsExactly("123456", "a much larger one", "s");
  }

  @Test
  void d20_or_they_fail_at_once_if_that_was_chosen() {
    Messaging messaging = messaging(upTo(1).whenFull(WhenFull.FAIL));
    send(messaging, "1");
    assertRejected(publish(messaging, "2"), "SP-API-025", Fault.SURROUNDINGS);
    transport.sent().get(0).confirm();
    assertThat(publish(messaging, "3")).isNotDone();
    assertThat(transport.texts()).containsExactly("1", "3");
  }

  @Test
  void d20_pressure_is_visible_before_a_bound_is_reached() {
    Messaging messaging = messaging(upTo(5).whenFull(WhenFull.FAIL));
    assertThat(messaging.health().pressure()).isEqualTo(Pressure.OK);
    for (int i = 0; i < 3; i++) {
      send(messaging, "x");
    }
    assertThat(messaging.health().publishing().pressure()).isEqualTo(Pressure.OK);
    send(messaging, "x");
    assertThat(messaging.health().publishing().pressure()).isEqualTo(Pressure.PRESSED);
    send(messaging, "x");
    assertThat(messaging.health().pressure()).isEqualTo(Pressure.FULL);
    assertThat(messaging.health().publishing().inFlightBytes()).isEqualTo(5);
  }

  @Test
  void a_send_that_throws_leaves_the_room_and_its_future_fails_as_unknown() {
    Messaging messaging = messaging(upTo(1).brokenAfter(100).whenFull(WhenFull.FAIL));
    transport.answers(
        message -> {
          throw new IllegalStateException("broken");
        });
    for (int i = 0; i < 3; i++) {
      assertThat(failure(publish(messaging, "x")))
          .isInstanceOf(PublishUnknownException.class)
          .hasMessageStartingWith("SP-API-027")
          .hasRootCauseMessage("broken");
    }
    assertThat(messaging.health().publishing().inFlight()).isZero();
  }

  @Test
  void an_interrupt_ends_the_wait_for_room_and_stays_set() throws Exception {
    Messaging messaging = messaging(upTo(1));
    send(messaging, "1");
    AtomicBoolean stayed = new AtomicBoolean();
    Thread thread =
        new Thread(
            () -> {
              blocked.add(publish(messaging, "2"));
              stayed.set(Thread.currentThread().isInterrupted());
            });
    thread.start();
    untilIt(thread, Thread.State.WAITING);
    thread.interrupt();
    thread.join();
    assertThat(stayed).isTrue();
    assertRejected(blocked.remove(), "SP-API-025", Fault.SURROUNDINGS);
    assertThat(transport.texts()).containsExactly("1");
    transport.sent().get(0).confirm();
    send(messaging, "3"); // nobody is in line any more
    assertThat(transport.texts()).containsExactly("1", "3");
  }

  // ---- on a thread that completes publishes
  // --------------------------------------------------------

  @Test
  void a_publish_from_a_completion_never_blocks_but_waits_in_line() {
    Messaging messaging = messaging(upTo(1));
    List<CompletableFuture<Receipt>> chained = new ArrayList<>();
    var unused =
        publish(messaging, "1")
            .thenRun(
                () -> {
                  for (int i = 2; i <= 4; i++) {
                    chained.add(publish(messaging, "" + i)); // the first takes the room
                  }
                });
    transport.sent().get(0).confirm();
    assertThat(transport.texts()).containsExactly("1", "2");
    assertThat(chained.get(1)).isNotDone();
    // no more may wait so than the room holds: nothing grows without bound
    assertRejected(chained.get(2), "SP-API-025", Fault.SURROUNDINGS);
    transport.sent().get(1).confirm();
    assertThat(transport.texts()).containsExactly("1", "2", "3");
    transport.sent().get(2).confirm();
    assertThat(chained.get(1)).isCompleted();
  }

  @Test
  void what_is_published_after_a_publish_that_waits_in_line_does_not_pass_it() throws Exception {
    Messaging messaging = messaging(upTo(2));
    AtomicInteger depth = new AtomicInteger();
    var unused =
        publish(messaging, "1")
            .thenRun(
                () -> {
                  send(messaging, "3");
                  send(messaging, "4");
                  depth.incrementAndGet();
                });
    send(messaging, "2");
    transport.sent().get(0).confirm(); // 3 is sent, 4 waits
    assertThat(depth).hasValue(1);
    Thread last = publishBlocked(messaging, "5");
    transport.sent().get(1).confirm();
    transport.sent().get(2).confirm();
    last.join();
    assertThat(transport.texts()).containsExactly("1", "2", "3", "4", "5");
  }

  @Test
  void a_publish_that_is_cancelled_while_it_waits_is_not_sent() {
    Messaging messaging = messaging(upTo(1));
    List<CompletableFuture<Receipt>> chained = new ArrayList<>();
    var unused =
        publish(messaging, "1")
            .thenRun(
                () -> {
                  chained.add(publish(messaging, "2"));
                  chained.add(publish(messaging, "3"));
                });
    transport.sent().get(0).confirm();
    chained.get(1).cancel(false);
    transport.sent().get(1).confirm();
    assertThat(transport.texts()).containsExactly("1", "2");
    assertThat(messaging.health().publishing().inFlight()).isZero();
  }

  // ---- lists
  // ---------------------------------------------------------------------------------------

  @Test
  void a_list_ends_at_the_first_event_that_is_refused_so_that_none_overtakes_it() {
    Messaging messaging = messaging(upTo(2).whenFull(WhenFull.FAIL));
    CompletableFuture<List<Receipt>> published =
        messaging.publishAll(
            List.of(text.event("a1"), text.event("a2"), text.event("a3"), text.event("a4")));
    assertThat(transport.texts()).containsExactly("a1", "a2");
    assertThat(published).isNotDone();
    transport.sent().forEach(ScriptedTransport.Sent::confirm);
    assertThat(published).isCompletedExceptionally();
    assertThat(transport.texts()).containsExactly("a1", "a2");
  }

  // ---- close
  // ---------------------------------------------------------------------------------------

  @Test
  void d10_close_turns_away_calls_that_wait_for_room() throws Exception {
    Messaging messaging = messaging(upTo(1));
    send(messaging, "1");
    Thread thread = publishBlocked(messaging, "2");
    messaging.close();
    thread.join();
    assertRejected(blocked.remove(), "SP-API-012", Fault.SURROUNDINGS);
    assertThat(transport.senderClosed()).isTrue();
  }

  @Test
  void d10_close_lets_finish_what_waits_after_its_call_has_returned() throws Exception {
    Messaging messaging = messaging(upTo(1));
    List<CompletableFuture<Receipt>> chained = new ArrayList<>();
    var unused =
        publish(messaging, "1")
            .thenRun(
                () -> {
                  chained.add(publish(messaging, "2"));
                  chained.add(publish(messaging, "3"));
                });
    transport.sent().get(0).confirm();
    Thread closing = new Thread(messaging::close);
    closing.start();
    untilIt(closing, Thread.State.TIMED_WAITING);
    transport.sent().get(1).confirm();
    closing.join();
    assertThat(transport.texts()).containsExactly("1", "2", "3");
    transport.sent().get(2).confirm();
    assertThat(chained).allMatch(published -> !published.isCompletedExceptionally());
  }

  // ---- observers
  // -----------------------------------------------------------------------------------

  @Test
  void observers_are_told_once_of_each_publish_and_give_the_trace() {
    List<String> told = new ArrayList<>();
    Observer observer =
        new Observer() {
          @Override
          public void publishing(Message message) {
            told.add("publishing");
          }

          @Override
          public void published(Message message, long nanos, @Nullable Throwable failure) {
            told.add(failure == null ? "published" : ((MessagingException) failure).code());
          }

          @Override
          public String traceparent() {
            return "00-trace";
          }
        };
    Messaging messaging = messaging(upTo(1).whenFull(WhenFull.FAIL), observer);
    begin(messaging.publish(text.event("x").withExpiry(time.instant().plusSeconds(1))));
    send(messaging, "x");
    time.advance(Duration.ofSeconds(1));
    last().confirm();
    begin(messaging.publish(text.event("x").withExtension("traceparent", "00-own")));
    last().confirm();

    assertThat(told)
        .containsExactly(
            "publishing", "publishing", "SP-API-025", "SP-API-026", "publishing", "published");
    assertThat(transport.sent())
        .extracting(sent -> new String(sent.message().header("traceparent"), UTF_8))
        .containsExactly("00-trace", "00-own");
  }
}
