package io.stagepost.benchmarks.outbox;

import io.stagepost.benchmarks.BenchmarkException;
import io.stagepost.benchmarks.Child;
import io.stagepost.benchmarks.Launch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The site, and the contestants' JVMs: each alive for all rounds of a row. */
final class Bench implements AutoCloseable {
  private final Path root;
  private final Site site;
  private final OutboxOptions options;
  private final Map<Launch, Child> children = new HashMap<>();
  private final Set<Rival> out = new HashSet<>();
  private int failures;

  Bench(Path root, Site site, OutboxOptions options) {
    this.root = root;
    this.site = site;
    this.options = options;
  }

  Site site() {
    return site;
  }

  OutboxOptions options() {
    return options;
  }

  /** The JVM of a contestant, started when it is first asked for. */
  Child child(Rival rival) throws IOException {
    Child child = children.get(rival.launch());
    if (child == null) {
      child = Child.start(root, rival.launch(), recording(rival));
      children.put(rival.launch(), child);
    }
    return child;
  }

  private List<String> recording(Rival rival) {
    Path folder = options.recordings();
    return folder == null
        ? List.of()
        : List.of(
            "-Xlog:jfr+startup=error",
            "-XX:StartFlightRecording=settings=profile,filename="
                + folder.resolve(rival.name() + "-" + children.size() + ".jfr"));
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
  void nextRow() throws IOException {
    endChildren();
    out.clear();
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
