package io.stagepost.benchmarks;

import io.stagepost.benchmarks.results.Results;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Rows that share what they run on. */
public interface Suite {
  /**
   * A row that can be asked for.
   *
   * @param name for {@code --only}
   * @param what it does, for people
   * @param when it runs
   */
  record Offer(String name, String what, When when) {}

  /** When a row runs, of a suite that was asked for. */
  enum When {
    /** Always, and with {@code --quick}. */
    QUICK,
    /** Always, but not with {@code --quick}. */
    FULL,
    /** Only by its whole name: it is long. */
    NAMED
  }

  /**
   * What it has.
   *
   * @return its rows, in the order in which they run
   */
  List<Offer> offers();

  /**
   * Measures rows. One that fails does not keep others from running.
   *
   * @param names of the rows, at least one
   * @param root the project's folder
   * @param results where they go
   * @return how many contestants or rows have failed
   * @throws Exception if what they run on cannot be started
   */
  int measure(Set<String> names, Path root, Results results) throws Exception;
}
