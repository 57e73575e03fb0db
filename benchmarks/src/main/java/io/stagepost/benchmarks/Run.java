package io.stagepost.benchmarks;

import io.stagepost.benchmarks.contestant.Job;
import io.stagepost.benchmarks.contestant.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Runs one row: its topic, its contestants, its rounds. */
final class Run implements AutoCloseable {
  /** So long, or so often, a contestant runs before its first round that counts. */
  private static final double WARM_SECONDS = 3;

  private static final int WARM_RUNS = 10;

  private final Row row;
  private final String bootstrapServers;
  private final Topics topics;
  private final List<Contender> contenders = new ArrayList<>();
  private final List<Child> children = new ArrayList<>();
  private int published;

  private Run(Row row, String bootstrapServers, Topics topics) {
    this.row = row;
    this.bootstrapServers = bootstrapServers;
    this.topics = topics;
    this.contenders.add(row.ours());
    this.contenders.addAll(row.others());
  }

  static Report.Measured of(
      Row row, Path root, Options options, String bootstrapServers, Topics topics)
      throws Exception {
    try (Run run = new Run(row, bootstrapServers, topics)) {
      run.start(root, options.recordings());
      Report.Measured measured = run.measure(options.rounds());
      if (!row.fresh()) {
        topics.delete(row.name());
      }
      return measured;
    }
  }

  private void start(Path root, @Nullable Path recordings) throws Exception {
    for (Contender contender : contenders) {
      Path file =
          recordings == null
              ? null
              : recordings.resolve(row.name() + "-" + contender.name() + ".jfr");
      children.add(
          Child.start(
              root,
              contender,
              file == null
                  ? List.of()
                  : List.of(
                      "-Xlog:jfr+startup=error",
                      "-XX:StartFlightRecording=settings=profile,filename=" + file)));
    }
    if (!row.fresh()) {
      topics.create(row.name());
      topics.fill(row.name(), row.load());
    }
  }

  private Report.Measured measure(int rounds) throws Exception {
    Series ours = new Series(row.ours().name(), null, rounds);
    List<Series> all = new ArrayList<>(List.of(ours));
    row.others().forEach(other -> all.add(new Series(other.name(), other.target(), rounds)));
    Double ofBound = row.ofBound();
    Series bound = ofBound == null ? null : new Series("bound", ofBound, rounds);
    for (int i = 0; i < contenders.size(); i++) {
      warm(i, rounds);
    }
    for (int round = 0; round < rounds; round++) {
      if (bound != null) {
        bound.add(round, Bound.rate(row));
      }
      StringBuilder told = new StringBuilder();
      for (int turn = 0; turn < contenders.size(); turn++) {
        int who = (round + turn) % contenders.size(); // each is first now and then
        Result result = once(who);
        all.get(who).add(round, result);
        told.append(
            String.format(Locale.ROOT, ", %s %,.0f/s", contenders.get(who).name(), result.rate()));
      }
      System.err.printf("%s: round %d of %d%s%n", row.name(), round + 1, rounds, told);
    }
    List<Series> others = new ArrayList<>(all.subList(1, all.size()));
    if (bound != null) {
      others.add(bound);
    }
    return new Report.Measured(row, ours, others);
  }

  private void warm(int who, int rounds) throws Exception {
    double seconds = once(who).seconds();
    for (int runs = 1; rounds > 1 && runs < WARM_RUNS && seconds < WARM_SECONDS; runs++) {
      seconds += once(who).seconds();
    }
  }

  private Result once(int who) throws Exception {
    String topic = row.name();
    if (row.fresh()) {
      topic = row.name() + "-" + ++published;
      topics.create(topic);
    }
    Contender contender = contenders.get(who);
    Result result =
        children
            .get(who)
            .run(
                new Job(
                    bootstrapServers,
                    topic,
                    row.load().events(),
                    row.load().keys(),
                    row.work(),
                    contender.concurrency()));
    if (row.fresh()) {
      topics.delete(topic);
    }
    if (result.lost() > 0) {
      throw new BenchmarkException(
          contender.name() + " lost " + result.lost() + " of " + result.events() + " events.");
    }
    if (contender.ordered() && !result.inOrder()) {
      throw new BenchmarkException(
          String.format(
              "%s broke the order of its keys: %d events after a later one, %d at the same time as"
                  + " another.",
              contender.name(), result.disordered(), result.overlapping()));
    }
    return result;
  }

  @Override
  public void close() throws IOException {
    for (Child child : children) {
      child.close();
    }
  }
}
