package io.stagepost.benchmarks.outbox;

import io.stagepost.benchmarks.BenchmarkException;
import io.stagepost.benchmarks.Child;
import io.stagepost.benchmarks.Launch;
import io.stagepost.benchmarks.Options;
import io.stagepost.benchmarks.Options.Database;
import io.stagepost.benchmarks.results.Circumstances;
import io.stagepost.benchmarks.results.Comparison;
import io.stagepost.benchmarks.results.Comparison.Subject;
import io.stagepost.benchmarks.results.Series;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The site, and the contestants' JVMs: each alive for all rounds of a row. */
final class Bench implements AutoCloseable {
  private final Path root;
  private final Site site;
  private final Options options;
  private final Map<Launch, Child> children = new HashMap<>();
  private final Set<Rival> out = new HashSet<>();
  private Circumstances now;
  private int failures;

  Bench(Path root, Site site, Options options) throws Exception {
    this.root = root;
    this.site = site;
    this.options = options;
    this.now = Circumstances.now(root, options.rounds(), site.services());
  }

  Site site() {
    return site;
  }

  Options options() {
    return options;
  }

  /**
   * What a row came to.
   *
   * @param all ours, then those that it is compared with
   */
  Comparison compared(Subject subject, List<Series> all) {
    return (options.database() == Database.MARIADB ? onMariaDb(subject) : subject)
        .of(all.get(0), all.subList(1, all.size()), now);
  }

  private static Subject onMariaDb(Subject row) {
    return new Subject(
        row.group(), "mariadb-" + row.name(), "MariaDB: " + row.what(), row.amount(), row.unit());
  }

  /** All that have an outbox, and were asked for. */
  List<Rival> outboxes() {
    return Stream.concat(askedFor(Rival.LOG_READERS), askedFor(Rival.POLLERS)).toList();
  }

  /** Those who were asked for, and use the database. */
  Stream<Rival> askedFor(List<Rival> rivals) {
    return rivals.stream()
        .filter(rival -> options.database() == Database.POSTGRESQL)
        .filter(rival -> rival.name().contains(options.against()));
  }

  /** The JVM of a contestant, started when it is first asked for. */
  Child child(Rival rival) throws IOException {
    Child child = children.get(rival.launch());
    if (child == null) {
      child =
          Child.start(
              root, rival.launch(), options.recording(rival.name() + "-" + children.size()));
      children.put(rival.launch(), child);
    }
    return child;
  }

  /** A run of one contestant. */
  interface Turn<T> {
    T run() throws Exception;
  }

  /**
   * Has a contestant run. A peer that fails is out of the row, and the others go on without it; if
   * ours fails, the row does.
   *
   * @return what the run came to; null for one that is out
   */
  <T> @Nullable T turn(Rival rival, Turn<T> turn) throws Exception {
    if (isOut(rival)) {
      return null;
    }
    try {
      return turn.run();
    } catch (BenchmarkException failure) {
      String what = rival.name() + ": " + failure.getMessage();
      if (rival.equals(Rival.OURS)) {
        throw new BenchmarkException(what);
      }
      System.err.println("FAILED " + what);
      failures++;
      out.add(rival);
      Child child = children.remove(rival.launch());
      if (child != null) {
        child.close();
      }
      return null;
    }
  }

  /** Whether it has failed in this row. */
  boolean isOut(Rival rival) {
    return out.contains(rival);
  }

  /** How many have failed so far. */
  int failures() {
    return failures;
  }

  /** Begins a row, with everybody, in new JVMs. */
  void nextRow() throws Exception {
    endChildren();
    out.clear();
    now = Circumstances.now(root, options.rounds(), site.services());
  }

  /** Ends the JVMs. */
  void endChildren() throws IOException {
    for (Child child : children.values()) {
      child.close();
    }
    children.clear();
  }

  @Override
  public void close() throws IOException {
    endChildren();
  }
}
