package io.stagepost.benchmarks;

import io.stagepost.benchmarks.contestant.Job;
import io.stagepost.benchmarks.contestant.Result;
import io.stagepost.benchmarks.results.Circumstances;
import io.stagepost.benchmarks.results.Comparison;
import io.stagepost.benchmarks.results.Comparison.Subject;
import io.stagepost.benchmarks.results.Group;
import io.stagepost.benchmarks.results.Series;
import io.stagepost.benchmarks.results.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Runs one row: its channel, its contestants, its rounds. */
final class Run {
  /** No more runs than these warm a contestant up, however quick it is. */
  private static final int WARM_RUNS = 10;

  private final Row row;
  private final Broker broker;

  /** Whether all runs share one channel: they find all of it there, each time. */
  private final boolean shared;

  private final List<Contender> contenders = new ArrayList<>();
  private final List<Child> children = new ArrayList<>();
  private int runs;

  private Run(Row row, Broker broker) {
    this.row = row;
    this.broker = broker;
    this.shared = !row.fresh() && broker.keepsEvents();
    this.contenders.add(row.ours());
    this.contenders.addAll(row.others());
  }

  /** Runs a row with these children; those that it needs and are not there yet, it starts. */
  static Comparison of(
      Row row, Child.Family family, Options options, Broker broker, Circumstances now)
      throws Exception {
    Run run = new Run(row, broker);
    for (Contender contender : run.contenders) {
      run.children.add(
          family.of(contender, options.recording(row.name() + "-" + contender.name())));
    }
    if (!run.shared) {
      return run.measure(now);
    }
    broker.create(row.name());
    broker.fill(row.name(), row.load());
    Comparison measured = run.measure(now);
    broker.delete(row.name(), row.load().events());
    return measured;
  }

  private Comparison measure(Circumstances now) throws Exception {
    int rounds = now.rounds();
    Series ours = new Series(row.ours().name(), null, rounds);
    List<Series> all = new ArrayList<>(List.of(ours));
    row.others().forEach(other -> all.add(new Series(other.name(), other.target(), rounds)));
    Double ofBound = row.ofBound();
    Series bound = ofBound == null ? null : new Series("bound", ofBound, rounds);
    for (int i = 0; i < contenders.size() && rounds > 1; i++) {
      warm(i);
    }
    for (int round = 0; round < rounds; round++) {
      if (bound != null) {
        bound.add(round, Bound.rate(row));
      }
      StringBuilder told = new StringBuilder();
      for (Contender contender : Turns.of(round, contenders)) {
        int who = contenders.indexOf(contender);
        Result result = once(who);
        all.get(who).add(round, result);
        told.append(String.format(Locale.ROOT, ", %s %,.0f/s", contender.name(), result.rate()));
      }
      System.err.printf("%s: round %d of %d%s%n", row.name(), round + 1, rounds, told);
    }
    List<Series> others = new ArrayList<>(all.subList(1, all.size()));
    if (bound != null) {
      others.add(bound);
    }
    return new Subject(
            row.broker() == Broker.Kind.KAFKA ? Group.KAFKA : Group.RABBITMQ,
            row.name(),
            row.what(),
            String.format(Locale.ROOT, "%,d events", row.load().events()),
            Unit.EVENTS_PER_SECOND)
        .of(ours, others, now);
  }

  private void warm(int who) throws Exception {
    double seconds = 0;
    for (int runs = 0; runs < WARM_RUNS && seconds < broker.warmSeconds(); runs++) {
      seconds += once(who).seconds();
    }
  }

  private Result once(int who) throws Exception {
    String channel = row.name();
    if (!shared) {
      channel = row.name() + "-" + ++runs;
      broker.create(channel);
      if (!row.fresh()) {
        broker.fill(channel, row.load());
      }
    }
    Contender contender = contenders.get(who);
    Result result =
        children
            .get(who)
            .run(
                new Job(
                    broker.address(),
                    channel,
                    row.load().events(),
                    row.load().keys(),
                    row.work(),
                    contender.concurrency()));
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
    if (!shared) {
      // published was one more, to warm up; consumed was all
      broker.delete(channel, row.fresh() ? result.events() + 1 : 0);
    }
    return result;
  }
}
