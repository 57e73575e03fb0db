package io.stagepost;

import static java.util.Objects.requireNonNull;

import io.stagepost.Term.Author;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What happens to events that are not simply handled: how long a handler may take, how failures are
 * told apart and retried, where dead letters and parked events go, what becomes of the expired, of
 * the unknown, of a dead letter's successors, and of what fails while something that the handlers
 * need is away. Immutable; each value knows who set it, for {@link Messaging#describe()}. What a
 * contract has set code may tighten and not loosen.
 *
 * <p>Addresses may contain {@code {channel}} and {@code {subscription}}.
 */
public final class Policy {
  /** What becomes of an event that has expired. */
  public enum Expired {
    /** It goes to the dead-letter channel. */
    DEAD_LETTER,
    /** It is settled, as though it had been handled. */
    SKIP
  }

  /** What becomes of an event that no handler is for. */
  public enum UnknownType {
    /** It goes to the dead-letter channel. */
    DEAD_LETTER,
    /** It is settled, as though it had been handled. */
    SKIP,
    /**
     * It fails, and is retried like any failure: while a new version is rolled out, another member
     * may know the type.
     */
    FAIL
  }

  /** What becomes of the later events of a key, once one of them is a dead letter. */
  public enum Successors {
    /** They are handled. */
    CONTINUE,
    /**
     * They go to the parking lot, in order, until the key is {@linkplain Subscription#release
     * released}: for handlers to which a gap does more harm than a stop. What is replayed is
     * handled all the same, since it is what the others wait for.
     */
    DIVERT
  }

  /** What becomes of an event that fails while something that its handler needs is away. */
  public enum Degradation {
    /** It is tried again for as long as that takes, in its lane, and nothing is given up. */
    WAIT,
    /** It is settled, as though it had been handled: only the log and observers tell of it. */
    SKIP,
    /** It goes to the dead-letter channel. */
    DEAD_LETTER,
    /** It goes to the parking lot. */
    PARK
  }

  private static final Policy DEFAULTS = new Policy(new Draft());

  private final Term<Duration> timeout;
  private final Term<Retry> retry;
  private final Term<Deferring> defer;
  private final Term<FailureClassifier> failures;
  private final Term<Integer> crashes;
  private final Term<String> delayAddress;
  private final Term<String> deadLetterAddress;
  private final Term<String> parkingLotAddress;
  private final Term<Successors> successors;
  private final Term<UnknownType> unknownType;
  private final Term<Expired> expired;
  private final Term<Degradation> degradation;

  /** Who sets what is set next. */
  private final Author author;

  private Policy(Draft draft) {
    this.timeout = draft.timeout;
    this.retry = draft.retry;
    this.defer = draft.defer;
    this.failures = draft.failures;
    this.crashes = draft.crashes;
    this.delayAddress = draft.delayAddress;
    this.deadLetterAddress = draft.deadLetterAddress;
    this.parkingLotAddress = draft.parkingLotAddress;
    this.successors = draft.successors;
    this.unknownType = draft.unknownType;
    this.expired = draft.expired;
    this.degradation = draft.degradation;
    this.author = draft.author;
  }

  /**
   * The safe defaults: a handler has 30 s; ten attempts within ten minutes, 200 ms to 30 s apart,
   * then the dead-letter channel {@code {channel}.{subscription}.dead-letter}, after which the key
   * goes on; expired events and unknown types go there too.
   *
   * @return the defaults
   */
  public static Policy defaults() {
    return DEFAULTS;
  }

  /**
   * The safe defaults, for a contract to say otherwise: what is set from here on until {@link
   * #agreed()} is the contract's word, which code may tighten afterwards and never loosen. Tighter
   * are a shorter timeout, fewer attempts, a lesser age, longer delays, fewer crashes, diverted
   * successors, dead letters where the contract skips, and waiting where it lets events leave;
   * addresses stay as they are. Written by what is generated from a contract.
   *
   * @return the defaults
   */
  public static Policy contract() {
    Draft draft = new Draft();
    draft.author = Author.CONTRACT;
    return new Policy(draft);
  }

  /**
   * Says where in the contract the values stand that are set next.
   *
   * @param where for {@link Messaging#describe()}, such as {@code
   *     shop.asyncapi.yaml#/operations/onOrder/x-retry}
   * @return the copy
   * @throws MessagingException {@code SP-API-040} after {@link #agreed()}, or without {@link
   *     #contract()}
   */
  public Policy at(String where) {
    Draft draft = new Draft(this);
    draft.author = author.at(requireNonNull(where, "where"));
    return new Policy(draft);
  }

  /** A copy whose setters say what an operator's overlay says. */
  Policy overlaid(String where) {
    Draft draft = new Draft(this);
    draft.author = Author.overlay(where);
    return new Policy(draft);
  }

  /**
   * Ends what the contract says.
   *
   * @return a copy whose setters refuse ({@code SP-API-041}) what is laxer than the contract
   */
  public Policy agreed() {
    Draft draft = new Draft(this);
    draft.author = Author.CODE;
    return new Policy(draft);
  }

  /**
   * A copy with another handler timeout (rule D18). An event's own {@code expirytime} may shorten
   * it (D17). When it is over the handler's thread is interrupted and its {@link Context}
   * cancelled; the key waits until that run has really ended.
   *
   * @param timeout positive
   * @return the copy
   */
  public Policy timeout(Duration timeout) {
    Retry.check(timeout.compareTo(Duration.ZERO) > 0, "timeout", timeout, "must be positive");
    Draft draft = new Draft(this);
    draft.timeout = this.timeout.set(timeout, author);
    return new Policy(draft);
  }

  /**
   * A copy that retries transient failures like this.
   *
   * @param retry backoff and its limits
   * @return the copy
   */
  public Policy retry(Retry retry) {
    Draft draft = new Draft(this);
    draft.retry = this.retry.set(requireNonNull(retry, "retry"), author);
    return new Policy(draft);
  }

  /**
   * A copy whose long retry delays leave the lane, by a durable road. A delay of at least this
   * length, computed or {@linkplain Outcome#retryAfter asked for}, is not waited for in the event's
   * lane: the event is written to the delay address, confirmed, and settled; its key goes on; when
   * it is due the subscription handles it again, also after a restart. Attempts and age go on
   * counting. Without this, every delay is spent in the lane and in memory, and a restart forgets
   * it.
   *
   * <p>What is given up by it, for the events that are deferred:
   *
   * <ul>
   *   <li>Order (rule D04): later events of the key are handled before, and two deferred ones come
   *       back by their due times. Runs of a key do not overlap in one process, but members share
   *       channel and delay address each by its own partitions, so they may overlap across members;
   *       only the inbox protects then.
   *   <li>Punctuality, when much waits: of what is deferred, each member holds as much as may be in
   *       flight ({@link Limits#inFlight}), in the order in which it was deferred, so that beyond
   *       that number a long delay may hold up a shorter one behind it. On Kafka nothing is begun
   *       that lies 20,000 offsets above the first of its partition that is not settled, either.
   *       Clocks of members should agree, within what delays may be off.
   * </ul>
   *
   * <p>What is deferred lies at the delay address for as long, so that its retention must exceed
   * the longest delay and any time for which no member runs. While the subscription probes nothing
   * is deferred. Before this is turned off again, let {@link Subscription#lag()} of the delay
   * address become 0: nobody else reads it. It is read by the group {@code <subscription>.delay}.
   *
   * @param atLeast positive, at most the retry's cap (which delays that are asked for are cut to),
   *     and less than its age limit
   * @return the copy
   */
  public Policy defer(Duration atLeast) {
    Retry.check(atLeast.compareTo(Duration.ZERO) > 0, "defer", atLeast, "must be positive");
    Draft draft = new Draft(this);
    draft.defer = defer.set(new Deferring(atLeast), author);
    return new Policy(draft);
  }

  /**
   * A copy with another delay address.
   *
   * @param address may contain {@code {channel}} and {@code {subscription}}
   * @return the copy
   */
  public Policy delayAddress(String address) {
    Draft draft = new Draft(this);
    draft.delayAddress = delayAddress.set(requireNonNull(address, "address"), author);
    return new Policy(draft);
  }

  /**
   * A copy that tells failures apart like this.
   *
   * @param failures instead of {@link FailureClassifier#defaults()}
   * @return the copy
   */
  public Policy failures(FailureClassifier failures) {
    Draft draft = new Draft(this);
    draft.failures = this.failures.set(requireNonNull(failures, "failures"), author);
    return new Policy(draft);
  }

  /**
   * A copy that bears so many crashes. When a process dies again and again without an orderly end,
   * and no progress is made, a transport that keeps evidence (Kafka's does) handles what was under
   * way one event at a time; the event that is under way when it dies again is to blame.
   *
   * @param crashes after how many such deaths an event is a dead letter; at least 1
   * @return the copy
   */
  public Policy crashes(int crashes) {
    Retry.check(crashes >= 1, "crashes", crashes, "must be at least 1");
    Draft draft = new Draft(this);
    draft.crashes = this.crashes.set(crashes, author);
    return new Policy(draft);
  }

  /**
   * A copy with another dead-letter address.
   *
   * @param address may contain {@code {channel}} and {@code {subscription}}
   * @return the copy
   */
  public Policy deadLetterAddress(String address) {
    Draft draft = new Draft(this);
    draft.deadLetterAddress = deadLetterAddress.set(requireNonNull(address, "address"), author);
    return new Policy(draft);
  }

  /**
   * A copy with another parking-lot address.
   *
   * @param address may contain {@code {channel}} and {@code {subscription}}
   * @return the copy
   */
  public Policy parkingLotAddress(String address) {
    Draft draft = new Draft(this);
    draft.parkingLotAddress = parkingLotAddress.set(requireNonNull(address, "address"), author);
    return new Policy(draft);
  }

  /**
   * A copy that treats the successors of a dead letter like this.
   *
   * @param fate continue (the default) or divert
   * @return the copy
   */
  public Policy successors(Successors fate) {
    Draft draft = new Draft(this);
    draft.successors = successors.set(requireNonNull(fate, "fate"), author);
    return new Policy(draft);
  }

  /**
   * A copy that treats events without a handler like this.
   *
   * @param fate dead-letter (the default: a forgotten handler loses nothing), skip or fail
   * @return the copy
   */
  public Policy unknownType(UnknownType fate) {
    Draft draft = new Draft(this);
    draft.unknownType = unknownType.set(requireNonNull(fate, "fate"), author);
    return new Policy(draft);
  }

  /**
   * A copy that treats expired events like this (rule D13).
   *
   * @param fate dead-letter (the default) or skip
   * @return the copy
   */
  public Policy expired(Expired fate) {
    Draft draft = new Draft(this);
    draft.expired = expired.set(requireNonNull(fate, "fate"), author);
    return new Policy(draft);
  }

  /**
   * A copy that does this while something that the handlers need is away, which is while the
   * subscription probes: more handlers have failed for transient reasons than {@linkplain
   * Limits#retryBudget its budget} bears (rule D12). An event whose handler fails then (or asks to
   * be called again, or is too slow) leaves after that one try, unless it is to wait; one that is
   * handled is handled, and three in a row end it. One event at a time is tried, the next one at
   * once when one has left.
   *
   * <p>What leaves is no longer in order with the later events of its key (rule D04), unless it is
   * a dead letter and its {@linkplain #successors successors} are diverted. What no handler has
   * tried waits all the same: an event that cannot be decoded yet, or whose type may {@linkplain
   * UnknownType#FAIL fail}; and a batch of several is taken apart first.
   *
   * @param fate wait (the default), skip, dead-letter or park; the reason is {@link
   *     FailurePolicy#DEGRADED}
   * @return the copy
   */
  public Policy degradation(Degradation fate) {
    Draft draft = new Draft(this);
    draft.degradation = degradation.set(requireNonNull(fate, "fate"), author);
    return new Policy(draft);
  }

  /**
   * How long a handler may take.
   *
   * @return positive
   */
  public Duration timeout() {
    return timeout.value();
  }

  /**
   * How transient failures are retried.
   *
   * @return backoff and its limits
   */
  public Retry retry() {
    return retry.value();
  }

  /**
   * From which length on retry delays leave the lane.
   *
   * @return empty if none does
   */
  public Optional<Duration> defer() {
    return Optional.ofNullable(defer.value().atLeast());
  }

  boolean isRetryByCode() {
    return retry.setting().layer() == Setting.Layer.CODE;
  }

  boolean defers(Duration delay) {
    Duration atLeast = defer.value().atLeast();
    return atLeast != null && delay.compareTo(atLeast) >= 0;
  }

  /**
   * Where deferred events of a channel wait.
   *
   * @param channel the channel that the event came from
   * @param subscription the subscription that deferred it
   * @return the address
   */
  public String delayAddress(String channel, String subscription) {
    return resolve(delayAddress.value(), channel, subscription);
  }

  /**
   * How failures are told apart.
   *
   * @return the classifier
   */
  public FailureClassifier failures() {
    return failures.value();
  }

  /**
   * How many crashes an event may cause.
   *
   * @return at least 1: then it is a dead letter
   */
  public int crashes() {
    return crashes.value();
  }

  /**
   * Where dead letters of a channel go.
   *
   * @param channel the channel that the event came from
   * @param subscription the subscription that could not handle it
   * @return the address
   */
  public String deadLetterAddress(String channel, String subscription) {
    return resolve(deadLetterAddress.value(), channel, subscription);
  }

  /**
   * Where parked events of a channel go.
   *
   * @param channel the channel that the event came from
   * @param subscription the subscription that parked it
   * @return the address
   */
  public String parkingLotAddress(String channel, String subscription) {
    return resolve(parkingLotAddress.value(), channel, subscription);
  }

  /**
   * What becomes of a dead letter's successors.
   *
   * @return continue or divert
   */
  public Successors successors() {
    return successors.value();
  }

  /**
   * What becomes of an event that no handler is for.
   *
   * @return dead-letter, skip or fail
   */
  public UnknownType unknownType() {
    return unknownType.value();
  }

  /**
   * What becomes of an expired event.
   *
   * @return dead-letter or skip
   */
  public Expired expired() {
    return expired.value();
  }

  /**
   * What becomes of an event that fails while something that its handler needs is away.
   *
   * @return wait, skip, dead-letter or park
   */
  public Degradation degradation() {
    return degradation.value();
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
        timeout,
        retry,
        defer,
        failures,
        crashes,
        delayAddress,
        deadLetterAddress,
        parkingLotAddress,
        successors,
        unknownType,
        expired,
        degradation);
  }

  /** Whether this is bound by all that binds another. */
  boolean keeps(Policy other) {
    return Term.keep(terms(), other.terms());
  }

  private static String resolve(String address, String channel, String subscription) {
    return address.replace("{channel}", channel).replace("{subscription}", subscription);
  }

  /** From which length on delays are deferred; null for never. */
  private record Deferring(@Nullable Duration atLeast) {
    @Override
    public String toString() {
      return atLeast == null ? "never" : "delays of " + atLeast + " and longer";
    }
  }

  /** The one mutable form, so that each setter names only what it sets. */
  private static final class Draft {
    Term<Duration> timeout = Term.atMost("handler timeout", Defaults.HANDLER_TIMEOUT);
    Term<Retry> retry = Term.byDefault("retry", Retry.defaults(), Retry::isWithin);
    Term<Deferring> defer = Term.any("defer", new Deferring(null));
    Term<FailureClassifier> failures = Term.any("failures", FailureClassifier.defaults());
    Term<Integer> crashes = Term.atMost("crashes", Defaults.CRASHES);
    Term<String> delayAddress = Term.same("delay address", "{channel}.{subscription}.delay");
    Term<String> deadLetterAddress =
        Term.same("dead-letter address", "{channel}.{subscription}.dead-letter");
    Term<String> parkingLotAddress =
        Term.same("parking-lot address", "{channel}.{subscription}.parking-lot");
    Term<Successors> successors =
        Term.byDefault(
            "successors of dead letters",
            Successors.CONTINUE,
            (one, other) -> one == other || one == Successors.DIVERT);
    Term<UnknownType> unknownType =
        Term.byDefault(
            "unknown event type",
            UnknownType.DEAD_LETTER,
            (one, other) -> one == other || one != UnknownType.SKIP);
    Term<Expired> expired =
        Term.byDefault(
            "expired event",
            Expired.DEAD_LETTER,
            (one, other) -> one == other || one == Expired.DEAD_LETTER);
    Term<Degradation> degradation =
        Term.byDefault(
            "degradation",
            Degradation.WAIT,
            (one, other) -> one == other || one == Degradation.WAIT || other == Degradation.SKIP);

    Author author = Author.CODE;

    Draft() {}

    Draft(Policy from) {
      timeout = from.timeout;
      retry = from.retry;
      defer = from.defer;
      failures = from.failures;
      crashes = from.crashes;
      delayAddress = from.delayAddress;
      deadLetterAddress = from.deadLetterAddress;
      parkingLotAddress = from.parkingLotAddress;
      successors = from.successors;
      unknownType = from.unknownType;
      expired = from.expired;
      degradation = from.degradation;
      author = from.author;
    }
  }
}
