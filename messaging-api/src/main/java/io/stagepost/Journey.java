package io.stagepost;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import io.stagepost.internal.engine.Passage;
import io.stagepost.internal.engine.Passage.Next;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Inbox;
import io.stagepost.spi.Observer.Ending;
import io.stagepost.spi.UnansweredException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One delivery on the road; what it remembers from try to try. */
final class Journey extends Passage {
  private static final Logger LOG = System.getLogger("io.stagepost.Subscription");

  private static final CompletionStage<Next> DONE = CompletableFuture.completedFuture(Next.done());
  private static final CompletionStage<Next> AGAIN =
      CompletableFuture.completedFuture(new Next.Again(Duration.ZERO));

  /** Too much is uncompressed already; those that hold it end. */
  private static final CompletionStage<Next> NO_ROOM =
      CompletableFuture.completedFuture(new Next.Again(Duration.ofMillis(10)));

  private static final CompletionStage<Next> GIVEN_UP =
      CompletableFuture.completedFuture(Next.givenUp());

  private final ConsumeRoad road;
  private final Preparation preparation = new Preparation();
  private int attempt;

  /** How often its codec had no answer. */
  private int unanswered;

  private long begun;
  private @Nullable CloudEvent cloudEvent;
  private Inbox.@Nullable Entry entry;
  private @Nullable Instant firstFailure;

  /** The age at its first failure, as the clock tells it that stands still while probing. */
  private long firstFailureAt;

  /** The run of its handler, for the watchdog; null while none runs. */
  private volatile @Nullable Context run;

  /** The batch that it waits in or is handled in; null while it is in none. */
  private volatile Batches.@Nullable Member member;

  /** Where it is to go, once it is decided that it leaves: from then on only that is tried. */
  private @Nullable Leaving leaving;

  Journey(ConsumeRoad road, Delivery delivery) {
    super(delivery);
    this.road = road;
    Deferred.Return back = delivery instanceof Deferred deferred ? deferred.comesBack() : null;
    if (back != null) {
      attempt = back.attempts();
      firstFailure = back.firstFailure();
      Duration sinceDue = Duration.between(back.due(), road.clock.instant());
      firstFailureAt = standingStill() - Context.nanos(back.age().plus(sinceDue));
    }
  }

  // ---- diverted?, crashed?, decode, expired?

  @Override
  protected CompletionStage<Next> travel() {
    Leaving decided = leaving;
    if (decided != null) {
      return leave(decided);
    }
    countTry();
    tellStarted();
    try {
      if (delivery() instanceof Deferred deferred && deferred.isOfAnother(road.subscription)) {
        return left(Ending.SKIPPED, "another subscription has deferred it", GIVEN_UP);
      }
      if (isDiverted()) {
        return park(FailurePolicy.KEY_DIVERTED, null);
      }
      if (isDeadly()) {
        attempt = delivery().crashes();
        return deadLetter(FailurePolicy.CRASHED, null);
      }
      CloudEvent event = decoded();
      if (road.rules.parks(event.getType())) {
        return park(FailurePolicy.REROUTED, null);
      }
      Registration<?> registration = road.registrations.get(event.getType());
      return registration == null ? unknownType(event) : handle(registration, event);
    } catch (UnansweredException noAnswer) {
      return unanswered(noAnswer);
    } catch (Throwable failure) {
      return failed(failure, null, false);
    }
  }

  /** What somebody has sent again is no successor that comes along: it is what they wait for. */
  private boolean isDiverted() {
    return road.diversions != null
        && delivery().message().header(FailureHeaders.REPLAYS) == null
        && road.diversions.contains(delivery());
  }

  /** It cannot be read yet, through no fault of its own: attempts and age stand still. */
  private CompletionStage<Next> unanswered(UnansweredException noAnswer) {
    unanswered++;
    Failure failure =
        new Failure(
            road.subscription,
            cloudEvent == null ? URI.create("") : cloudEvent.getSource(),
            id(),
            unanswered,
            Duration.ZERO,
            FailureKind.TRANSIENT,
            null,
            true,
            false);
    return carryOut(FailurePolicy.decide(road.rules.policy(), failure), noAnswer, true);
  }

  void countTry() {
    attempt++;
    begun = road.observers.any() ? road.ticker.getAsLong() : 0;
  }

  void tellStarted() {
    road.observers.started(road.subscription, delivery(), attempt);
  }

  /** Whether the process has died of it once too often. */
  private boolean isDeadly() {
    return delivery().crashes() >= road.rules.policy().crashes();
  }

