package io.stagepost;

import io.stagepost.spi.Delivery;
import io.stagepost.spi.Inbox;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * An event that is given up: it is to lie in the dead-letter channel or the parking lot, confirmed,
 * before it is settled (rule D06). Until then only the writing is tried again.
 */
final class GivingUp {
  /** How an attempt to write it ended. */
  enum Written {
    /** It lies there. */
    CONFIRMED,
    /** It took effect after all, or another event holds its idempotency key: nothing to write. */
    NEEDLESS
  }

  final boolean parked;
  final String address;
  final String reason;
  final int attempts;
  final Instant firstFailure;
  final @Nullable Throwable failure;
  int tries;

  /** Whether the broker has refused it: too large perhaps, so without the exception from now. */
  private boolean refused;

  GivingUp(
      boolean parked,
      String address,
      String reason,
      int attempts,
      Instant firstFailure,
      @Nullable Throwable failure) {
    this.parked = parked;
    this.address = address;
    this.reason = reason;
    this.attempts = attempts;
    this.firstFailure = firstFailure;
    this.failure = failure;
  }

  String verb() {
    return parked ? "parked" : "dead-lettered";
  }

  /** Tries to write it, with the inbox's leave where there is one. */
  CompletionStage<Written> write(ConsumeRoad road, Delivery delivery, Inbox.@Nullable Entry entry) {
    tries++;
    try {
      if (road.inbox != null && entry != null && !road.inbox.refuse(entry)) {
        return CompletableFuture.completedFuture(Written.NEEDLESS);
      }
      DeadLetters.Case failureCase =
          new DeadLetters.Case(
              road.subscription,
              reason,
              attempts,
              firstFailure,
              road.clock.instant(),
              refused ? null : failure);
      return road.sender
          .send(DeadLetters.of(delivery, address, failureCase))
          .handle(
              (receipt, problem) -> {
                if (problem == null) {
                  return Written.CONFIRMED;
                }
                refused |= Journey.unwrap(problem) instanceof PublishRejectedException;
                throw new CompletionException(Journey.unwrap(problem));
              });
    } catch (Exception problem) {
      return CompletableFuture.failedFuture(problem);
    }
  }
}
