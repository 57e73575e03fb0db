package io.stagepost.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where what is deferred waits before RabbitMQ 4.3, and what it looks like afterwards. */
class LadderTest {
  @ParameterizedTest
  @CsvSource({
    "PT2S, PT10S",
    "PT10S, PT10S",
    "PT59.4S, PT10S",
    "PT59.6S, PT1M",
    "PT9M, PT1M",
    "PT10M, PT10M",
    "PT1H, PT1H",
    "PT5H59M, PT1H",
    "PT6H, PT6H",
    "P30D, PT6H"
  })
  void the_longest_that_is_not_too_long_is_next(Duration left, Duration rung) {
    assertThat(Ladder.rung(left)).isEqualTo(rung);
  }

  @Test
  void a_delay_of_a_month_takes_few_steps() {
    Duration left = Duration.ofDays(30).minusSeconds(1);
    int steps = 0;
    while (left.compareTo(Duration.ofSeconds(10)) > 0) {
      left = left.minus(Ladder.rung(left));
      steps++;
    }
    assertThat(left).isGreaterThan(Duration.ofSeconds(-1));
    assertThat(steps).isLessThan(150);
  }

  private static Header header(String name, String value) {
    return new Header(name, value.getBytes(UTF_8));
  }

  @Test
  void d14_what_the_broker_writes_on_it_is_taken_off_again_and_what_others_wrote_is_not() {
    Header deaths = header("amqp:annotation:encoded:x-opt-deaths", "of another program");
    Header queue = header("amqp:annotation:string:x-first-death-queue", "another");
    Header other = header("cloudEvents_id", "1");
    Message message =
        new Message("orders", "key".getBytes(UTF_8), List.of(deaths, other, queue), new byte[] {1});

    Message marked = Ladder.marked(message);
    List<Header> moved = new java.util.ArrayList<>(marked.headers());
    moved.add(header("amqp:annotation:encoded:x-opt-deaths", "ours"));
    moved.add(header("amqp:annotation:string:x-last-death-reason", "expired"));
    Message back = Ladder.unmarked(new Message("orders", marked.key(), moved, marked.body()));

    assertThat(marked.headers()).doesNotContain(deaths, queue);
    assertThat(back.headers()).containsExactly(deaths, other, queue);
    assertThat(back.key()).isEqualTo(message.key());
    assertThat(back.body()).isEqualTo(message.body());
    assertThat(Ladder.unmarked(message)).isSameAs(message);
  }
}