  private CloudEvent decoded() {
    CloudEvent event = cloudEvent;
    if (event == null) {
      event = road.transport.decode(delivery());
      cloudEvent = event;
    }
    return event;
  }

  private CompletionStage<Next> unknownType(CloudEvent event) {
    if (road.skipped.contains(event.getType())) {
      return left(Ending.SKIPPED, "it is for others", GIVEN_UP);
    }
    String detail = "no handler for " + event.getType();
    return switch (road.rules.policy().unknownType()) {
      case SKIP -> left(Ending.SKIPPED, detail, GIVEN_UP); // nothing was tried, so it is no success
      case DEAD_LETTER -> deadLetter(FailurePolicy.UNKNOWN_TYPE, null);
      case FAIL ->
          failed(
              new MessagingException(
                  "SP-API-020",
                  this + ": " + detail + ". Add one, or set the policy for unknown types."),
              null,
              false);
    };
  }

  CompletionStage<Next> expired(Instant expiry) {
    return switch (road.rules.policy().expired()) {
      case SKIP -> left(Ending.EXPIRED, "expired at " + expiry, GIVEN_UP);
      case DEAD_LETTER -> deadLetter(FailurePolicy.EXPIRED, null);
    };
  }

  // ---- duplicate?, handle

  private <T> CompletionStage<Next> handle(Registration<T> registration, CloudEvent decoded) {
    long inflated = DataEncoding.inflated(decoded);
    if (inflated == 0) {
      return handlePlain(registration, decoded);
    }
    if (!road.inflated.take(inflated)) {
      var unused = sentBack();
      return NO_ROOM;
    }
    CompletionStage<Next> next;
    try {
      next = handlePlain(registration, decoded);
    } catch (Throwable failure) {
      road.inflated.giveBack(inflated);
      throw failure;
    }
    return next.whenComplete((done, fault) -> road.inflated.giveBack(inflated));
  }

  private <T> CompletionStage<Next> handlePlain(Registration<T> registration, CloudEvent decoded) {
    Event<T> event = payload(registration, decoded);
    if (event == null) {
      return sentBack();
    }
    if (registration.once()) {
      entry = entry(event);
    }
    Instant expiry = event.worthUntil();
    if (expiry != null && isOver(expiry)) {
      return expired(expiry);
    }
    if (registration.batch() != null) {
      return road.batches.of(registration).join(this, event, expiry);
    }
    Context context = start(timeout(expiry), decoded);
    if (!delivery().assignment().isHeld()) {
      // Lost before it could be seen to run, so nobody has cancelled it: it is not begun.
      ended(context, null);
      tell(Ending.RETRIED, null);
      return AGAIN;
    }
    CompletableFuture<Outcome> outcome;
    try {
      outcome = call(registration.handler(), event, context);
    } catch (Deduplicated.Busy busy) {
      ended(context, null);
      return sentBack(busy.left());
    } catch (Throwable failure) {
      return failed(ended(context, failure), null, true);
    }
    if (outcome.isDone() && !outcome.isCompletedExceptionally()) {
      ended(context, null);
      return decide(outcome.join(), context.wasCalled());
    }
    // What follows may block (the inbox), so it leaves the thread that completed the handler.
    return outcome
        .handleAsync(
            (value, failure) -> {
              Throwable cause = ended(context, unwrap(failure));
              return cause == null ? decide(value, context.wasCalled()) : failed(cause, null, true);
            },
            road.executor)
        .thenCompose(next -> next);
  }

  /** Null if it is not to be handled any more. */
  private <T> @Nullable Event<T> payload(Registration<T> registration, CloudEvent decoded) {
    if (!preparation.begin()) {
      return null;
    }
    try {
      return registration.decode(decoded, delivery().message().headers());
    } finally {
      preparation.end();
    }
  }

  boolean isOver(Instant expiry) {
    return !road.clock.instant().isBefore(expiry);
  }

  private <T> Inbox.Entry entry(Event<T> event) {
    String businessKey = event.type().idempotencyKeyOf(event.data());
    return new Inbox.Entry(
        road.subscription,
        event.source(),
        event.id(),
        businessKey == null ? null : event.type().type() + ":" + businessKey,
        timeOf(event));
  }

