package io.stagepost.benchmarks.outbox;

import io.stagepost.benchmarks.Child;
import io.stagepost.benchmarks.Report;
import io.stagepost.benchmarks.Series;
import io.stagepost.benchmarks.contestant.outbox.Place;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Transactions, one after the other, of eight threads at once: how many a second. */
final class Spin {
  private static final double LEAST_OF_PLAIN = 0.85;

  private final Bench bench;

  Spin(Bench bench) {
    this.bench = bench;
  }

  /**
   * The producer's tax: a business row alone, and the same with letters, in turns in one JVM. Our
   * row compares transactions with letters; the note has everybody's tax.
   */
  Report.Measured tax(String name, int letters, List<Rival> others, Notes notes) throws Exception {
    int rounds = bench.options().rounds();
    List<Rival> rivals = new ArrayList<>(List.of(Rival.OURS));
    rivals.addAll(others);
    List<Series> all = new ArrayList<>();
    all.add(new Series("ours", null, rounds));
    Series plain = new Series("without letters", letters == 1 ? LEAST_OF_PLAIN : null, rounds);
    others.forEach(each -> all.add(new Series(each.name(), null, rounds)));
    double[][] shares = new double[rivals.size()][rounds];
    for (int round = 0; round < rounds; round++) {
      for (int turn = 0; turn < rivals.size(); turn++) {
        int who = (round + turn) % rivals.size();
        Rival rival = rivals.get(who);
        boolean plainFirst = round % 2 == 0;
        double[] rates = bench.turn(rival, () -> pair(rival, letters, plainFirst));
        if (rates == null) {
          continue;
        }
        all.get(who).add(round, rates[1]);
        shares[who][round] = rates[1] / rates[0];
        if (who == 0) {
          plain.add(round, rates[0]);
        }
        System.err.printf(
            Locale.ROOT,
            "%s: round %d of %d, %s %,.0f/s of %,.0f/s%n",
            name,
            round + 1,
            rounds,
            rival.name(),
            rates[1],
            rates[0]);
      }
    }
    notes.table(
        name + ": transactions with letters, as a share of those without, min / median / max",
        "contestant",
        "share",
        "tax, median");
    List<Series> compared = new ArrayList<>(List.of(plain));
    for (int i = 0; i < rivals.size(); i++) {
      if (bench.isOut(rivals.get(i))) {
        continue;
      }
      if (i > 0) {
        compared.add(all.get(i));
      }
      Series.Spread share = Series.Spread.of(shares[i]);
      notes.line(
          rivals.get(i).name(),
          share.text("%.2f"),
          String.format(Locale.ROOT, "%.0f %%", 100 * (1 - share.median())));
    }
    return new Report.Measured(
        name,
        String.format(
            Locale.ROOT,
            "business transactions with %d letter%s",
            letters,
            letters == 1 ? "" : "s"),
        Report.Unit.PER_SECOND,
        all.get(0),
        compared);
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
  Report.Measured inbox(String name, String what, int letters, String effect) throws Exception {
    int rounds = bench.options().rounds();
    Series first = new Series("ours", null, rounds);
    Series second = new Series(Rival.INBOX_BY_HAND.name(), 0.95, rounds);
    for (int round = 0; round < rounds; round++) {
      List<Rival> turns = new ArrayList<>(List.of(Rival.INBOX, Rival.INBOX_BY_HAND));
      if (round % 2 == 1) {
        Collections.reverse(turns);
      }
      for (Rival rival : turns) {
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
    return new Report.Measured(name, what, Report.Unit.PER_SECOND, first, List.of(second));
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
