package io.stagepost.benchmarks.outbox;

import io.stagepost.benchmarks.Child;
import io.stagepost.benchmarks.Turns;
import io.stagepost.benchmarks.contestant.outbox.Place;
import io.stagepost.benchmarks.results.Comparison;
import io.stagepost.benchmarks.results.Comparison.Subject;
import io.stagepost.benchmarks.results.Group;
import io.stagepost.benchmarks.results.Series;
import io.stagepost.benchmarks.results.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Transactions, one after the other, of eight threads at once: how many a second. */
final class Spin {
  private static final double LEAST_OF_PLAIN = 0.85;

  /** Before the first round: the inbox's code is as good as compiled then. */
  private static final int WARM_RUNS = 3;

  private final Bench bench;

  Spin(Bench bench) {
    this.bench = bench;
  }

  /**
   * The producer's tax: a business row alone, and the same with letters, in turns in one JVM. The
   * first row compares transactions with letters, the second everybody's share of those without.
   */
  List<Comparison> tax(String name, int letters, List<Rival> others) throws Exception {
    int rounds = bench.options().rounds();
    List<Rival> rivals = new ArrayList<>(List.of(Rival.OURS));
    rivals.addAll(others);
    Series plain = new Series("without letters", letters == 1 ? LEAST_OF_PLAIN : null, rounds);
    List<Series> rates =
        rivals.stream().map(each -> new Series(each.name(), null, rounds)).toList();
    List<Series> shares =
        rivals.stream().map(each -> new Series(each.name(), null, rounds)).toList();
    for (int round = 0; round < rounds; round++) {
      for (Rival rival : Turns.of(round, rivals)) {
        int who = rivals.indexOf(rival);
        boolean plainFirst = round % 2 == 0;
        double[] pair = bench.turn(rival, () -> pair(rival, letters, plainFirst));
        if (pair == null) {
          continue;
        }
        rates.get(who).add(round, pair[1]);
        shares.get(who).add(round, pair[1] / pair[0]);
        if (who == 0) {
          plain.add(round, pair[0]);
        }
        System.err.printf(
            Locale.ROOT,
            "%s: round %d of %d, %s %,.0f/s of %,.0f/s%n",
            name,
            round + 1,
            rounds,
            rival.name(),
            pair[1],
            pair[0]);
      }
    }
    List<Series> compared = new ArrayList<>(List.of(rates.get(0), plain));
    List<Series> comparedShares = new ArrayList<>(List.of(shares.get(0)));
    for (int who = 1; who < rivals.size(); who++) {
      if (!bench.isOut(rivals.get(who))) {
        compared.add(rates.get(who));
        comparedShares.add(shares.get(who));
      }
    }
    String what =
        "business transactions with " + (letters == 1 ? "one letter" : letters + " letters");
    String amount = bench.options().seconds() / 4.0 + " s";
    return List.of(
        bench.compared(
            new Subject(Group.TRANSACTIONS, name, what, amount, Unit.TRANSACTIONS_PER_SECOND),
            compared),
        bench.compared(
            new Subject(
                Group.TRANSACTIONS,
                name + "-share",
                what + ", of those without",
                amount,
                Unit.SHARE),
            comparedShares));
  }

  /** Transactions a second without letters and with them, after as long of both to warm up. */
  private double[] pair(Rival rival, int letters, boolean plainFirst) throws Exception {
    Place place = bench.site().place();
    Child child = bench.child(rival);
    child.ask("open " + place.line());
    int[] order = plainFirst ? new int[] {0, letters} : new int[] {letters, 0};
    double[] rates = new double[2];
    double share = bench.options().seconds() / 4.0;
    for (int half = 0; half < 2; half++) {
      for (int each : order) {
        bench.site().settle(place);
        double rate = Double.parseDouble(child.ask("spin " + share + " " + each + " business"));
        if (half == 1) {
          rates[each == 0 ? 0 : 1] = rate;
        }
      }
    }
    child.ask("close");
    bench.site().leave(place);
    return rates;
  }

  /** The inbox beside the same SQL by hand. */
  Comparison inbox(String name, String what, int letters, String effect) throws Exception {
    int rounds = bench.options().rounds();
    Series first = new Series("ours", null, rounds);
    Series second = new Series(Rival.INBOX_BY_HAND.name(), 0.95, rounds);
    for (int runs = 0; runs < WARM_RUNS && rounds > 1; runs++) {
      events(Rival.INBOX, letters, effect);
      events(Rival.INBOX_BY_HAND, letters, effect);
    }
    for (int round = 0; round < rounds; round++) {
      for (Rival rival : Turns.of(round, List.of(Rival.INBOX, Rival.INBOX_BY_HAND))) {
        double rate = events(rival, letters, effect);
        (rival.equals(Rival.INBOX) ? first : second).add(round, rate);
        System.err.printf(
            Locale.ROOT,
            "%s: round %d of %d, %s %,.0f/s%n",
            name,
            round + 1,
            rounds,
            rival.name(),
            rate);
      }
    }
    return bench.compared(
        new Subject(
            Group.TRANSACTIONS,
            name,
            what,
            bench.options().seconds() / 2.0 + " s",
            Unit.EVENTS_PER_SECOND),
        List.of(first, second));
  }

  private double events(Rival rival, int letters, String effect) throws Exception {
    Place place = bench.site().place();
    Child child = bench.child(rival);
    child.ask("open " + place.line());
    double seconds = bench.options().seconds() / 2.0;
    String spin = "spin " + seconds + " " + letters + " " + effect;
    child.ask(spin);
    bench.site().settle(place);
    double rate = Double.parseDouble(child.ask(spin));
    child.ask("close");
    bench.site().leave(place);
    return rate * letters;
  }
}