  /** The event's own; else the broker's, of the message that was published first. */
  private @Nullable Instant timeOf(Event<?> event) {
    OffsetDateTime time = event.time();
    if (time != null) {
      return time.toInstant();
    }
    byte[] first = delivery().message().header(FailureHeaders.ORIGIN_TIME);
    try {
      return first == null ? delivery().origin().time() : Instant.parse(new String(first, UTF_8));
    } catch (DateTimeParseException notOurs) {
      return delivery().origin().time();
    }
  }

  Duration timeout(@Nullable Instant expiry) {
    Duration timeout = road.rules.policy().timeout();
    if (expiry == null) {
      return timeout;
    }
    Duration left = Duration.between(road.clock.instant(), expiry);
    return left.compareTo(timeout) < 0 ? left : timeout;
  }

  /** The handler begins; from now on the watchdog sees it. */
  Context start(Duration timeout, @Nullable CloudEvent cause) {
    Context context =
        new Context(road.subscription, attempt, delivery(), cause, entry, road.ticker, timeout);
    run = context;
    road.watchdog.watch(context.watchAt());
    return context;
  }

  private <T> CompletableFuture<Outcome> call(
      Handler.Async<T> handler, Event<T> event, Context context) throws Exception {
    context.enter();
    try {
      return required(handler.handle(event, context), "a stage").toCompletableFuture();
    } finally {
      context.leave();
    }
  }

  /** The handler has ended. Its failure after a cancellation is the cancellation's. */
  @Nullable Throwable ended(@Nullable Context context, @Nullable Throwable failure) {
    run = null;
    String cancelled = context == null ? null : context.end();
    return failure == null || cancelled == null
        ? failure
        : new MessagingException(
            "SP-API-021",
            this
                + ": its handler was cancelled, since "
                + cancelled
                + ". Make it faster, or its timeout longer.",
            failure);
  }

  // ---- handle, in a batch

  @Override
  protected @Nullable CompletionStage<Next> follow(Passage ahead) {
    Batches.Member front = ((Journey) ahead).member;
    if (front == null || leaving != null || isDeadly() || !delivery().assignment().isHeld()) {
      return null;
    }
    Registration<?> registration;
    try {
      String type = decoded().getType();
      registration = road.rules.parks(type) ? null : road.registrations.get(type);
    } catch (Throwable failure) {
      return null; // it fails the same way when its own turn comes
    }
    return registration == null || registration.batch() == null
        ? null
        : follow(registration, front);
  }

  private <T> @Nullable CompletionStage<Next> follow(
      Registration<T> registration, Batches.Member front) {
    long inflated = DataEncoding.inflated(decoded());
    if (inflated == 0) {
      return followPlain(registration, front);
    }
    if (!road.inflated.take(inflated)) {
      return null;
    }
    CompletionStage<Next> next = followPlain(registration, front);
    if (next == null) {
      road.inflated.giveBack(inflated);
      return null;
    }
    return next.whenComplete((done, fault) -> road.inflated.giveBack(inflated));
  }

  private <T> @Nullable CompletionStage<Next> followPlain(
      Registration<T> registration, Batches.Member front) {
    Event<T> event;
    Instant expiry;
    try {
      event = payload(registration, decoded());
      if (event != null && registration.once()) {
        entry = entry(event);
      }
      expiry = event == null ? null : event.worthUntil();
    } catch (Throwable failure) {
      return null; // as above
    }
    return event == null || (expiry != null && isOver(expiry))
        ? null
        : road.batches.of(registration).follow(this, event, expiry, front);
  }

  /** It has joined a batch, first or behind another of its lane; this try began with that. */
  void joined(Batches.Member joined) {
    member = joined;
  }

  @Override
  protected boolean isGathering() {
    return member != null;
  }

  /** What the inbox knows it by; null without an inbox. */
  Inbox.@Nullable Entry entry() {
    return entry;
  }

  /** What became of it in a batch of the inbox, which has not called the handler for a skip. */
  CompletionStage<Next> cameTo(Outcome outcome) {
    return decide(outcome, false);
  }

  void leftBatch() {
    member = null;
  }

  /** The run of the batch that it is handled in; null once that has ended. */
  void runs(@Nullable Context batch) {
    run = batch;
  }

  /** It was not handled, through no fault of its own, so this try does not count. */
  CompletionStage<Next> sentBack() {
    return sentBack(Duration.ZERO);
  }

  private CompletionStage<Next> sentBack(Duration delay) {
    tell(Ending.RETRIED, null);
    attempt--;
    return CompletableFuture.completedFuture(new Next.Again(delay));
  }

  // ---- decide

