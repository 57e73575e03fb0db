package io.stagepost.benchmarks;

import io.stagepost.benchmarks.results.Circumstances;
import io.stagepost.benchmarks.results.Results;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * The rows of publishing and consuming. A round runs every contestant of a row once, in turn first;
 * some rounds before them warm up and do not count.
 */
public final class BrokerRows implements Suite {
  private final Options options;
  private final List<Row> rows;

  /**
   * The rows.
   *
   * @param options how they are measured
   */
  public BrokerRows(Options options) {
    this.options = options;
    this.rows = Rows.all(options.events());
  }

  @Override
  public List<Offer> offers() {
    return rows.stream()
        .map(row -> new Offer(row.name(), row.what(), row.quick() ? When.QUICK : When.FULL))
        .toList();
  }

  @Override
  public int measure(Set<String> names, Path root, Results results) throws Exception {
    int failed = 0;
    Path folder = Files.createTempDirectory("stagepost-benchmarks");
    try (Broker.Started started = new Broker.Started(folder, options);
        Child.Family shared = new Child.Family(root)) {
      for (Row row : rows) {
        if (!names.contains(row.name())) {
          continue;
        }
        Broker broker = started.of(row.broker());
        Circumstances now = Circumstances.now(root, options.rounds(), broker.name());
        try (Child.Family own = new Child.Family(root)) {
          Child.Family family = options.isOnlyCheck() ? shared : own;
          results.add(Run.of(row, family, options, broker, now));
        } catch (BenchmarkException failure) {
          System.err.println("FAILED " + row.name() + ": " + failure.getMessage());
          failed++;
        }
      }
    } finally {
      Folders.delete(folder);
    }
    return failed;
  }
}
