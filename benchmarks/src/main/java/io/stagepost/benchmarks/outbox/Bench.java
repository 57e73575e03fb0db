package io.stagepost.benchmarks.outbox;

import io.stagepost.benchmarks.BenchmarkException;
import io.stagepost.benchmarks.Child;
import io.stagepost.benchmarks.Launch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The site, and the contestants' JVMs: each alive for all rounds of a row. */
final class Bench implements AutoCloseable {
  private final Path root;
  private final Site site;
  private final OutboxOptions options;
  private final Map<Launch, Child> children = new HashMap<>();

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

  /** A contestant's failure, with its name. */
  static BenchmarkException failed(Rival rival, BenchmarkException failure) {
    return new BenchmarkException(rival.name() + ": " + failure.getMessage());
  }

  /** Ends the JVMs, so that the next row begins with new ones. */
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