  private CompletionStage<Next> decide(@Nullable Outcome outcome, boolean called) {
    if (outcome == null) {
      return failed(noneGiven("an outcome"), null, true);
    }
    if (outcome instanceof Outcome.RetryAfter retry) {
      return failed(null, retry.delay(), true);
    }
    if (outcome instanceof Outcome.DeadLetter dead) {
      return deadLetter(dead.reason(), null);
    }
    if (outcome instanceof Outcome.Park park) {
      return park(park.reason(), null);
    }
    if (outcome instanceof Outcome.Skip skip) {
      boolean duplicate = entry != null && !called;
      return left(duplicate ? Ending.DUPLICATE : Ending.SKIPPED, skip.reason(), DONE);
    }
    return done();
  }

  /** Its handler, or the way to it, has failed. */
  private CompletionStage<Next> failed(
      @Nullable Throwable failure, @Nullable Duration requested, boolean byHandler) {
    FailureKind kind = kindOf(failure);
    boolean probing = kind == FailureKind.TRANSIENT && road.budget.failed();
    return carryOut(decision(kind, probing, requested, byHandler), failure, probing);
  }

  FailureKind kindOf(@Nullable Throwable failure) {
    if (failure == null || isOurs(failure, "SP-API-021")) {
      return FailureKind.TRANSIENT;
    }
    return isOurs(failure, "SP-API-013")
        ? FailureKind.PERMANENT
        : road.rules.policy().failures().kindOf(failure);
  }

  Decision decision(
      FailureKind kind, boolean probing, @Nullable Duration requested, boolean byHandler) {
    return FailurePolicy.decide(
        road.rules.policy(),
        new Failure(
            road.subscription,
            cloudEvent == null ? URI.create("") : cloudEvent.getSource(),
            id(),
            attempt,
            age(),
            kind,
            requested,
            probing,
            // A handler that was cancelled since it was lost says nothing of what it calls.
            byHandler && delivery().assignment().isHeld()));
  }

  CompletionStage<Next> carryOut(Decision decision, @Nullable Throwable failure, boolean probing) {
    if (decision instanceof Decision.DeadLetter dead) {
      return deadLetter(dead.reason(), failure);
    }
    if (decision instanceof Decision.Park park) {
      return park(park.reason(), failure);
    }
    if (decision instanceof Decision.Skip skip) {
      return skip(skip.reason(), failure);
    }
    if (decision instanceof Decision.Defer defer) {
      return defer(defer.delay(), failure);
    }
    Decision.Retry retry = (Decision.Retry) decision;
    LOG.log(
        Level.DEBUG,
        () -> this + " failed at attempt " + attempt + "; again in " + retry.delay(),
        failure);
    tell(Ending.RETRIED, failure);
    if (probing) {
      attempt--; // attempts and age stand still (rule D12)
    }
    return CompletableFuture.completedFuture(new Next.Again(retry.delay()));
  }

  // ---- settle: done, or written to another address first

  CompletionStage<Next> done() {
    if (LOG.isLoggable(Level.DEBUG)) {
      LOG.log(Level.DEBUG, "{0} handled at attempt {1}", this, attempt);
    }
    tell(Ending.SUCCEEDED, null);
    return DONE;
  }

  private CompletionStage<Next> left(Ending ending, String detail, CompletionStage<Next> next) {
    if (LOG.isLoggable(Level.DEBUG)) {
      LOG.log(Level.DEBUG, "{0} needs no handling: {1}", this, detail);
    }
    tell(ending, null);
    return next;
  }

  private CompletionStage<Next> deadLetter(String reason, @Nullable Throwable failure) {
    String address = road.rules.policy().deadLetterAddress(delivery().address(), road.subscription);
    return leave(givenUp(Leaving.Where.DEAD_LETTERS, address, reason, failure));
  }

  private CompletionStage<Next> park(String reason, @Nullable Throwable failure) {
    String address = road.rules.policy().parkingLotAddress(delivery().address(), road.subscription);
    return leave(givenUp(Leaving.Where.PARKING_LOT, address, reason, failure));
  }

  /** It failed, and is let go: this line and the observers are all that will tell of it. */
  private CompletionStage<Next> skip(String reason, @Nullable Throwable failure) {
    LOG.log(
        Level.WARNING,
        () ->
            String.format(
                "%s skipped at attempt %d: %s%s",
                this, attempt, reason, failure == null ? "" : ", " + failure));
    tell(Ending.SKIPPED, failure);
    return GIVEN_UP;
  }

