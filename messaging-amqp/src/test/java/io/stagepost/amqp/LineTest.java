package io.stagepost.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Receipt;
import io.stagepost.spi.Message;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is under way stays in the order of the calls, however often it is handed over. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LineTest {
  private final AtomicBoolean open = new AtomicBoolean(true);
  private final Line line = new Line(open::get);
  private final List<Sending> sent = new ArrayList<>();

  private Sending add() {
    Sending sending = new Sending(new Message("address", null, List.of(), null), sent.size());
    sent.add(sending);
    assertThat(line.add(sending)).isTrue();
    return sending;
  }

  private void answer(Sending sending) {
    sending.complete(new Receipt("address", ""));
    line.remove(sending);
  }

  @Test
  void each_is_handed_over_once_in_the_order_of_the_calls() {
    Sending first = add();
    Sending second = add();
    assertThat(line.next()).isSameAs(first);
    Sending third = add();
    assertThat(line.next()).isSameAs(second);
    assertThat(line.next()).isSameAs(third);
    assertThat(line.next()).isNull();
    Sending fourth = add();
    assertThat(line.next()).isSameAs(fourth);
  }

  @Test
  void what_waits_is_taken_out_and_what_was_handed_over_is_not() {
    Sending first = add();
    assertThat(line.next()).isSameAs(first);
    Sending second = add();
    Sending third = add();
    assertThat(line.takeWaiting()).containsExactly(second, third);
    assertThat(line.next()).isNull();
    Sending fourth = add();
    assertThat(line.next()).isSameAs(fourth);
    assertThat(line.oldest()).isSameAs(first);
    assertThat(line.takeWaiting()).isEmpty();
  }

  @Test
  void d04_what_is_not_answered_comes_again_before_anything_newer() {
    Sending first = add();
    Sending second = add();
    Sending third = add();
    for (Sending each : sent) {
      assertThat(line.next()).isSameAs(each);
    }
    Sending fourth = add();
    answer(second);

    line.rewind();

    assertThat(line.next()).isSameAs(first);
    assertThat(line.next()).isSameAs(third);
    assertThat(line.next()).isSameAs(fourth);
    assertThat(line.next()).isNull();
  }

  @Test
  void what_is_done_meanwhile_is_not_handed_over() {
    Sending first = add();
    Sending second = add();
    first.cancel(false);
    answer(second); // by the answer to an earlier attempt
    Sending third = add();

    assertThat(line.next()).isSameAs(third);
    assertThat(line.oldest()).isSameAs(third);
    answer(third);
    answer(third);
    assertThat(line.oldest()).isNull();
    assertThat(line.next()).isNull();
  }

  @Test
  void nothing_is_added_after_it_was_closed() {
    Sending first = add();
    open.set(false);
    assertThat(line.add(new Sending(new Message("address", null, List.of(), null), 1))).isFalse();
    assertThat(line.next()).isSameAs(first);
    assertThat(line.next()).isNull();
  }

  /** Against lists that say the same in the plainest way. */
  @Test
  void whatever_is_done_to_it_the_order_is_that_of_the_calls() {
    Random random = new Random(7);
    List<Sending> expected = new ArrayList<>();
    ArrayDeque<Sending> toBeHanded = new ArrayDeque<>();
    for (int step = 0; step < 20_000; step++) {
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> {
          Sending added = add();
          expected.add(added);
          toBeHanded.add(added);
        }
        case 3, 4 -> assertThat(line.next()).isSameAs(toBeHanded.poll());
        case 5, 6 -> {
          if (!expected.isEmpty()) {
            Sending answered = expected.remove(random.nextInt(expected.size()));
            toBeHanded.remove(answered);
            answer(answered);
          }
        }
        default -> {
          if (random.nextInt(20) == 0) {
            line.rewind();
            toBeHanded.clear();
            toBeHanded.addAll(expected);
          }
        }
      }
      assertThat(line.oldest()).isSameAs(expected.isEmpty() ? null : expected.get(0));
    }
  }
}
