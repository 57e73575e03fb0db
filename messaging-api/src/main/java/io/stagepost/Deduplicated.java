package io.stagepost;

import io.stagepost.spi.DedupStore;
import io.stagepost.spi.DedupStore.Claim;
import io.stagepost.spi.Inbox.Entry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A blocking handler whose events are claimed before, and completed or released after. Thread-safe
 * if the handler is.
 */
final class Deduplicated<T> implements Handler.Async<T> {
  private static final Logger LOG = System.getLogger(Subscription.class.getName());

  /** How often it is tried at most to record that an event was handled. */
  private static final int COMPLETIONS = 3;

  /** How long is waited at most for whoever has an event: its lease is longer than its work. */
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final DedupStore store;
  private final Handler.Deciding<T> handler;

  Deduplicated(DedupStore store, Handler.Deciding<T> handler) {
    this.store = store;
    this.handler = handler;
  }

  /** Somebody else has the event, which says nothing about it: this was no attempt. */
  static final class Busy extends Exception {
    private static final long serialVersionUID = 1L;

    private final Duration left;

    Busy(Duration left) {
      super(null, null, false, false); // no failure, so no trace
      this.left = left;
    }

    Duration left() {
      return left;
    }
  }

  @Override
  public CompletionStage<Outcome> handle(Event<T> event, Context context) throws Exception {
    Entry entry = context.entry();
    Claim claim = store.claim(entry, context.remaining().plus(Defaults.LEASE_MARGIN));
    if (claim instanceof Claim.Claimed claimed) {
      context.called();
      return CompletableFuture.completedFuture(handle(event, context, entry, claimed));
    }
    if (claim instanceof Claim.Busy busy) {
      throw new Busy(busy.left().compareTo(ASK_AGAIN) < 0 ? busy.left() : ASK_AGAIN);
    }
    Outcome outcome =
        claim instanceof Claim.Handled handled
            ? Outcome.skip(handled.reason())
            : Outcome.deadLetter(((Claim.Unknown) claim).reason());
    return CompletableFuture.completedFuture(outcome);
  }

  private Outcome handle(Event<T> event, Context context, Entry entry, Claim.Claimed claimed)
      throws Exception {
    Outcome outcome;
    try {
      outcome = handler.handle(event, context);
    } catch (Throwable failure) {
      context.keepFromInterruption();
      release(entry, claimed, failure);
      throw failure;
    }
    context.keepFromInterruption(); // what follows must not be cut off
    if (outcome instanceof Outcome.Done || outcome instanceof Outcome.Skip) {
      if (!complete(entry, claimed)) {
        LOG.log(
            Level.WARNING,
            "SP-DEDUP-002 Subscription {0}: the lease for {1} was over before its handler ended, and"
                + " somebody else has claimed it: it may have taken effect twice. Make the handler"
                + " faster, or its timeout longer.",
            context.subscription(),
            entry);
      }
    } else {
      store.release(entry, claimed);
    }
    return outcome;
  }

  /** What fails for a moment would repeat the effect, so it is tried again. */
  private boolean complete(Entry entry, Claim.Claimed claimed) throws Exception {
    Exception before = null;
    for (int i = 1; ; i++) {
      try {
        return store.complete(entry, claimed);
      } catch (Exception failure) {
        if (before != null) {
          failure.addSuppressed(before);
        }
        if (i == COMPLETIONS) {
          throw failure;
        }
        before = failure;
      }
    }
  }

  private void release(Entry entry, Claim.Claimed claimed, Throwable failure) {
    try {
      store.release(entry, claimed);
    } catch (Exception second) {
      failure.addSuppressed(second); // the lease ends it
    }
  }
}
