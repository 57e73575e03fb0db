package io.stagepost.inbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DeadlineTest {
  private final SQLException cancelled = new SQLException("cancelled", "57014");

  @Test
  void d18_no_timeout_is_ever_zero_which_would_be_for_ever() {
    Deadline over = new Deadline(Duration.ZERO);

    assertThat(over.statementMillis()).isEqualTo(1);
    assertThat(over.graceMillis()).isEqualTo((int) Deadline.GRACE.toMillis());
  }

  @Test
  void d18_a_time_longer_than_the_database_can_count_is_the_longest_it_can() {
    Deadline centuries = new Deadline(Duration.ofDays(100_000));

    assertThat(centuries.statementMillis()).isGreaterThan(2_000_000_000);
    assertThat(centuries.graceMillis()).isGreaterThan(2_000_000_000);
    assertThat(centuries.querySeconds()).isZero();
  }

  @Test
  void d18_an_end_in_the_database_is_found_however_it_is_wrapped() {
    Deadline over = new Deadline(Duration.ZERO);

    assertThat(over.ending(new IllegalStateException(new RuntimeException(cancelled))))
        .isEqualTo("57014");
    assertThat(over.ending(new SQLException("cut", "08006"))).isEqualTo("08006");
    assertThat(over.ending(new SQLException("unique", "23505"))).isNull();
    assertThat(over.ending(new IllegalStateException())).isNull();
    assertThat(new Deadline(Duration.ofSeconds(30)).ending(cancelled)).isNull();
  }
}
