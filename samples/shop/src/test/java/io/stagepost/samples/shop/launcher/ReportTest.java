package io.stagepost.samples.shop.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "15.3, 15.30",
    "15.300, 15.30",
    "0, 0.00",
    "0.000, 0.00",
    "-17, -17.00",
    "2.125, 2.125",
    "1E+3, 1000.00",
    "0.0850, 0.085",
  })
  void totals_have_no_more_decimals_than_needed_and_at_least_two(BigDecimal total, String text) {
    assertThat(Report.canonical(total)).isEqualTo(text);
  }

  @Test
  void the_report_is_json_in_a_fixed_order() throws Exception {
    Path file = directory.resolve("report.json");
    Files.writeString(file, "an older one");
    new Report(
            5,
            2,
            0,
            1,
            new TreeMap<>(Map.of("no-price", 1L, "no-customer", 1L)),
            new TreeMap<>(Map.of("b \"quoted\"", "1.00", "a", "2.00")),
            42,
            null)
        .writeTo(file);
    assertThat(Files.readString(file).replaceAll("\\s+", " ").replace(" :", ":"))
        .isEqualTo(
            "{ \"lines\": 5, \"accepted\": 2, \"cancelled\": 0, \"duplicate\": 1,"
                + " \"deadLettered\": { \"no-customer\": 1, \"no-price\": 1 },"
                + " \"customers\": { \"a\": \"2.00\", \"b \\\"quoted\\\"\": \"1.00\" },"
                + " \"durationMs\": 42 }");
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void faults_are_told_after_the_books() throws Exception {
    Path file = directory.resolve("report.json");
    FaultReport faults =
        new FaultReport(7, 12, new TreeMap<>(Map.of("broker-killed", 3L)), 5, 4, "too few");
    new Report(1, 1, 0, 0, new TreeMap<>(), new TreeMap<>(), 42, faults).writeTo(file);
    assertThat(Files.readString(file).replaceAll("\\s+", " ").replace(" :", ":"))
        .endsWith(
            "\"durationMs\": 42, \"seed\": 7, \"injectedLine\": 12,"
                + " \"faults\": { \"broker-killed\": 3 },"
                + " \"redelivered\": 5, \"suppressedDuplicates\": 4, \"void\": \"too few\" }");
  }
}
