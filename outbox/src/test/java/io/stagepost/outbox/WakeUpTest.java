package io.stagepost.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WakeUpTest {
  private static final Round.Result IDLE = new Round.Result(0, false, false);

  private final WakeUp wakeUp = new WakeUp(Duration.ofMinutes(10));

  private static Thread sleeping(Runnable pause) {
    Thread thread = new Thread(pause, "sleeper");
    thread.setDaemon(true);
    thread.start();
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> thread.getState() == Thread.State.TIMED_WAITING);
    return thread;
  }

  private static void assertEnds(Thread thread) throws InterruptedException {
    thread.join(TimeUnit.SECONDS.toMillis(20));
    assertThat(thread.isAlive()).isFalse();
  }

  @Test
  void a_hint_ends_a_pause() throws Exception {
    Thread thread = sleeping(() -> wakeUp.after(IDLE));

    wakeUp.hint();

    assertEnds(thread);
  }

  @Test
  void a_hint_that_came_before_the_pause_counts() throws Exception {
    wakeUp.hint();
    Thread thread = new Thread(() -> wakeUp.after(IDLE));
    thread.start();

    assertEnds(thread);
  }

  @Test
  void a_hint_does_not_end_the_pause_after_an_error_and_closing_does() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    Thread thread =
        sleeping(
            () -> {
              wakeUp.pause(Duration.ofMinutes(10));
              over.countDown();
            });

    wakeUp.hint();
    assertThat(over.await(100, TimeUnit.MILLISECONDS)).isFalse();

    wakeUp.close();
    assertEnds(thread);
  }

  @Test
  void there_is_no_pause_while_there_is_more() {
    wakeUp.after(new Round.Result(500, true, false));
  }
}
