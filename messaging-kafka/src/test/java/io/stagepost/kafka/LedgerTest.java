package io.stagepost.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.spi.Assignment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(600)
class LedgerTest {
  private final Assignment assignment = new Assignment("topic-0");
  private final Ledger ledger = new Ledger();

  private KafkaDelivery delivery(long offset) {
    return new KafkaDelivery(
        new ConsumerRecord<>("topic", 0, offset, new byte[] {1}, new byte[] {2}), assignment, null);
  }

  private KafkaDelivery append(long offset) {
    KafkaDelivery delivery = delivery(offset);
    ledger.append(delivery);
    return delivery;
  }

  @Test
  void nothing_can_be_committed_before_anything_was_fetched() {
    assertThat(ledger.committable()).isEqualTo(Ledger.NOTHING);
  }

  @Test
  void d03_the_first_unsettled_delivery_bounds_the_commit() {
    KafkaDelivery first = append(10);
    KafkaDelivery second = append(11);
    KafkaDelivery third = append(12);
    assertThat(ledger.committable()).isEqualTo(10);

    third.settle();
    assertThat(ledger.committable()).isEqualTo(10);
    first.settle();
    assertThat(ledger.committable()).isEqualTo(11);
    second.settle();
    assertThat(ledger.committable()).isEqualTo(13);
    assertThat(ledger.span()).isZero();
  }

  @Test
  void gaps_between_offsets_hold_nothing_up() {
    KafkaDelivery first = append(10);
    KafkaDelivery second = append(15);
    first.settle();
    assertThat(ledger.committable()).isEqualTo(15);
    second.settle();
    assertThat(ledger.committable()).isEqualTo(16);
    ledger.reached(18); // transaction marks
    assertThat(ledger.committable()).isEqualTo(18);
    ledger.reached(17);
    assertThat(ledger.committable()).isEqualTo(18);
  }

  @Test
  void what_holds_no_delivery_does_not_overtake_what_is_unsettled() {
    KafkaDelivery first = append(10);
    ledger.reached(20);
    assertThat(ledger.committable()).isEqualTo(10);
    first.settle();
    assertThat(ledger.committable()).isEqualTo(20);
  }

  @Test
  void settling_twice_is_settling_once() {
    KafkaDelivery first = append(10);
    append(11);
    first.settle();
    first.settle();
    assertThat(ledger.committable()).isEqualTo(11);
  }

  @Test
  void offsets_must_not_fall() {
    append(10);
    assertThatThrownBy(() -> ledger.append(delivery(9)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("topic-0@9");
  }

  @Test
  void an_offset_is_settled_when_all_that_share_it_are() {
    KafkaDelivery first = append(10);
    KafkaDelivery second = append(10);
    append(11).settle();
    first.settle();
    assertThat(ledger.committable()).isEqualTo(10);
    assertThat(ledger.settled(10).get(0)).isFalse();
    assertThat(ledger.settled(10).get(1)).isTrue();
    second.settle();
    assertThat(ledger.committable()).isEqualTo(12);
  }

  @Test
  void a_settled_delivery_behind_an_unsettled_one_costs_no_memory_after_a_sweep() {
    append(0);
    for (int offset = 1; offset < 1_000; offset++) {
      append(offset).settle();
    }
    assertThat(ledger.span()).isEqualTo(1_000);
    ledger.sweep();
    assertThat(ledger.held()).isEqualTo(1);
    assertThat(ledger.span()).isEqualTo(1_000);
    assertThat(ledger.committable()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void in_any_order_of_events_it_agrees_with_a_plain_list(long seed) {
    Random random = new Random(seed);
    List<KafkaDelivery> all = new ArrayList<>();
    List<KafkaDelivery> open = new ArrayList<>();
    long next = random.nextInt(1_000);
    long end = Ledger.NOTHING;
    for (int step = 0; step < 20_000; step++) {
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> {
          KafkaDelivery delivery = append(next);
          all.add(delivery);
          open.add(delivery);
          end = next + 1;
          next += random.nextInt(10) == 0 ? 1 + random.nextInt(5) : 1;
        }
        case 3 -> {
          ledger.reached(next);
          end = Math.max(end, next);
        }
        case 4 -> ledger.sweep();
        default -> {
          if (!open.isEmpty()) {
            open.remove(random.nextInt(open.size())).settle();
          }
        }
      }
      long expected =
          all.stream()
              .filter(delivery -> !delivery.isSettled())
              .mapToLong(KafkaDelivery::offset)
              .findFirst()
              .orElse(end);
      assertThat(ledger.committable()).as("seed %d, step %d", seed, step).isEqualTo(expected);
      all.removeIf(KafkaDelivery::isSettled);
    }
  }

  /** The receiver's thread appends and commits while others settle: it never commits too much. */
  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void while_other_threads_settle_nothing_unsettled_is_ever_committed(long seed) throws Exception {
    int total = 50_000;
    AtomicIntegerArray settled = new AtomicIntegerArray(total);
    AtomicLong left = new AtomicLong(total);
    ExecutorService threads = Executors.newFixedThreadPool(3);
    Random random = new Random(seed);
    List<KafkaDelivery> batch = new ArrayList<>();
    long last = Ledger.NOTHING;
    for (int offset = 0; offset < total; offset++) {
      batch.add(append(offset));
      if (batch.size() == 50 || offset == total - 1) {
        List<KafkaDelivery> mine = batch;
        batch = new ArrayList<>();
        long order = random.nextLong();
        threads.execute(
            () -> {
              java.util.Collections.shuffle(mine, new Random(order));
              for (KafkaDelivery delivery : mine) {
                settled.set((int) delivery.offset(), 1); // first, so that a commit implies it
                delivery.settle();
                left.decrementAndGet();
              }
            });
        if (random.nextInt(10) == 0) {
          ledger.sweep();
        }
        last = check(settled, last);
      }
    }
    while (left.get() > 0) {
      last = check(settled, last);
    }
    threads.shutdown();
    assertThat(check(settled, last)).isEqualTo(total);
  }

  private long check(AtomicIntegerArray settled, long last) {
    long committable = ledger.committable();
    assertThat(committable).isGreaterThanOrEqualTo(last);
    for (long offset = Math.max(0, last); offset < committable; offset++) {
      assertThat(settled.get((int) offset)).as("offset %d", offset).isOne();
    }
    return committable;
  }
}
