package io.stagepost.testkit.road;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Messaging;
import io.stagepost.Subscription;
import io.stagepost.testkit.InMemoryTransport;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CloseTest {
  @Test
  void d10_who_closes_second_waits_for_the_first_so_that_what_runs_is_settled() throws Exception {
    InMemoryTransport transport = new InMemoryTransport();
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    Messaging messaging = Messaging.over(transport);
    Subscription subscription =
        messaging
            .subscribe(Road.SUBSCRIPTION)
            .on(
                Road.TEXTS,
                event -> {
                  began.countDown();
                  assertThat(mayEnd.await(30, TimeUnit.SECONDS)).isTrue();
                })
            .start();
    messaging.publish(Road.TEXTS.event("a:1")).join();
    assertThat(began.await(30, TimeUnit.SECONDS)).isTrue();
    Thread first = new Thread(subscription::close);
    first.start();
    Awaitility.await().until(() -> first.getState() == Thread.State.TIMED_WAITING);
    Thread second = new Thread(messaging::close);
    second.start();
    Awaitility.await().until(() -> second.getState() == Thread.State.WAITING || !second.isAlive());
    mayEnd.countDown();
    first.join(Duration.ofSeconds(30).toMillis());
    second.join(Duration.ofSeconds(30).toMillis());
    assertThat(transport.unsettled(Road.SUBSCRIPTION)).isZero();
  }
}
