package io.stagepost.samples.shop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.samples.shop.contract.OrderLine;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** The shop's parser and rules, and those of the independent check, agree about dirty lines. */
class ExpectedTest {
  private static final String DIRT = "\",\r\0 C-+.0159\u00E9\u00FFx";
  private static final int LINES = 20_000;

  @TempDir Path directory;

  @Test
  void both_agree_about_twenty_thousand_dirty_lines() throws Exception {
    Path input = directory.resolve("dirty.csv");
    Files.write(input, dirty(new Random(1)), ISO_8859_1);
    Path report = directory.resolve("report.json");
    JsonMapper.builder().build().writeValue(report.toFile(), report(input));
    assertThat(ExpectedProgram.differences(report, input)).isEmpty();
  }

  @Test
  void a_line_that_failed_for_good_is_a_dead_letter_and_nobody_pays_for_it() throws Exception {
    Path input = directory.resolve("two.csv");
    String header = Files.readAllLines(Path.of("data", "orderlines.csv"), ISO_8859_1).get(0);
    String line = ",85123A,HOLDER,6,2010-12-01T08:26:00,2.55,17850,United Kingdom";
    Files.write(input, List.of(header, "1" + line, "2" + line, "2" + line));
    Path report = directory.resolve("report.json");
    Files.writeString(
        report,
        """
        {"lines": 3, "accepted": 1, "cancelled": 0, "duplicate": 1,
         "deadLettered": {"injected": 1}, "customers": {"17850": "15.30"}, "durationMs": 1,
         "seed": 7, "injectedLine": 3, "faults": {"broker-killed": 3},
         "redelivered": 2, "suppressedDuplicates": 1}""");
    assertThat(ExpectedProgram.differences(report, input)).isEmpty();

    Files.writeString(report, Files.readString(report).replace("15.30", "30.60"));
    assertThat(ExpectedProgram.differences(report, input))
        .contains("customers.17850: expected 15.30, the report has 30.60");
  }

  private static List<String> dirty(Random random) throws Exception {
    List<String> clean = Files.readAllLines(Path.of("data", "orderlines.csv"), ISO_8859_1);
    List<String> lines = new ArrayList<>();
    lines.add(clean.get(0));
    while (lines.size() <= LINES) {
      StringBuilder line = new StringBuilder(clean.get(1 + random.nextInt(clean.size() - 1)));
      for (int change = random.nextInt(3); change > 0; change--) {
        int at = random.nextInt(line.length());
        char dirt = DIRT.charAt(random.nextInt(DIRT.length()));
        switch (random.nextInt(3)) {
          case 0 -> line.setCharAt(at, dirt);
          case 1 -> line.insert(at, dirt);
          default -> line.deleteCharAt(at);
        }
      }
      lines.add(line.toString());
    }
    return lines;
  }

  private static Map<String, Object> report(Path input) throws Exception {
    Map<String, Long> counts = new TreeMap<>();
    Map<String, Long> deadLettered = new TreeMap<>();
    Map<String, BigDecimal> totals = new TreeMap<>();
    Set<String> seen = new HashSet<>();
    try (OrderLineFile file = OrderLineFile.open(input)) {
      for (Line line = file.next(); line != null; line = file.next()) {
        if (!seen.add(line.fingerprint())) {
          counts.merge("duplicate", 1L, Long::sum);
        } else if (line instanceof Line.Unreadable unreadable) {
          deadLettered.merge(unreadable.account().reason(), 1L, Long::sum);
        } else {
          OrderLine order = ((Line.Ordered) line).order();
          Verdict verdict = Verdict.on(order);
          boolean settled = verdict == Verdict.ACCEPTED || verdict == Verdict.CANCELLED;
          (settled ? counts : deadLettered).merge(verdict.word(), 1L, Long::sum);
          if (settled) {
            totals.merge(order.customer(), Line.amount(order), BigDecimal::add);
          }
        }
      }
    }
    assertThat(deadLettered).containsKeys("broken-line", "bad-encoding", "no-customer");
    Map<String, String> customers = new TreeMap<>();
    totals.forEach(
        (customer, total) -> {
          BigDecimal shortest = total.stripTrailingZeros();
          customers.put(customer, shortest.setScale(Math.max(2, shortest.scale())).toPlainString());
        });
    Map<String, Object> report = new TreeMap<>(counts);
    report.put("lines", (long) LINES);
    report.put("deadLettered", deadLettered);
    report.put("customers", customers);
    return report;
  }
}
