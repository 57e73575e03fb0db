package io.stagepost.samples.shop.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.samples.shop.launcher.FaultReport.Counts;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FaultReportTest {
  private final Map<FaultKind, Long> strikes = new EnumMap<>(FaultKind.class);

  FaultReportTest() {
    FaultPlan.FROM_OUTSIDE.forEach(kind -> strikes.put(kind, 3L));
  }

  @Test
  void a_run_in_which_all_struck_three_times_counts() {
    FaultReport report = FaultReport.of(7, 12, strikes, new Counts(1, 1, 3));
    assertThat(report.voidBecause()).isNull();
    assertThat(report.faults())
        .containsExactly(
            Map.entry("broker-killed", 3L),
            Map.entry("connections-cut", 3L),
            Map.entry("consumer-stopped", 3L),
            Map.entry("handler-failed", 3L),
            Map.entry("payment-killed", 3L));
  }

  @Test
  void a_run_with_too_few_faults_is_void_and_says_why() {
    strikes.put(FaultKind.BROKER_KILLED, 2L);
    strikes.remove(FaultKind.PAYMENT_KILLED);
    assertThat(FaultReport.of(7, 12, strikes, new Counts(0, 0, 1)).voidBecause())
        .isEqualTo(
            "broker-killed struck 2 times with events in flight, not 3;"
                + " handler-failed struck 1 times with events in flight, not 3;"
                + " payment-killed struck 0 times with events in flight, not 3;"
                + " nothing was redelivered; the inbox suppressed nothing");
  }
}
