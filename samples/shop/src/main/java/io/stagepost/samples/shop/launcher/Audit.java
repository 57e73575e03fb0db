package io.stagepost.samples.shop.launcher;

import io.stagepost.samples.shop.PaymentService;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Holds what the services have stored against what they should have. Pure: from evidence to a
 * report and a list of contradictions.
 */
final class Audit {
  /** The reasons for which payment dead-letters; any other is a failure. */
  private static final Set<String> REASONS =
      Set.of(
          "no-customer",
          "bad-quantity",
          "no-price",
          "no-description",
          "broken-line",
          "bad-encoding");

  private static final String ACCEPTED = "accepted";
  private static final String CANCELLED = "cancelled";
  private static final String DUPLICATE = "duplicate";
  private static final String INJECTED = "injected";

  private final Evidence evidence;
  private final Map<String, List<String>> classes = new HashMap<>();
  private final List<String> problems = new ArrayList<>();
  private final SortedMap<String, Long> deadLettered = new TreeMap<>();
  private final Map<String, BigDecimal> owed = new HashMap<>();
  private long accepted;
  private long cancelled;
  private long duplicate;
  private long older;

  private Audit(Evidence evidence) {
    this.evidence = evidence;
  }

  /**
   * A line as orders has it.
   *
   * @param copy whether an earlier line is its exact copy
   * @param customer null if the line was unreadable
   * @param amount quantity times price; null if the line was unreadable
   */
  record OrderedLine(
      long number,
      String eventId,
      boolean copy,
      @Nullable String customer,
      @Nullable BigDecimal amount) {}

  /**
   * All that was read back.
   *
   * @param expectedLines how many lines the file has
   * @param injectedLine the number of the line that was to fail for good; 0 for none
   * @param lines from orders
   * @param taken the ids of events for which payment took money
   * @param declined the ids of events for which it did not
   * @param duplicates the ids of events that payment's inbox knows for duplicates
   * @param deadLetters from payment's dead-letter topic: the reasons for each event id
   * @param totals from shipping, for each customer
   * @param older of how many payments shipping was told by an older version of the event
   * @param leftovers events that lie where none should, and where that is
   */
  record Evidence(
      long expectedLines,
      long injectedLine,
      List<OrderedLine> lines,
      Set<String> taken,
      Set<String> declined,
      Set<String> duplicates,
      Map<String, Set<String>> deadLetters,
      Map<String, BigDecimal> totals,
      long older,
      Map<String, Long> leftovers) {}

  /**
   * What came out.
   *
   * @param problems what does not reconcile; empty if everything does
   */
  record Result(Report report, List<String> problems) {}

  static Result of(Evidence evidence, long durationMs) {
    return new Audit(evidence).result(durationMs);
  }

  private Result result(long durationMs) {
    classify();
    evidence.lines.forEach(this::check);
    checkNothingElse();
    checkTotals();
    if (older != evidence.older) {
      problems.add(
          "shipping was told of %d payments by older versions, and %d were taken by them"
              .formatted(evidence.older, older));
    }
    evidence.leftovers.forEach(
        (place, count) -> {
          if (count != 0) {
            problems.add("%d events are left in %s".formatted(count, place));
          }
        });
    SortedMap<String, String> customers = new TreeMap<>();
    evidence.totals.forEach((customer, total) -> customers.put(customer, Report.canonical(total)));
    return new Result(
        new Report(
            evidence.lines.size(),
            accepted,
            cancelled,
            duplicate,
            deadLettered,
            customers,
            durationMs,
            null),
        problems);
  }

  private void classify() {
    evidence.taken.forEach(id -> classify(id, ACCEPTED));
    evidence.declined.forEach(id -> classify(id, CANCELLED));
    evidence.duplicates.forEach(id -> classify(id, DUPLICATE));
    evidence.deadLetters.forEach((id, reasons) -> reasons.forEach(reason -> classify(id, reason)));
  }

  private void classify(String eventId, String outcome) {
    classes.computeIfAbsent(eventId, id -> new ArrayList<>()).add(outcome);
  }

  private void check(OrderedLine line) {
    List<String> found = classes.getOrDefault(line.eventId, List.of());
    if (found.size() != 1) {
      problems.add(
          "%s is in %s".formatted(name(line), found.isEmpty() ? "no class" : "several: " + found));
      return;
    }
    String only = found.get(0);
    switch (only) {
      case ACCEPTED -> {
        accepted++;
        older += PaymentService.release(line.number) < 3 ? 1 : 0;
      }
      case CANCELLED -> cancelled++;
      case DUPLICATE -> duplicate++;
      default -> deadLettered.merge(only, 1L, Long::sum);
    }
    if (line.copy != only.equals(DUPLICATE)) {
      problems.add(
          "%s is %s of an earlier line and yet %s"
              .formatted(name(line), line.copy ? "a copy" : "no copy", only));
    }
    if (only.equals(ACCEPTED) || only.equals(CANCELLED)) {
      if (line.customer == null || line.amount == null) {
        problems.add("%s could not be read and yet is %s".formatted(name(line), only));
      } else {
        owed.merge(line.customer, line.amount, BigDecimal::add);
      }
    } else if (!only.equals(DUPLICATE) && !mayBeDeadLettered(line, only)) {
      problems.add("%s was dead-lettered for %s".formatted(name(line), only));
    }
    if (line.number == evidence.injectedLine && !only.equals(INJECTED)) {
      problems.add("%s was to fail for good and yet is %s".formatted(name(line), only));
    }
  }

  private boolean mayBeDeadLettered(OrderedLine line, String reason) {
    return reason.equals(INJECTED)
        ? line.number == evidence.injectedLine
        : REASONS.contains(reason);
  }

  private void checkNothingElse() {
    if (evidence.lines.size() != evidence.expectedLines) {
      problems.add(
          "orders has %d lines, the file %d"
              .formatted(evidence.lines.size(), evidence.expectedLines));
    }
    Set<String> unknown = new HashSet<>(classes.keySet());
    evidence.lines.forEach(line -> unknown.remove(line.eventId));
    unknown.forEach(
        id -> problems.add("event %s is %s and yet of no line".formatted(id, classes.get(id))));
  }

  private void checkTotals() {
    Set<String> customers = new HashSet<>(owed.keySet());
    customers.addAll(evidence.totals.keySet());
    for (String customer : customers) {
      BigDecimal expected = owed.get(customer);
      BigDecimal actual = evidence.totals.get(customer);
      if (expected == null || actual == null || expected.compareTo(actual) != 0) {
        problems.add(
            "customer %s: shipping has %s, the order lines come to %s"
                .formatted(customer, actual, expected));
      }
    }
  }

  private static String name(OrderedLine line) {
    return "line %d (event %s)".formatted(line.number, line.eventId);
  }
}
