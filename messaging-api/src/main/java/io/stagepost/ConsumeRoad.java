package io.stagepost;

import io.cloudevents.CloudEvent;
import io.stagepost.internal.engine.Passage;
import io.stagepost.internal.engine.Passage.Next;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Inbox;
import io.stagepost.spi.Sender;
import io.stagepost.spi.Transport;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The consume road, top to bottom. The engine admits a delivery into the lane of its key and then
 * sends it down here, one at a time per lane:
 *
 * <pre>
 *   receive ─▶ admit ─▶ decode ─▶ expired? ─▶ duplicate? ─▶ handle ─▶ decide ─▶ settle
 *                         ▲                                              │
 *                         └────────── again, after a delay ◀─────────────┤
 *                                    dead-letter or park, confirmed ◀────┘
 * </pre>
 */
final class ConsumeRoad {
  static final String STEPS =
      "receive > admit > decode > expired? > duplicate? > handle > decide > settle";

  private static final Logger LOG = System.getLogger("io.stagepost.Subscription");
  private static final CompletionStage<Next> SETTLE =
      CompletableFuture.completedFuture(Next.settle());

  private final String subscription;
  private final Transport transport;
  private final Sender sender;
  private final Policy policy;
  private final Map<String, Registration<?>> registrations;
  private final @Nullable Inbox<?> inbox;
  private final InstantSource clock;
  private final Executor executor;

  ConsumeRoad(
      String subscription,
      Transport transport,
      Sender sender,
      Policy policy,
      Map<String, Registration<?>> registrations,
      @Nullable Inbox<?> inbox,
      InstantSource clock,
      Executor executor) {
    this.subscription = subscription;
    this.transport = transport;
    this.sender = sender;
    this.policy = policy;
    this.registrations = registrations;
    this.inbox = inbox;
    this.clock = clock;
    this.executor = executor;
  }

  Passage enter(Delivery delivery) {
    return new Journey(delivery);
  }

  /**
   * An event type and what handles it.
   *
   * @param once whether it handles in the inbox's transaction
   */
  record Registration<T>(EventType<T> type, Handler.Async<T> handler, boolean once) {
    Event<T> decode(CloudEvent event) {
      return type.event(event);
    }
  }

  /** One delivery on the road; what it remembers from try to try. */
  private final class Journey extends Passage {
    private final Delivery delivery;
    private int attempt;
    private @Nullable CloudEvent cloudEvent;
    private Inbox.@Nullable Entry entry;
    private @Nullable Instant firstFailure;
    private @Nullable Throwable lastFailure;

    /** The message that gives it up, once that is decided: from then on only writing is tried. */
    private @Nullable GivingUp givingUp;

    Journey(Delivery delivery) {
      super(delivery);
      this.delivery = delivery;
    }

    @Override
    protected CompletionStage<Next> travel() {
      if (givingUp != null) {
        return giveUp(givingUp);
      }
      attempt++;
      CompletableFuture<Outcome> outcome;
      try {
        outcome = required(decodeAndHandle(), "a stage").toCompletableFuture();
      } catch (Throwable failure) {
        return failed(failure, null);
      }
      if (outcome.isDone() && !outcome.isCompletedExceptionally()) {
        return decide(outcome.join());
      }
      // What follows may block (the inbox), so it leaves the thread that completed the handler.
      return outcome
          .handleAsync(
              (value, failure) -> failure == null ? decide(value) : failed(unwrap(failure), null),
              executor)
          .thenCompose(next -> next);
    }

    // ---- decode, expired?, duplicate?, handle

    private CompletionStage<Outcome> decodeAndHandle() throws Exception {
      CloudEvent event = cloudEvent;
      if (event == null) {
        event = transport.decode(delivery.message());
        cloudEvent = event;
      }
      Registration<?> registration = registrations.get(event.getType());
      if (registration == null) {
        return CompletableFuture.completedFuture(
            unhandled(policy.unknownType(), "unknown-type", "no handler for " + event.getType()));
      }
      return handle(registration, event);
    }

    private <T> CompletionStage<Outcome> handle(Registration<T> registration, CloudEvent decoded)
        throws Exception {
      Event<T> event = registration.decode(decoded);
      if (registration.once()) {
        String businessKey = event.type().idempotencyKeyOf(event.data());
        entry =
            new Inbox.Entry(
                subscription,
                event.source(),
                event.id(),
                businessKey == null ? null : event.type().type() + ":" + businessKey);
      }
      Instant expiry = event.expiry();
      if (expiry != null && !clock.instant().isBefore(expiry)) {
        return CompletableFuture.completedFuture(
            unhandled(policy.expired(), "expired", "expired at " + expiry));
      }
      Context context = new Context(subscription, attempt, delivery, entry);
      return registration.handler().handle(event, context);
    }

