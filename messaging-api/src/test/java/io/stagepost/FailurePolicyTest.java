package io.stagepost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailurePolicyTest {
  private static final Policy POLICY =
      Policy.defaults()
          .retry(
              Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(30))
                  .attempts(8)
                  .maxAge(Duration.ofMinutes(10)));

  /** The whole decision table. A retry's delay is checked below. */
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // kind, attempt, age (s), requested (ms), probing, decision
        "TRANSIENT, 1,   0,     -, false, retry",
        "TRANSIENT, 7,   0,     -, false, retry",
        "TRANSIENT, 8,   0,     -, false, attempts-exhausted",
        "TRANSIENT, 9,   0,     -, false, attempts-exhausted",
        "TRANSIENT, 2, 599,     -, false, retry",
        "TRANSIENT, 2, 600,     -, false, age-exhausted",
        "TRANSIENT, 8, 600,     -, false, attempts-exhausted",
        "TRANSIENT, 1,   0,   500, false, retry",
        "TRANSIENT, 8,   0,   500, false, attempts-exhausted",
        "TRANSIENT, 2, 600,   500, false, age-exhausted",
        "PERMANENT, 1,   0,     -, false, permanent-failure",
        "PERMANENT, 1,   0,   500, false, permanent-failure",
        "POISON,    1,   0,     -, false, undecodable",
        "POISON,    3, 900,     -, false, undecodable",
        "TRANSIENT, 1,   0,     -, true, retry",
        "TRANSIENT, 8,   0,     -, true, retry",
        "TRANSIENT, 2, 600,     -, true, retry",
        "TRANSIENT, 9, 900,   500, true, retry",
        "PERMANENT, 1,   0,     -, true, permanent-failure",
        "POISON,    1,   0,     -, true, undecodable",
      })
  void the_decision_table(
      FailureKind kind,
      int attempt,
      long age,
      @Nullable Long requested,
      boolean probing,
      String expected) {
    Decision decision =
        FailurePolicy.decide(
            POLICY,
            failure(
                "e1",
                attempt,
                age,
                kind,
                requested == null ? null : Duration.ofMillis(requested),
                probing,
                true));
    if (expected.equals("retry")) {
      assertThat(decision).isInstanceOf(Decision.Retry.class);
    } else {
      assertThat(decision).isEqualTo(new Decision.DeadLetter(expected));
    }
  }

  @Test
  void the_delay_is_drawn_from_the_whole_exponential_bound_and_never_beyond() {
    for (int attempt = 1; attempt <= 7; attempt++) {
      long bound = 100L << (attempt - 1);
      long least = Long.MAX_VALUE;
      long most = 0;
      for (int event = 0; event < 2_000; event++) {
        long millis = delay("event-" + event, attempt, null).toMillis();
        least = Math.min(least, millis);
        most = Math.max(most, millis);
      }
      assertThat(least).isLessThan(bound / 20 + 1);
      assertThat(most).isBetween(bound - bound / 20 - 1, bound);
    }
  }

  @Test
  void delays_are_repeatable_and_differ_between_events_and_attempts() {
    assertThat(delay("a", 3, null)).isEqualTo(delay("a", 3, null));
    Set<Duration> delays = new HashSet<>();
    for (int event = 0; event < 100; event++) {
      delays.add(delay("event-" + event, 5, null));
      delays.add(delay("event-" + event, 6, null));
    }
    assertThat(delays).hasSizeGreaterThan(195);
  }

  @ParameterizedTest
  @CsvSource({"1, 100", "99, 100", "100, 100", "5000, 5000", "30000, 30000", "90000, 30000"})
  void a_requested_delay_is_kept_within_base_and_cap(long requested, long expected) {
    assertThat(delay("a", 1, Duration.ofMillis(requested))).isEqualTo(Duration.ofMillis(expected));
  }

  @ParameterizedTest
  @CsvSource({
    "9999, false, false",
    "10000, false, true",
    "90000, false, true",
    "90000, true, false",
  })
  void a_delay_of_some_length_is_deferred_unless_it_probes(
      long requested, boolean probing, boolean deferred) {
    Decision decision =
        FailurePolicy.decide(
            POLICY.defer(Duration.ofSeconds(10)),
            failure("a", 1, 0, FailureKind.TRANSIENT, Duration.ofMillis(requested), probing, true));
    Duration delay = Duration.ofMillis(Math.min(requested, 30_000));
    assertThat(decision)
        .isEqualTo(deferred ? new Decision.Defer(delay) : new Decision.Retry(delay));
  }

  /** Of one whose attempts and age are used up. */
  @ParameterizedTest
  @CsvSource({
    // degradation, kind, probing, by its handler, decision
    "WAIT,        TRANSIENT, true,  true,  Retry",
    "SKIP,        TRANSIENT, true,  true,  'Skip[reason=degraded]'",
    "DEAD_LETTER, TRANSIENT, true,  true,  'DeadLetter[reason=degraded]'",
    "PARK,        TRANSIENT, true,  true,  'Park[reason=degraded]'",
    "SKIP,        TRANSIENT, true,  false, Retry",
    "DEAD_LETTER, TRANSIENT, true,  false, Retry",
    "PARK,        TRANSIENT, true,  false, Retry",
    "SKIP,        TRANSIENT, false, true,  'DeadLetter[reason=attempts-exhausted]'",
    "SKIP,        PERMANENT, true,  true,  'DeadLetter[reason=permanent-failure]'",
    "PARK,        POISON,    true,  true,  'DeadLetter[reason=undecodable]'",
  })
  void what_a_handler_fails_while_it_probes_waits_or_leaves_as_the_policy_says(
      Policy.Degradation degradation,
      FailureKind kind,
      boolean probing,
      boolean byHandler,
      String expected) {
    Decision decision =
        FailurePolicy.decide(
            POLICY.degradation(degradation), failure("a", 9, 900, kind, null, probing, byHandler));
    assertThat(decision.toString()).startsWith(expected);
  }

  @Test
  void the_bound_doubles_up_to_the_cap_at_any_attempt() {
    Retry retry = Retry.exponential(Duration.ofMillis(200), Duration.ofSeconds(30));
    assertThat(retry.bound(1)).isEqualTo(Duration.ofMillis(200));
    assertThat(retry.bound(2)).isEqualTo(Duration.ofMillis(400));
    assertThat(retry.bound(8)).isEqualTo(Duration.ofMillis(25_600));
    assertThat(retry.bound(9)).isEqualTo(Duration.ofSeconds(30));
    assertThat(retry.bound(1_000_000)).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void bounds_that_contradict_are_refused_by_name() {
    assertThatThrownBy(() -> Retry.exponential(Duration.ofSeconds(2), Duration.ofSeconds(1)))
        .isInstanceOf(MessagingException.class)
        .hasMessage("SP-API-005 cap is PT1S; it must not be below the base PT2S.");
  }

  private static Duration delay(String id, int attempt, @Nullable Duration requested) {
    Decision decision =
        FailurePolicy.decide(
            POLICY, failure(id, attempt, 0, FailureKind.TRANSIENT, requested, false, true));
    return ((Decision.Retry) decision).delay();
  }

  private static Failure failure(
      String id,
      int attempt,
      long age,
      FailureKind kind,
      @Nullable Duration requested,
      boolean probing,
      boolean byHandler) {
    return new Failure(
        "billing",
        URI.create("urn:example:shop"),
        id,
        attempt,
        Duration.ofSeconds(age),
        kind,
        requested,
        probing,
        byHandler);
  }
}
