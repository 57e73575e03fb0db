package io.stagepost.samples.shop.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StandingTest {
  @Test
  void it_is_complete_when_nothing_is_missing_anywhere() {
    assertThat(new Standing(true, 10, 5, 1, 1, 3, 6, 0, 0, 0, 0, 0).isComplete()).isTrue();
  }

  @Test
  void what_is_missing_is_told_place_by_place() {
    assertThat(new Standing(false, 1_000, 5, 1, 1, 3, 4, 7, 8, 9, 10, 11).missing())
        .containsExactly(
            "orders has not finished its import (1,000 lines so far)",
            "990 lines that payment has not judged",
            "2 answers that shipping has not added",
            "7 events in the outbox of orders",
            "8 events in the outbox of payment",
            "9 events on the way to payment, or not settled there",
            "10 events on the way to shipping, or not settled there",
            "11 events that were received and are not settled");
  }
}
