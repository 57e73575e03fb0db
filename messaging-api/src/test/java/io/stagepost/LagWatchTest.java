package io.stagepost;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class LagWatchTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant OLD = START.minusSeconds(60);

  private final Queue<Runnable> questions = new ArrayDeque<>();
  private long nanos;
  private Supplier<List<Backlog>> broker = () -> List.of(new Backlog("orders", "0", 1, OLD));

  private final LagWatch watch =
      new LagWatch(
          "billing", () -> broker.get(), () -> START.plusNanos(nanos), () -> nanos, questions::add);

  private void answer() {
    questions.remove().run();
  }

  @Test
  void d20_who_looks_does_not_wait_and_one_asks_for_all() {
    broker =
        () ->
            List.of(
                new Backlog("orders", "0", 3, OLD),
                new Backlog("orders", "1", 4, OLD.minusSeconds(1)),
                new Backlog("orders", "2", 0, null));
    assertThat(watch.look()).isNull();
    assertThat(watch.look()).isNull();
    assertThat(questions).hasSize(1);
    answer();
    assertThat(watch.look()).isEqualTo(new Health.Lag(7, OLD.minusSeconds(1), START));
    assertThat(questions).isEmpty();
  }

  @Test
  void d20_what_is_fresh_is_not_asked_for_again_and_what_is_old_is() {
    assertThat(watch.look()).isNull();
    answer();
    broker = () -> List.of(new Backlog("orders", "0", 2, OLD));
    nanos = Defaults.LAG_FRESH.toNanos();
    assertThat(watch.look()).isEqualTo(new Health.Lag(1, OLD, START));
    assertThat(questions).isEmpty();
    nanos++;
    assertThat(watch.look()).isEqualTo(new Health.Lag(1, OLD, START));
    answer();
    assertThat(watch.look()).isEqualTo(new Health.Lag(2, OLD, START.plusNanos(nanos)));
  }

  @Test
  void d20_while_the_broker_fails_what_was_known_stays_with_its_time() {
    assertThat(watch.look()).isNull();
    answer();
    Supplier<List<Backlog>> answering = broker;
    broker =
        () -> {
          throw new MessagingException("SP-TEST-021", "The broker gives no answer.");
        };
    for (int i = 0; i < 2; i++) {
      nanos += Duration.ofSeconds(11).toNanos();
      assertThat(watch.look()).isEqualTo(new Health.Lag(1, OLD, START));
      answer();
    }
    broker = answering;
    nanos += Duration.ofSeconds(11).toNanos();
    assertThat(watch.look()).isEqualTo(new Health.Lag(1, OLD, START));
    answer();
    assertThat(watch.look()).isEqualTo(new Health.Lag(1, OLD, START.plusNanos(nanos)));
  }

  @Test
  void a_closed_one_asks_no_more() {
    watch.close();
    assertThat(watch.look()).isNull();
    assertThat(questions).isEmpty();
  }
}
