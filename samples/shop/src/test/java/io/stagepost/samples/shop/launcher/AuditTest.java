package io.stagepost.samples.shop.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.samples.shop.launcher.Audit.Evidence;
import io.stagepost.samples.shop.launcher.Audit.OrderedLine;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AuditTest {
  private final List<OrderedLine> lines = new ArrayList<>();
  private final Set<String> taken = new HashSet<>(Set.of("e2", "e3"));
  private final Set<String> declined = new HashSet<>(Set.of("e4"));
  private final Set<String> duplicates = new HashSet<>(Set.of("e5", "e7"));
  private final Map<String, Set<String>> deadLetters = new HashMap<>();
  private final Map<String, BigDecimal> totals = new HashMap<>();
  private final Map<String, Long> leftovers = new HashMap<>();
  private long fileLines = 7;
  private long injectedLine;

  /** Line 3, by release 1 of payment. */
  private long older = 1;

  /** Six readable lines and an unreadable one, and everything as it should be. */
  AuditTest() {
    lines.add(line(2, false, "ada", "10.50"));
    lines.add(line(3, false, "bob", "0.100"));
    lines.add(line(4, false, "ada", "-10.5"));
    lines.add(line(5, true, "ada", "10.50"));
    lines.add(line(6, false, "", "1"));
    lines.add(line(7, true, "", "1"));
    lines.add(new OrderedLine(8, "e8", false, null, null));
    deadLetters.put("e6", Set.of("no-customer"));
    deadLetters.put("e8", Set.of("broken-line"));
    totals.put("ada", new BigDecimal("0.00"));
    totals.put("bob", new BigDecimal("0.1"));
    leftovers.put("the outbox", 0L);
  }

  @Test
  void what_adds_up_makes_a_report_and_no_problem() {
    Audit.Result result = audit();
    assertThat(result.problems()).isEmpty();
    assertThat(result.report())
        .isEqualTo(
            new Report(
                7,
                2,
                1,
                2,
                new TreeMap<>(Map.of("no-customer", 1L, "broken-line", 1L)),
                new TreeMap<>(Map.of("ada", "0.00", "bob", "0.10")),
                1234,
                null));
  }

  @Test
  void the_line_that_was_to_fail_for_good_is_dead_lettered_and_nobody_pays_for_it() {
    injectedLine = 3;
    taken.remove("e3");
    deadLetters.put("e3", Set.of("injected"));
    totals.remove("bob");
    older = 0;
    Audit.Result result = audit();
    assertThat(result.problems()).isEmpty();
    assertThat(result.report().deadLettered()).containsEntry("injected", 1L);
    assertThat(result.report().customers()).containsOnlyKeys("ada");
  }

  @Test
  void a_line_that_was_to_fail_for_good_and_did_not_is_a_problem() {
    injectedLine = 3;
    assertThat(audit().problems())
        .containsExactly("line 3 (event e3) was to fail for good and yet is accepted");
  }

  @Test
  void another_line_that_failed_as_if_on_purpose_is_a_problem() {
    deadLetters.put("e6", Set.of("injected"));
    assertThat(audit().problems())
        .containsExactly("line 6 (event e6) was dead-lettered for injected");
  }

  @Test
  void a_line_in_no_class_is_a_problem() {
    duplicates.remove("e7");
    assertThat(audit().problems()).containsExactly("line 7 (event e7) is in no class");
  }

  @Test
  void a_line_in_two_classes_is_a_problem() {
    duplicates.add("e6");
    assertThat(audit().problems())
        .containsExactly("line 6 (event e6) is in several: [duplicate, no-customer]");
  }

  @Test
  void a_copy_that_took_effect_is_a_problem_and_so_is_its_original() {
    duplicates.remove("e5");
    duplicates.add("e2");
    taken.remove("e2");
    taken.add("e5");
    assertThat(audit().problems())
        .containsExactly(
            "line 2 (event e2) is no copy of an earlier line and yet duplicate",
            "line 5 (event e5) is a copy of an earlier line and yet accepted");
  }

  @Test
  void a_dead_letter_that_is_no_verdict_is_a_problem() {
    deadLetters.put("e6", Set.of("attempts-exhausted"));
    assertThat(audit().problems())
        .containsExactly("line 6 (event e6) was dead-lettered for attempts-exhausted");
  }

  @Test
  void an_event_of_no_line_is_a_problem() {
    declined.add("e9");
    assertThat(audit().problems()).containsExactly("event e9 is [cancelled] and yet of no line");
  }

  @Test
  void a_line_that_was_not_imported_is_a_problem() {
    fileLines = 8;
    assertThat(audit().problems()).containsExactly("orders has 7 lines, the file 8");
  }

  @Test
  void a_total_that_is_off_is_a_problem() {
    totals.put("ada", new BigDecimal("10.50"));
    totals.remove("bob");
    totals.put("eve", BigDecimal.ZERO);
    assertThat(audit().problems())
        .containsExactlyInAnyOrder(
            "customer ada: shipping has 10.50, the order lines come to 0.00",
            "customer bob: shipping has null, the order lines come to 0.100",
            "customer eve: shipping has 0, the order lines come to null");
  }

  @Test
  void a_payment_that_was_not_told_by_the_version_it_was_taken_by_is_a_problem() {
    older = 2;
    assertThat(audit().problems())
        .containsExactly(
            "shipping was told of 2 payments by older versions, and 1 were taken by them");
  }

  @Test
  void an_event_left_behind_is_a_problem() {
    leftovers.put("the outbox", 3L);
    assertThat(audit().problems()).containsExactly("3 events are left in the outbox");
  }

  private Audit.Result audit() {
    return Audit.of(
        new Evidence(
            fileLines,
            injectedLine,
            lines,
            taken,
            declined,
            duplicates,
            deadLetters,
            totals,
            older,
            leftovers),
        1234);
  }

  private static OrderedLine line(long number, boolean copy, String customer, String amount) {
    return new OrderedLine(number, "e" + number, copy, customer, new BigDecimal(amount));
  }
}