  private Leaving givenUp(
      Leaving.Where where, String address, String reason, @Nullable Throwable failure) {
    return Leaving.givenUp(where, address, reason, attempt, firstFailure(), failure);
  }

  /** Out of the lane until then, by the delay address. */
  private CompletionStage<Next> defer(Duration delay, @Nullable Throwable failure) {
    return leave(
        Leaving.deferred(
            road.rules.policy().delayAddress(delivery().address(), road.subscription),
            new Deferred.Return(
                road.clock.instant().plus(delay), attempt, firstFailure(), age().plus(delay)),
            failure));
  }

  /** Writes it elsewhere and settles it only when that is confirmed (rule D06); else again. */
  private CompletionStage<Next> leave(Leaving what) {
    leaving = what;
    return what.write(road, delivery(), entry)
        .handle((written, problem) -> written(what, written, unwrap(problem)));
  }

  private Next written(
      Leaving what, Leaving.@Nullable Written written, @Nullable Throwable problem) {
    if (problem != null) {
      Duration delay = road.rules.policy().retry().bound(what.tries);
      LOG.log(
          Level.ERROR,
          () ->
              String.format(
                  "SP-API-014 %s could not be %s to %s, so it waits, and its key with it; again"
                      + " in %s. The cause says what to mend.",
                  this, what.where.verb, what.address, delay),
          problem);
      if (what.reason.equals(FailurePolicy.DEGRADED) && !isItsOwnFault(problem)) {
        // Nothing is wrong with it: what its handler needs may be back before what this needs.
        leaving = null;
        tell(Ending.RETRIED, problem);
        attempt--;
      }
      return new Next.Again(delay);
    }
    if (written == Leaving.Written.NEEDLESS) {
      tell(Ending.DUPLICATE, null);
      return Next.givenUp();
    }
    if (road.diversions != null && what.where == Leaving.Where.DEAD_LETTERS) {
      road.diversions.add(delivery());
    }
    LOG.log(
        what.where == Leaving.Where.DELAY ? Level.DEBUG : Level.WARNING,
        () ->
            String.format(
                "%s %s to %s at attempt %d: %s",
                this, what.where.verb, what.address, what.attempts, what.reason),
        what.failure);
    tell(what.where.ending, what.failure);
    return Next.givenUp();
  }

  @Override
  protected void settle() {
    super.settle();
    road.observers.settled(road.subscription, delivery());
  }

  // ---- what is known

  @Override
  protected void stopPreparing() {
    preparation.stop();
  }

  @Override
  protected void cancel(String reason) {
    Context running = run;
    if (running != null) {
      running.cancel(reason);
    }
  }

  @Nullable Context run() {
    return run;
  }

  private void tell(Ending ending, @Nullable Throwable failure) {
    if (road.observers.any()) {
      road.observers.ended(
          road.subscription, delivery(), attempt, ending, road.ticker.getAsLong() - begun, failure);
    }
  }

  /** How long ago it failed first, the time spent probing left out. */
  private Duration age() {
    long now = standingStill();
    if (firstFailure == null) {
      firstFailure = road.clock.instant();
      firstFailureAt = now;
    }
    return Duration.ofNanos(now - firstFailureAt);
  }

  /** When it failed first: now, if it has not before. */
  private Instant firstFailure() {
    age();
    return requireNonNull(firstFailure);
  }

  /** The time in nanoseconds, as the clock tells it that stands still while probing. */
  private long standingStill() {
    return road.ticker.getAsLong() - road.budget.stoodStill();
  }

  private String id() {
    return cloudEvent == null ? delivery().origin().position() : cloudEvent.getId();
  }

  @Override
  public String toString() {
    return road.subscription + ": event " + id() + " of " + delivery().assignment();
  }

  private static boolean isOurs(Throwable failure, String code) {
    return failure instanceof MessagingException ours && ours.code().equals(code);
  }

  private static boolean isItsOwnFault(Throwable problem) {
    return problem instanceof PublishRejectedException rejected
        && rejected.fault() == PublishRejectedException.Fault.MESSAGE;
  }

  private static <V> V required(@Nullable V value, String what) {
    if (value == null) {
      throw noneGiven(what);
    }
    return value;
  }

  private static MessagingException noneGiven(String what) {
    return new MessagingException(
        "SP-API-013",
        "A handler returned null instead of " + what + "; return an Outcome, such as done().");
  }

  static @Nullable Throwable unwrap(@Nullable Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }
}
