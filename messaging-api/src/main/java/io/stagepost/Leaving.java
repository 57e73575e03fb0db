package io.stagepost;

import io.stagepost.spi.Delivery;
import io.stagepost.spi.Inbox;
import io.stagepost.spi.Message;
import io.stagepost.spi.Observer.Ending;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * An event that leaves its lane for another address: it is to lie in the dead-letter channel, the
 * parking lot or the delay address, confirmed, before it is settled (rule D06). Until then only the
 * writing is tried again.
 */
final class Leaving {
  /** Where it goes. */
  enum Where {
    DEAD_LETTERS("dead-lettered", Ending.DEAD_LETTERED),
    PARKING_LOT("parked", Ending.PARKED),
    DELAY("deferred", Ending.DEFERRED);

    final String verb;
    final Ending ending;

    Where(String verb, Ending ending) {
      this.verb = verb;
      this.ending = ending;
    }
  }

  /** How an attempt to write it ended. */
  enum Written {
    /** It lies there. */
    CONFIRMED,
    /** It took effect after all, or another event holds its idempotency key: nothing to write. */
    NEEDLESS
  }

  final Where where;
  final String address;
  final String reason;
  final int attempts;
  final Instant firstFailure;
  final @Nullable Throwable failure;
  int tries;

  /** How it comes back; null if it is given up. */
  private final Deferred.@Nullable Return comesBack;

  /** Whether the broker has refused it: too large perhaps, so without the exception from now. */
  private boolean refused;

  private Leaving(
      Where where,
      String address,
      String reason,
      int attempts,
      Instant firstFailure,
      @Nullable Throwable failure,
      Deferred.@Nullable Return comesBack) {
    this.where = where;
    this.address = address;
    this.reason = reason;
    this.attempts = attempts;
    this.firstFailure = firstFailure;
    this.failure = failure;
    this.comesBack = comesBack;
  }

  static Leaving givenUp(
      Where where,
      String address,
      String reason,
      int attempts,
      Instant firstFailure,
      @Nullable Throwable failure) {
    return new Leaving(where, address, reason, attempts, firstFailure, failure, null);
  }

  static Leaving deferred(String address, Deferred.Return comesBack, @Nullable Throwable failure) {
    return new Leaving(
        Where.DELAY,
        address,
        "until " + comesBack.due(),
        comesBack.attempts(),
        comesBack.firstFailure(),
        failure,
        comesBack);
  }

  /** Tries to write it; gives it up with the inbox's leave where there is one. */
  CompletionStage<Written> write(ConsumeRoad road, Delivery delivery, Inbox.@Nullable Entry entry) {
    tries++;
    try {
      if (comesBack == null && road.inbox != null && entry != null && !road.inbox.refuse(entry)) {
        return CompletableFuture.completedFuture(Written.NEEDLESS);
      }
      CompletionStage<Written> written =
          road.sender
              .send(message(road, delivery))
              .handle(
                  (receipt, problem) -> {
                    if (problem == null) {
                      return Written.CONFIRMED;
                    }
                    refused |= Journey.unwrap(problem) instanceof PublishRejectedException;
                    throw new CompletionException(Journey.unwrap(problem));
                  });
      road.sender.flush(); // its lane waits for it
      return written;
    } catch (Exception problem) {
      return CompletableFuture.failedFuture(problem);
    }
  }

  private Message message(ConsumeRoad road, Delivery delivery) {
    return comesBack == null
        ? DeadLetters.of(
            delivery,
            address,
            new DeadLetters.Case(
                road.subscription,
                reason,
                attempts,
                firstFailure,
                road.clock.instant(),
                refused ? null : failure))
        : Deferred.message(delivery, address, road.subscription, comesBack);
  }
}
