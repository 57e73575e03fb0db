package io.stagepost.samples.shop;

import io.stagepost.Handler;
import io.stagepost.Outcome;
import java.sql.Connection;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;

/**
 * Lets handlers fail on purpose, for the command's {@code --faults}. Which lines' events fail is a
 * function of the seed: one in fifty fails once in each process, after all that its handler did,
 * and the one that is named fails for good. Thread-safe.
 */
final class InjectedFaults {
  /** The reason of the dead letter that the one line becomes. */
  static final String REASON = "injected";

  /** No faults. */
  static final InjectedFaults NONE = new InjectedFaults(0, 0, 0);

  private static final int ONE_IN = 50;

  private final int oneIn;
  private final long seed;
  private final long lineThatFails;
  private final Set<Long> failed = ConcurrentHashMap.newKeySet();

  /**
   * Faults of a seed.
   *
   * @param lineThatFails the number of the line that fails for good; 0 for none
   */
  InjectedFaults(long seed, long lineThatFails) {
    this(ONE_IN, seed, lineThatFails);
  }

  private InjectedFaults(int oneIn, long seed, long lineThatFails) {
    this.oneIn = oneIn;
    this.seed = seed;
    this.lineThatFails = lineThatFails;
  }

  /** A handler failed on purpose; trying again helps. */
  static final class InjectedFaultException extends Exception {
    private static final long serialVersionUID = 1L;

    InjectedFaultException(long lineNo) {
      super("line " + lineNo + " fails once, on purpose");
    }
  }

  /** The handler, with these faults. */
  <T> Handler.TransactionalDeciding<T, Connection> in(
      ToLongFunction<T> lineNo, Handler.TransactionalDeciding<T, Connection> handler) {
    return (event, db, context) -> {
      long line = lineNo.applyAsLong(event.data());
      if (line == lineThatFails) {
        return Outcome.deadLetter(REASON);
      }
      Outcome outcome = handler.handle(event, db, context);
      if (failsOnce(line) && failed.add(line)) {
        throw new InjectedFaultException(line);
      }
      return outcome;
    };
  }

  boolean failsOnce(long line) {
    return oneIn > 0 && new SplittableRandom(seed * 1_000_003 + line).nextInt(oneIn) == 0;
  }
}
