package io.stagepost.dlq.cli;

import io.stagepost.dlq.Entry;
import io.stagepost.dlq.Entry.Kind;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Who did what, when, with which plan: the ledger, entry by entry. */
@Command(
    name = "audit",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Show who did what, when, and to which letters.",
    description = {
      "",
      "Reads the ledger, oldest entry first within each address. It is only ever appended to: no"
          + " command changes or deletes an entry. What a run notes when it begins has the hash of"
          + " its plan."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  dlq audit", "  dlq audit orders.payments.dead-letter --since 7d --output csv"})
@Ends(ExitCode.NOTHING_MATCHED)
final class AuditCommand implements Callable<Integer> {
  private static final List<Column> COLUMNS =
      List.of(
          Column.time("at", "AT"),
          Column.name("kind", "WHAT"),
          Column.name("run", "RUN"),
          Column.text("by", "BY"),
          Column.text("address", "ADDRESS"),
          Column.text("letters", "LETTERS"),
          Column.text("note", "NOTE"));

  @Parameters(arity = "0..1", paramLabel = "ADDRESS", description = "Only of this address.")
  private @Nullable String address;

  @Option(names = "--run", paramLabel = "RUN", description = "Only of this run.")
  private @Nullable String run;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      converter = Time.InstantConverter.class,
      description = "Only since then: an age (2h, 7d) or an instant (UTC).")
  private @Nullable Instant since;

  @Option(names = "--all", description = "Heartbeats, too.")
  private boolean all;

  @Mixin private WriterOptions writer = new WriterOptions();
  @Mixin private BrokerOptions broker = new BrokerOptions();
  @Mixin private Output output = new Output();

  /** For picocli. */
  AuditCommand() {}

  @Override
  public Integer call() {
    long[] shown = new long[1];
    try (Desk desk = new Desk(broker, writer);
        Rows rows = output.rows(COLUMNS)) {
      if (!writer.isThere(desk.transport())) {
        return ExitCode.NOTHING_MATCHED.number();
      }
      desk.ledger()
          .read(
              entry -> {
                if (isMeant(entry)) {
                  add(rows, entry);
                  shown[0]++;
                }
              });
    }
    return (shown[0] == 0 ? ExitCode.NOTHING_MATCHED : ExitCode.DONE).number();
  }

  private boolean isMeant(Entry entry) {
    return (all || entry.kind() != Kind.HEARTBEAT)
        && (address == null || address.equals(entry.address()))
        && (run == null || run.equals(entry.run()))
        && (since == null || !entry.at().isBefore(since));
  }

  private static void add(Rows rows, Entry entry) {
    rows.add(
        entry.at(),
        entry.kind().name().toLowerCase(Locale.ROOT),
        entry.run(),
        entry.by(),
        entry.address(),
        letters(entry.positions()),
        entry.note());
  }

  /** As ids: {@code 3-17 3-20..25}. */
  private static String letters(Map<String, List<String>> positions) {
    return positions.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .flatMap(
            partition ->
                partition.getValue().stream()
                    .map(
                        range ->
                            (partition.getKey().isEmpty() ? "" : partition.getKey() + "-")
                                + range.replace("-", "..")))
        .collect(Collectors.joining(" "));
  }
}
