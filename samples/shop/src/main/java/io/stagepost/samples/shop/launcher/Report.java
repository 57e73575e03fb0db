package io.stagepost.samples.shop.launcher;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What became of the lines: each is counted in exactly one class.
 *
 * @param deadLettered how many lines, for each reason
 * @param customers for each customer with an accepted or cancelled line the sum of quantity times
 *     price over these, exactly: in plain notation, with no more decimals than needed and at least
 *     two
 * @param durationMs from the start of the services to the moment when nothing was left to do
 * @param faults what befell the run; null unless that was wanted
 */
record Report(
    long lines,
    long accepted,
    long cancelled,
    long duplicate,
    SortedMap<String, Long> deadLettered,
    SortedMap<String, String> customers,
    long durationMs,
    @JsonUnwrapped @Nullable FaultReport faults) {
  private static final int MIN_DECIMALS = 2;

  static String canonical(BigDecimal total) {
    BigDecimal stripped = total.stripTrailingZeros();
    return stripped.setScale(Math.max(MIN_DECIMALS, stripped.scale())).toPlainString();
  }

  Report with(@Nullable FaultReport more) {
    return new Report(
        lines, accepted, cancelled, duplicate, deadLettered, customers, durationMs, more);
  }

  /** Writes it as JSON, whole or not at all. */
  void writeTo(Path file) throws IOException {
    Path draft = Files.createTempFile(file.getParent(), "report", ".json");
    try {
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build()
          .writeValue(draft.toFile(), this);
      Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  /** As a table, for people. */
  String table() {
    StringBuilder table = new StringBuilder();
    row(table, "accepted", accepted);
    row(table, "cancelled", cancelled);
    row(table, "duplicate", duplicate);
    deadLettered.forEach((reason, count) -> row(table, "dead letter: " + reason, count));
    table.append("  ").append("-".repeat(38)).append('\n');
    row(table, "lines", lines);
    row(table, "customers", customers.size());
    table.append(String.format(Locale.ROOT, "  %-26s%,10.1f s%n", "duration", durationMs / 1000.0));
    if (faults != null) {
      table.append("  ").append("-".repeat(38)).append('\n');
      faults.faults().forEach((kind, count) -> row(table, "fault: " + kind, count));
      row(table, "redelivered", faults.redelivered());
      row(table, "suppressed duplicates", faults.suppressedDuplicates());
      row(table, "line that failed for good", faults.injectedLine());
      row(table, "seed", faults.seed());
    }
    return table.toString();
  }

  private static void row(StringBuilder table, String what, long count) {
    table.append(String.format(Locale.ROOT, "  %-28s%,10d%n", what, count));
  }
}