    private Outcome unhandled(Policy.Unhandled fate, String reason, String detail) {
      return switch (fate) {
        case DEAD_LETTER -> Outcome.deadLetter(reason);
        case SKIP -> Outcome.skip(detail);
      };
    }

    // ---- decide

    private CompletionStage<Next> decide(@Nullable Outcome outcome) {
      if (outcome == null) {
        return failed(noneGiven("an outcome"), null);
      }
      if (outcome instanceof Outcome.RetryAfter retry) {
        return failed(null, retry.delay());
      }
      if (outcome instanceof Outcome.DeadLetter dead) {
        return deadLetter(dead.reason());
      }
      if (outcome instanceof Outcome.Park park) {
        return park(park.reason());
      }
      return SETTLE;
    }

    private CompletionStage<Next> failed(
        @Nullable Throwable failure, @Nullable Duration requested) {
      lastFailure = failure;
      Decision decision =
          FailurePolicy.decide(
              policy,
              new Failure(
                  subscription,
                  source(),
                  id(),
                  attempt,
                  Duration.between(firstFailure(), clock.instant()),
                  failure == null ? FailureKind.TRANSIENT : FailureKind.of(failure),
                  requested));
      if (decision instanceof Decision.Retry retry) {
        LOG.log(
            Level.DEBUG,
            () -> this + " failed at attempt " + attempt + "; again in " + retry.delay(),
            failure);
        return CompletableFuture.completedFuture(new Next.Again(retry.delay()));
      }
      return deadLetter(((Decision.DeadLetter) decision).reason());
    }

    // ---- settle: done, or given up to another address first

    private CompletionStage<Next> deadLetter(String reason) {
      return giveUp(
          new GivingUp(
              "dead-lettered", policy.deadLetterAddress(delivery.address(), subscription), reason));
    }

    private CompletionStage<Next> park(String reason) {
      return giveUp(
          new GivingUp(
              "parked", policy.parkingLotAddress(delivery.address(), subscription), reason));
    }

    /** Writes it elsewhere and settles it only when that is confirmed (rule D06); else again. */
    private CompletionStage<Next> giveUp(GivingUp what) {
      givingUp = what;
      what.tries++;
      try {
        if (inbox != null && entry != null && !inbox.refuse(entry)) {
          return SETTLE; // it took effect after all, or another event holds its idempotency key
        }
        DeadLetters.Case failureCase =
            new DeadLetters.Case(
                subscription,
                what.reason,
                attempt,
                firstFailure(),
                clock.instant(),
                what.refused ? null : lastFailure);
        return sender
            .send(DeadLetters.of(delivery, what.address, failureCase))
            .handle((receipt, failure) -> gaveUp(what, unwrap(failure)));
      } catch (Exception failure) {
        return CompletableFuture.completedFuture(gaveUp(what, failure));
      }
    }

    private Next gaveUp(GivingUp what, @Nullable Throwable failure) {
      if (failure == null) {
        LOG.log(
            Level.WARNING,
            () ->
                String.format(
                    "%s %s to %s at attempt %d: %s",
                    this, what.verb, what.address, attempt, what.reason),
            lastFailure);
        return Next.settle();
      }
      what.refused |= failure instanceof PublishRejectedException;
      Duration delay = policy.retry().bound(what.tries);
      LOG.log(
          Level.ERROR,
          () ->
              String.format(
                  "SP-API-014 %s could not be %s to %s, so it waits, and its key with it; again in"
                      + " %s. The cause says what to mend.",
                  this, what.verb, what.address, delay),
          failure);
      return new Next.Again(delay);
    }

    // ---- what is known

    private Instant firstFailure() {
      if (firstFailure == null) {
        firstFailure = clock.instant();
      }
      return firstFailure;
    }

    private String id() {
      return cloudEvent == null ? delivery.origin().position() : cloudEvent.getId();
    }

    private URI source() {
      return cloudEvent == null ? URI.create("") : cloudEvent.getSource();
    }

    @Override
    public String toString() {
      return subscription + ": event " + id() + " of " + delivery.assignment();
    }
  }

  /** Where an event goes that is given up, and how often that was tried. */
  private static final class GivingUp {
    final String verb;
    final String address;
    final String reason;
    int tries;

    /** Whether the broker has refused it: too large perhaps, so without the exception from now. */
    boolean refused;

    GivingUp(String verb, String address, String reason) {
      this.verb = verb;
      this.address = address;
      this.reason = reason;
    }
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

  private static @Nullable Throwable unwrap(@Nullable Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }
}
