package io.stagepost.benchmarks.outbox;

import io.stagepost.benchmarks.BenchmarkException;
import io.stagepost.benchmarks.Folders;
import io.stagepost.benchmarks.Options;
import io.stagepost.benchmarks.Options.Database;
import io.stagepost.benchmarks.Suite;
import io.stagepost.benchmarks.results.Comparison;
import io.stagepost.benchmarks.results.Results;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The rows of outbox and inbox, on one database server and one Kafka. */
public final class OutboxRows implements Suite {
  private interface Work {
    List<Comparison> on(Bench bench) throws Exception;
  }

  private record Row(Offer offer, Set<Database> databases, Work work) {
    Row(String name, String what, When when, Work work) {
      this(new Offer(name, what, when), EnumSet.allOf(Database.class), work);
    }

    /** The same row, which needs a peer, or what only PostgreSQL tells. */
    Row onPostgresql() {
      return new Row(offer, EnumSet.of(Database.POSTGRESQL), work);
    }
  }

  private static final int BACKLOG = 100_000;
  private static final int LARGE = 10_000_000;
  private static final int SLICE = 300_000;

  private static final List<Row> ROWS =
      List.of(
          drain(
              "drain-warm",
              "a backlog, relayed by a JVM that has drained before",
              When.QUICK,
              Rival.LOG_READERS,
              false),
          drain(
              "drain-cold",
              "the same by a new JVM, from a database server just started",
              When.FULL,
              Rival.LOG_READERS,
              true),
          drain(
                  "drain-pollers",
                  "as drain-warm, beside those that poll a table",
                  When.FULL,
                  Rival.POLLERS,
                  false)
              .onPostgresql(),
          latency("latency-100", "commit to consumer at 100/s", 100),
          latency("latency-1000", "commit to consumer at 1,000/s", 1_000),
          tax("tax-1", "transactions with one letter, and without", 1),
          tax("tax-10", "transactions with ten letters, and without", 10),
          inbox("inbox-alone", "the inbox one by one, the letter's row alone", 1, "nothing"),
          inbox("inbox-effect", "the inbox one by one, with an effect row", 1, "business"),
          inbox(
              "inbox-batch",
              "the inbox by hundreds, with an effect row for each hundred",
              100,
              "business"),
          new Row(
              "drain-slice",
              "the first 300,000 of a backlog of 10,000,000, ours alone: 3 minutes a run",
              When.NAMED,
              bench ->
                  List.of(new Drain(bench, LARGE, SLICE, false).measure("drain-slice", List.of()))),
          held(
              "held-xid",
              "the relay beside a foreign transaction that has written; --minutes",
              Held.What.XID),
          held("held-snapshot", "the same beside one that only reads", Held.What.SNAPSHOT));

  private final Options options;

  /**
   * The rows.
   *
   * @param options how they are measured
   */
  public OutboxRows(Options options) {
    this.options = options;
  }

  private static Row drain(String name, String what, When when, List<Rival> against, boolean cold) {
    return new Row(
        name,
        what,
        when,
        bench ->
            List.of(
                new Drain(bench, bench.options().backlogOr(BACKLOG), Integer.MAX_VALUE, cold)
                    .measure(name, bench.askedFor(against).toList())));
  }

  private static Row latency(String name, String what, int perSecond) {
    return new Row(
        name,
        what,
        When.FULL,
        bench -> new Latency(bench, perSecond).measure(name, bench.outboxes()));
  }

  private static Row tax(String name, String what, int letters) {
    return new Row(
        name, what, When.FULL, bench -> new Spin(bench).tax(name, letters, bench.outboxes()));
  }

  private static Row inbox(String name, String what, int letters, String effect) {
    return new Row(
        name,
        what + ", beside the same SQL by hand",
        When.FULL,
        bench -> List.of(new Spin(bench).inbox(name, what, letters, effect)));
  }

  private static Row held(String name, String what, Held.What held) {
    return new Row(
            name,
            what,
            When.NAMED,
            bench -> {
              new Held(bench).measure(name, held);
              return List.of();
            })
        .onPostgresql();
  }

  @Override
  public List<Offer> offers() {
    return ROWS.stream()
        .filter(row -> row.databases().contains(options.database()))
        .map(Row::offer)
        .toList();
  }

  @Override
  public int measure(Set<String> names, Path root, Results results) throws Exception {
    int failed = 0;
    Path folder = Files.createTempDirectory("stagepost-benchmarks");
    try (Site site = new Site(folder, options.database());
        Bench bench = new Bench(root, site, options)) {
      for (Row row : ROWS) {
        if (!names.contains(row.offer.name())) {
          continue;
        }
        try {
          row.work.on(bench).forEach(results::add);
        } catch (BenchmarkException failure) {
          System.err.println("FAILED " + row.offer.name() + ": " + failure.getMessage());
          failed++;
        }
        bench.nextRow();
      }
      failed += bench.failures();
    } finally {
      Folders.delete(folder);
    }
    return failed;
  }
}
