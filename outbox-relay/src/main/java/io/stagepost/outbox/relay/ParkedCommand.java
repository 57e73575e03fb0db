package io.stagepost.outbox.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.stagepost.outbox.Outbox;
import io.stagepost.outbox.ParkedRows;
import io.stagepost.outbox.store.ParkedRow;
import io.stagepost.outbox.store.RowId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What became of rows that the broker refused is for a person to say, here. */
@Command(
    name = "parked",
    mixinStandardHelpOptions = true,
    header = "List, retry or discard the rows that the broker has refused.")
final class ParkedCommand {
  /** So many are changed together, in one transaction. */
  private static final int AT_ONCE = 100;

  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  ParkedCommand() {}

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      header = "List parked rows, oldest first, with the broker's reason.")
  int list(
      @Option(names = "--address", paramLabel = "ADDRESS", description = "Only those for it.")
          @Nullable String address,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "20",
              description = "How many at most. Default: ${DEFAULT-VALUE}.")
          int limit,
      @Mixin OutboxOptions outbox,
      @Mixin Report report) {
    List<ParkedRow> rows = outbox.with(opened -> opened.parked().list(address, limit));
    rows.forEach(row -> report.line(fields(row)));
    return (rows.isEmpty() ? ExitCode.NOTHING_MATCHED : ExitCode.DONE).number();
  }

  @Command(
      name = "retry",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      header = "Put parked rows back, each in its old place, to be sent again.",
      footerHeading = "%nExamples:%n",
      footer = {"  relay parked retry 3/1042 5/77", "  relay parked retry --all --address orders"})
  int retry(
      @Parameters(arity = "0..*", paramLabel = "ID", description = "As list shows it: 3/1042.")
          @Nullable List<String> ids,
      @Option(names = "--all", description = "Every one.") boolean all,
      @Option(names = "--address", paramLabel = "ADDRESS", description = "With --all: for it.")
          @Nullable String address,
      @Mixin OutboxOptions outbox,
      @Mixin Report report) {
    return change("retried", ids, all, address, ParkedRows::retry, outbox, report);
  }

  @Command(
      name = "discard",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      header = "Delete parked rows for good.",
      footerHeading = "%nExamples:%n",
      footer = "  relay parked discard --yes 3/1042")
  int discard(
      @Parameters(arity = "0..*", paramLabel = "ID", description = "As list shows it: 3/1042.")
          @Nullable List<String> ids,
      @Option(names = "--all", description = "Every one.") boolean all,
      @Option(names = "--address", paramLabel = "ADDRESS", description = "With --all: for it.")
          @Nullable String address,
      @Option(names = "--yes", description = "They are gone then. Without it, nothing is done.")
          boolean yes,
      @Mixin OutboxOptions outbox,
      @Mixin Report report) {
    if (!yes) {
      requireNonNull(spec)
          .commandLine()
          .getErr()
          .println(
              "relay: What is discarded is gone for good; if so, say --yes. Nothing was done.");
      return ExitCode.REFUSED.number();
    }
    return change("discarded", ids, all, address, ParkedRows::discard, outbox, report);
  }

  private int change(
      String done,
      @Nullable List<String> ids,
      boolean all,
      @Nullable String address,
      BiFunction<ParkedRows, List<RowId>, Integer> change,
      OutboxOptions outbox,
      Report report) {
    if (all == (ids != null) || (address != null && !all)) {
      throw new ParameterException(
          requireNonNull(spec).commandLine(), "Name rows by their ids, or all: --all [--address].");
    }
    List<RowId> named = ids == null ? List.of() : ids.stream().map(RowId::parse).toList();
    long count =
        outbox.with(
            opened ->
                all
                    ? changeAll(opened, address, change)
                    : (long) change.apply(opened.parked(), named));
    report.line(Map.of(done, count));
    if (count == 0) {
      return ExitCode.NOTHING_MATCHED.number();
    }
    return (count < named.size() ? ExitCode.PARTIAL : ExitCode.DONE).number();
  }

  /** At most as many as there are now: what is retried may be parked again meanwhile. */
  private static long changeAll(
      Outbox opened,
      @Nullable String address,
      BiFunction<ParkedRows, List<RowId>, Integer> change) {
    ParkedRows parked = opened.parked();
    long count = 0;
    long left = opened.depth(1).parked();
    while (left > 0) {
      List<ParkedRow> page = parked.list(address, (int) Math.min(left, AT_ONCE));
      if (page.isEmpty()) {
        break;
      }
      count += change.apply(parked, page.stream().map(ParkedRow::id).toList());
      left -= page.size();
    }
    return count;
  }

  private static Map<String, Object> fields(ParkedRow parked) {
    byte[] key = parked.key();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("id", parked.id().toString());
    fields.put("address", parked.address());
    if (key != null) {
      fields.put("key", new String(key, UTF_8));
    }
    fields.put("bodyBytes", parked.bodyBytes());
    fields.put("parkedAt", parked.parkedAt().toString());
    fields.put("holds", parked.holds());
    fields.put("error", parked.error());
    return fields;
  }
}
