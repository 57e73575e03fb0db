package io.stagepost.samples.shop.launcher;

import io.stagepost.samples.shop.Line;
import io.stagepost.samples.shop.OrderLineFile;
import io.stagepost.samples.shop.UnusableInputException;
import io.stagepost.samples.shop.Verdict;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The file that a run takes in.
 *
 * @param lines how many lines it has, the header not counted
 * @param lineThatFails the number of the line that is to fail for good; 0 for none
 */
record Input(long lines, long lineThatFails) {
  static Input of(Options options) throws UnusableInputException {
    long lines = OrderLineFile.count(options.input());
    if (options.faultSeed().isEmpty()) {
      return new Input(lines, 0);
    }
    List<Long> candidates = acceptedLines(options);
    if (candidates.isEmpty()) {
      throw new UnusableInputException(
          options.input() + ": no line in it is accepted, and one of these is to fail");
    }
    return new Input(lines, FaultPlan.lineThatFails(options.faultSeed().getAsLong(), candidates));
  }

  private static List<Long> acceptedLines(Options options) throws UnusableInputException {
    List<Long> accepted = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    try (OrderLineFile file = OrderLineFile.open(options.input())) {
      for (Line line = file.next(); line != null; line = file.next()) {
        if (seen.add(line.fingerprint())
            && line instanceof Line.Ordered ordered
            && Verdict.on(ordered.order()) == Verdict.ACCEPTED) {
          accepted.add(line.lineNo());
        }
      }
    }
    return accepted;
  }
}
