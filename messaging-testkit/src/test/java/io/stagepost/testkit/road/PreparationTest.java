package io.stagepost.testkit.road;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.stagepost.ConfigurationException;
import io.stagepost.EventType;
import io.stagepost.Limits;
import io.stagepost.Messaging;
import io.stagepost.Subscription;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import io.stagepost.spi.UnansweredException;
import io.stagepost.testkit.InMemoryTransport;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Decoding that waits for somebody, and starting that does. */
@Timeout(60)
class PreparationTest {
  private final Semaphore asked = new Semaphore(0);
  private final Semaphore interrupted = new Semaphore(0);
  private final CountDownLatch answer = new CountDownLatch(1);
  private final List<String> handled = new CopyOnWriteArrayList<>();
  private final InMemoryTransport transport = new InMemoryTransport();
  private final EventType<String> type = Road.type("com.example.asked.v1").codec(new Asking());

  /** As patient as can be, so that it is not the drain limit that ends it. */
  private Subscription subscribe(Messaging messaging) {
    return messaging
        .subscribe(Road.SUBSCRIPTION)
        .limits(Limits.defaults().drain(Duration.ofDays(1)))
        .on(
            type,
            event -> {
              assertThat(Thread.currentThread().isInterrupted()).isFalse();
              handled.add(event.data());
            })
        .start();
  }

  @Test
  void d10_closing_does_not_wait_for_who_waits_before_its_handler_has_begun() throws Exception {
    try (Messaging messaging = Messaging.over(transport)) {
      Subscription subscription = subscribe(messaging);
      for (String text : List.of("a:1", "b:1", "b:2")) {
        messaging.publish(type.event(text)).join();
      }
      assertThat(asked.tryAcquire(2, 30, SECONDS)).isTrue();
      subscription.close();
      assertThat(interrupted.availablePermits()).isEqualTo(2);
      assertThat(handled).isEmpty();
      assertThat(transport.unsettled(Road.SUBSCRIPTION)).isEqualTo(3);
    }
  }

  @Test
  void d11_who_waits_for_an_event_that_was_lost_waits_no_more_and_it_is_handled_elsewhere()
      throws Exception {
    try (Messaging messaging = Messaging.over(transport);
        Subscription subscription = subscribe(messaging)) {
      messaging.publish(type.event("a:1")).join();
      assertThat(asked.tryAcquire(30, SECONDS)).isTrue();
      transport.faults().loseAssignments(Road.SUBSCRIPTION);
      assertThat(interrupted.tryAcquire(30, SECONDS)).isTrue();
      answer.countDown();
      await().atMost(Duration.ofSeconds(30)).until(() -> handled.equals(List.of("a:1")));
      await().until(() -> subscription.inFlight() == 0);
      assertThat(transport.unsettled(Road.SUBSCRIPTION)).isZero();
    }
  }

  @Test
  void d19_all_types_are_checked_at_a_time_and_all_problems_told() {
    CyclicBarrier together = new CyclicBarrier(3);
    try (Messaging messaging = Messaging.over(transport)) {
      var builder = messaging.subscribe(Road.SUBSCRIPTION);
      for (String name : List.of("one", "two", "three")) {
        builder.on(Road.type(name).codec(new Checked(together)), event -> {});
      }
      assertThatThrownBy(builder::start)
          .isInstanceOf(ConfigurationException.class)
          .satisfies(
              failure ->
                  assertThat(((ConfigurationException) failure).problems())
                      .containsExactly("SP-TEST-1 one", "SP-TEST-1 two", "SP-TEST-1 three"));
    }
  }

  private class Text implements Codec {
    @Override
    public <T> Encoded encode(EventType<T> type, T data) {
      return Encoded.of(data.toString().getBytes(UTF_8), "text/plain");
    }

    @Override
    public <T> T decode(EventType<T> type, Encoded encoded) {
      return type.payload().cast(new String(encoded.bytes(), UTF_8));
    }
  }

  private final class Asking extends Text {
    @Override
    public <T> T decode(EventType<T> type, Encoded encoded) {
      asked.release();
      try {
        answer.await();
      } catch (InterruptedException ended) {
        interrupted.release();
        Thread.currentThread().interrupt();
        throw new UnansweredException("SP-TEST-001", "Interrupted.", ended);
      }
      return super.decode(type, encoded);
    }
  }

  private final class Checked extends Text {
    private final CyclicBarrier together;

    Checked(CyclicBarrier together) {
      this.together = together;
    }

    @Override
    public List<String> problems(EventType<?> type) {
      try {
        together.await(20, SECONDS);
        return List.of("SP-TEST-1 " + type);
      } catch (InterruptedException | BrokenBarrierException | TimeoutException alone) {
        return List.of("SP-TEST-2 " + type + " was checked alone");
      }
    }
  }
}
