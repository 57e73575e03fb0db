package io.stagepost;

import static java.util.Objects.requireNonNull;

import io.stagepost.Term.Author;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How much a subscription takes on at once. Immutable; each value knows who set it, for {@link
 * Messaging#describe()}.
 */
public final class Limits {
  /** Where blocking handlers run. */
  public enum Threads {
    /** On virtual threads from Java 24, where they no longer pin; on a bounded pool before. */
    AUTOMATIC,
    /**
     * On virtual threads: from Java 21. Handlers should not block while in {@code synchronized}.
     */
    VIRTUAL,
    /** On a pool of as many platform threads as the concurrency allows handlers. */
    PLATFORM
  }

  /**
   * How many transient failures are borne before the subscription probes (rule D12).
   *
   * @param share of the successes of the last minute; not negative
   * @param atLeast how many a minute are always borne, however few succeed; not negative
   */
  public record RetryBudget(double share, int atLeast) {
    /**
     * Checks the bounds.
     *
     * @param share of the successes of the last minute
     * @param atLeast how many a minute are always borne
     */
    public RetryBudget {
      Retry.check(share >= 0, "share", share, "must not be negative");
      Retry.check(atLeast >= 0, "atLeast", atLeast, "must not be negative");
    }

    @Override
    public String toString() {
      return share + " of successes, at least " + atLeast + ", in " + Defaults.RETRY_WINDOW;
    }
  }

  private static final Limits DEFAULTS = new Limits(new Draft());

  private final Term<Integer> concurrency;
  private final Term<Integer> inFlight;
  private final Term<Long> inFlightBytes;
  private final Term<Double> laneShare;
  private final Term<Double> rate;
  private final Term<RetryBudget> retryBudget;
  private final Term<Duration> drain;
  private final Term<Threads> threads;

  /** Who sets what is set next. */
  private final Author author;

  private Limits(Draft draft) {
    this.concurrency = draft.concurrency;
    this.inFlight = draft.inFlight;
    this.inFlightBytes = draft.inFlightBytes;
    this.laneShare = draft.laneShare;
    this.rate = draft.rate;
    this.retryBudget = draft.retryBudget;
    this.drain = draft.drain;
    this.threads = draft.threads;
    this.author = draft.author;
  }

  /**
   * The safe defaults: 16 handlers at once, 1,000 events or 64 MiB in flight, a quarter of them in
   * one lane, no limit of rate, a retry budget of a fifth of the successes, 30 s to drain.
   *
   * @return the defaults
   */
  public static Limits defaults() {
    return DEFAULTS;
  }

  /**
   * The safe defaults, for a contract to say otherwise: as {@link Policy#contract()}. Tighter is
   * what is less.
   *
   * @return the defaults
   */
  public static Limits contract() {
    Draft draft = new Draft();
    draft.author = Author.CONTRACT;
    return new Limits(draft);
  }

  /**
   * Says where in the contract the values stand that are set next.
   *
   * @param where for {@link Messaging#describe()}
   * @return the copy
   * @throws MessagingException {@code SP-API-040} after {@link #agreed()}, or without {@link
   *     #contract()}
   */
  public Limits at(String where) {
    Draft draft = new Draft(this);
    draft.author = author.at(requireNonNull(where, "where"));
    return new Limits(draft);
  }

  /** A copy whose setters say what an operator's overlay says. */
  Limits overlaid(String where) {
    Draft draft = new Draft(this);
    draft.author = Author.overlay(where);
    return new Limits(draft);
  }

  /**
   * Ends what the contract says.
   *
   * @return a copy whose setters refuse ({@code SP-API-041}) what is laxer than the contract
   */
  public Limits agreed() {
    Draft draft = new Draft(this);
    draft.author = Author.CODE;
    return new Limits(draft);
  }

  /**
   * A copy with another concurrency.
   *
   * @param handlers how many handlers run at once, at least 1; asynchronous ones count until their
   *     stage completes, a batch counts as one
   * @return the copy
   */
  public Limits concurrency(int handlers) {
    Retry.check(handlers >= 1, "concurrency", handlers, "must be at least 1");
    Draft draft = new Draft(this);
    draft.concurrency = concurrency.set(handlers, author);
    return new Limits(draft);
  }

  /**
   * A copy with another bound of events in flight, that is received and not yet settled (rule D09).
   *
   * @param events at least 1
   * @return the copy
   */
  public Limits inFlight(int events) {
    Retry.check(events >= 1, "inFlight", events, "must be at least 1");
    Draft draft = new Draft(this);
    draft.inFlight = inFlight.set(events, author);
    return new Limits(draft);
  }

  /**
   * A copy with another bound of bytes in flight. One event larger than the bound is handled alone.
   * Events that came compressed count as they came; what they come to is held only while they are
   * handled, or wait in a batch, and has the same bound once more, for itself.
   *
   * @param bytes at least 1
   * @return the copy
   */
  public Limits inFlightBytes(long bytes) {
    Retry.check(bytes >= 1, "inFlightBytes", bytes, "must be at least 1");
    Draft draft = new Draft(this);
    draft.inFlightBytes = inFlightBytes.set(bytes, author);
    return new Limits(draft);
  }

  /**
   * A copy with another share of the events in flight that one key may hold, so that a hot key
   * starves nobody.
   *
   * @param share above 0, at most 1
   * @return the copy
   */
  public Limits laneShare(double share) {
    Retry.check(share > 0 && share <= 1, "laneShare", share, "must be above 0 and at most 1");
    Draft draft = new Draft(this);
    draft.laneShare = laneShare.set(share, author);
    return new Limits(draft);
  }

  /**
   * A copy with a limit of rate: a token bucket that holds a tenth of a second's worth.
   *
   * @param tries how many tries to handle an event may start in a second, positive; infinite (the
   *     default) for no limit
   * @return the copy
   */
  public Limits rate(double tries) {
    Retry.check(tries > 0, "rate", tries, "must be positive");
    Draft draft = new Draft(this);
    draft.rate = rate.set(tries, author);
    return new Limits(draft);
  }

  /**
   * A copy with another retry budget (rule D12).
   *
   * @param budget how many transient failures are borne
   * @return the copy
   */
  public Limits retryBudget(RetryBudget budget) {
    Draft draft = new Draft(this);
    draft.retryBudget = retryBudget.set(requireNonNull(budget, "budget"), author);
    return new Limits(draft);
  }

  /**
   * A copy with another time that closing, or handing over to another member, waits for running
   * handlers (rules D04, D10).
   *
   * @param timeout not negative
   * @return the copy
   */
  public Limits drain(Duration timeout) {
    Retry.check(!timeout.isNegative(), "drain", timeout, "must not be negative");
    Draft draft = new Draft(this);
    draft.drain = drain.set(timeout, author);
    return new Limits(draft);
  }

  /**
   * A copy whose blocking handlers run on other threads. It does not matter where {@link
   * Messaging.Builder#executor} says where they run.
   *
   * @param threads automatic unless told otherwise
   * @return the copy
   */
  public Limits threads(Threads threads) {
    Draft draft = new Draft(this);
    draft.threads = this.threads.set(requireNonNull(threads, "threads"), author);
    return new Limits(draft);
  }

  /**
   * How many handlers run at once.
   *
   * @return at least 1
   */
  public int concurrency() {
    return concurrency.value();
  }

  /**
   * How many events are in flight at most.
   *
   * @return at least 1
   */
  public int inFlight() {
    return inFlight.value();
  }

  /**
   * How many bytes are in flight at most.
   *
   * @return at least 1
   */
  public long inFlightBytes() {
    return inFlightBytes.value();
  }

  /**
   * How many events one lane holds at most: its share of the events in flight, at least 1.
   *
   * @return at least 1
   */
  public int laneCapacity() {
    return Math.max(1, (int) (laneShare.value() * inFlight.value()));
  }

  /**
   * How many tries may start in a second.
   *
   * @return positive; infinite if there is no limit
   */
  public double rate() {
    return rate.value();
  }

  /**
   * How many transient failures are borne.
   *
   * @return the budget
   */
  public RetryBudget retryBudget() {
    return retryBudget.value();
  }

  /**
   * How long closing waits for running handlers.
   *
   * @return not negative
   */
  public Duration drain() {
    return drain.value();
  }

  /**
   * Where blocking handlers run.
   *
   * @return never null
   */
  public Threads threads() {
    return threads.value();
  }

  /**
   * All settings, with who set them.
   *
   * @return in a fixed order
   */
  public List<Setting<?>> settings() {
    return terms().map(Term::setting).collect(Collectors.toUnmodifiableList());
  }

  private Stream<Term<?>> terms() {
    return Stream.of(
        concurrency, inFlight, inFlightBytes, laneShare, rate, retryBudget, drain, threads);
  }

  /** Whether these are bound by all that binds others. */
  boolean keeps(Limits other) {
    return Term.keep(terms(), other.terms());
  }

  /** The one mutable form, so that each setter names only what it sets. */
  private static final class Draft {
    Term<Integer> concurrency = Term.atMost("concurrency", Defaults.CONCURRENCY);
    Term<Integer> inFlight = Term.atMost("in flight", Defaults.IN_FLIGHT);
    Term<Long> inFlightBytes = Term.atMost("in flight (bytes)", Defaults.IN_FLIGHT_BYTES);
    Term<Double> laneShare = Term.atMost("lane share", Defaults.LANE_SHARE);
    Term<Double> rate = Term.atMost("rate (tries a second)", Double.POSITIVE_INFINITY);
    Term<RetryBudget> retryBudget =
        Term.any(
            "retry budget",
            new RetryBudget(Defaults.RETRY_BUDGET_SHARE, Defaults.RETRY_BUDGET_AT_LEAST));
    Term<Duration> drain = Term.any("drain", Defaults.DRAIN);
    Term<Threads> threads = Term.any("handlers' threads", Threads.AUTOMATIC);

    Author author = Author.CODE;

    Draft() {}

    Draft(Limits from) {
      concurrency = from.concurrency;
      inFlight = from.inFlight;
      inFlightBytes = from.inFlightBytes;
      laneShare = from.laneShare;
      rate = from.rate;
      retryBudget = from.retryBudget;
      drain = from.drain;
      threads = from.threads;
      author = from.author;
    }
  }
}
